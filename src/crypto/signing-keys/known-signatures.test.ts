import { describe, expect, it } from 'vitest'
import { createKnownSignatures } from './known-signatures.ts'

describe('signatures that were verified before', () => {
  it('are not verified again, other ones are', async () => {
    const known = createKnownSignatures()
    const verified: string[] = []
    const ask = (token: string, isRight: boolean) =>
      known.knows(token, () => {
        verified.push(token)
        return isRight
      })
    const answers: boolean[] = []
    for (const [token, isRight] of [
      ['a', true],
      ['a', false],
      ['b', false],
      ['b', false],
      ['b', true],
    ] as const) {
      answers.push(await ask(token, isRight))
    }
    expect(answers).toEqual([true, true, false, false, true])
    expect(verified).toEqual(['a', 'b', 'b', 'b'])
  })

  it('are remembered when they turn out right, also later, and not before', async () => {
    const known = createKnownSignatures()
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const first = known.knows('a', () => promise)
    expect(await known.knows('a', () => false)).toBe(false)
    resolve(true)
    expect(await first).toBe(true)
    expect(await known.knows('a', () => false)).toBe(true)
  })

  it('are forgotten in order of their use, and never more than twice the limit is kept', async () => {
    const known = createKnownSignatures(10)
    const isNew = async (token: string) => {
      let asked = false
      await known.knows(token, () => {
        asked = true
        return true
      })
      return asked
    }
    for (let n = 0; n < 1000; n += 1) {
      expect(await isNew(`t${n}`)).toBe(true)
      expect(await isNew('in use'), `after ${n}`).toBe(n === 0)
    }
    expect(await isNew('t999')).toBe(false)
    expect(await isNew('t1')).toBe(true)
  })
})
