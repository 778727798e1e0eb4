import { describe, expect, it } from 'vitest'
import { createStatementNames } from './often-run.ts'

describe('names of statements', () => {
  it('are given to what is run again and again, one each', () => {
    const nameOf = createStatementNames()
    const runs = Array.from({ length: 12 }, () => nameOf('select $1'))
    expect(runs.filter((name) => name === undefined)).toHaveLength(9)
    const name = nameOf('select $1')
    expect(runs.slice(9)).toEqual([name, name, name])
    for (let run = 0; run < 9; run += 1) expect(nameOf('select $1, $2')).toBeUndefined()
    expect(nameOf('select $1, $2')).not.toBe(name)
  })

  it('are bounded, as is what is remembered of texts that never come again', () => {
    const nameOf = createStatementNames()
    const names = new Set<string | undefined>()
    for (let text = 0; text < 300; text += 1) {
      for (let run = 0; run < 10; run += 1) names.add(nameOf(`select ${text}`))
    }
    expect(names.size).toBe(201)
    expect(nameOf('select 0')).toBe('often_1')
    expect(nameOf('select 299')).toBeUndefined()
  })
})
