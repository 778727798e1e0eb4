import { describe, expect, it } from 'vitest'
import { Failure } from '#base'
import { Problem } from './problem.ts'

const problem = Problem.from({ cat_away: { status: 404, title: 'The cat is away' } })

describe('Problem', () => {
  it('keeps its two faces apart: code, type and detail for who asked, hint and cause for the log', () => {
    const cause = new Error('why')
    const made = problem('cat_away', 'Call it.', { hint: 'it is on the roof', cause, members: { roof: true } })
    expect(made).toMatchObject({
      code: 'cat_away',
      type: { status: 404, title: 'The cat is away' },
      detail: 'Call it.',
      hint: 'it is on the roof',
      cause,
      members: { roof: true },
    })
    expect(made.message).toBe('cat_away: Call it.')
    expect(made.message).not.toContain('roof')
  })

  it('of a failure has the failure’s code and message, and its hint for the log', () => {
    const failure = new Failure({ kind: 'transient', code: 'busy', message: 'Wait.' }, { hint: 'pool empty' })
    expect(Problem.ofFailure(failure)).toMatchObject({
      code: 'busy',
      detail: 'Wait.',
      hint: 'pool empty',
      cause: failure,
      type: { status: 502 },
    })
  })
})
