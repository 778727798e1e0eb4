import { describe, expect, it } from 'vitest'
import { createKnownSignatures } from './known-signatures.ts'

describe('signatures that were verified before', () => {
  it('are not verified again, other ones are', () => {
    const known = createKnownSignatures()
    const verified: string[] = []
    const ask = (token: string, isRight: boolean) =>
      known.knows(token, () => {
        verified.push(token)
        return isRight
      })
    expect([ask('a', true), ask('a', false), ask('b', false), ask('b', false), ask('b', true)]).toEqual([
      ...[true, true],
      ...[false, false],
      true,
    ])
    expect(verified).toEqual(['a', 'b', 'b', 'b'])
  })

  it('are forgotten in order of their use, and never more than twice the limit is kept', () => {
    const known = createKnownSignatures(10)
    const isNew = (token: string) => {
      let asked = false
      known.knows(token, () => {
        asked = true
        return true
      })
      return asked
    }
    for (let n = 0; n < 1000; n += 1) {
      expect(isNew(`t${n}`)).toBe(true)
      expect(isNew('in use'), `after ${n}`).toBe(n === 0)
    }
    expect(isNew('t999')).toBe(false)
    expect(isNew('t1')).toBe(true)
  })
})
