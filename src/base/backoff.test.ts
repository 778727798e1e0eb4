import { describe, expect, it } from 'vitest'
import { backoff } from './backoff.ts'

const LIMITS = { first: 2, most: 30 }

describe('backoff', () => {
  it.each([
    [1, 2],
    [2, 4],
    [3, 8],
    [4, 16],
    [5, 30],
    [60, 30],
  ])('try %i waits at most %i seconds: doubled, up to the limit', (attempt, seconds) => {
    expect(backoff(attempt, { ...LIMITS, random: () => 1 })).toBe(seconds)
  })

  it('never waits less than half of that (equal jitter): callers that failed together are kept off, too', () => {
    expect(backoff(3, { ...LIMITS, random: () => 0 })).toBe(4)
    expect(backoff(2000, { ...LIMITS, random: () => 0 })).toBe(15)
  })

  it('spreads callers over the other half', () => {
    const waits = new Set(Array.from({ length: 50 }, () => backoff(4, LIMITS)))
    expect(waits.size).toBeGreaterThan(40)
    for (const wait of waits) expect(wait).toSatisfy((seconds: number) => seconds >= 8 && seconds <= 16)
  })
})
