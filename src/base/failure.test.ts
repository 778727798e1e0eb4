import { describe, expect, it } from 'vitest'
import { Failure, StartError } from './failure.ts'

describe('Failure', () => {
  const cause = new Error('upstream said: token ya29.SECRET is bad')
  const failure = new Failure(
    { kind: 'rate_limited', code: 'busy', message: 'Wait a moment.', retryAfter: 30 },
    { hint: 'quota of project 12', cause },
  )

  it('carries its data through JSON unchanged, as checkpoints do', () => {
    expect(JSON.parse(JSON.stringify(failure.data))).toEqual(failure.data)
  })

  it('keeps hint and cause out of message and data: they are for the log', () => {
    const shown = JSON.stringify([failure.message, failure.data])
    expect(shown).not.toMatch(/SECRET|quota/)
    expect(failure).toMatchObject({ hint: 'quota of project 12', cause, message: 'Wait a moment.' })
  })

  it('has no cause at all when none was given, as logs print `cause: undefined` otherwise', () => {
    expect('cause' in new Failure({ kind: 'refused', code: 'no', message: 'No.' })).toBe(false)
  })

  it('is told from StartError by class, not by message', () => {
    expect(new StartError('x')).not.toBeInstanceOf(Failure)
    expect(new StartError('x').name).toBe('StartError')
  })
})
