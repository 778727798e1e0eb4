import { describe, expect, it } from 'vitest'
import { isFresh } from './freshness.ts'

const tokens = { refresh: 'static' } as const
const never = () => 0

describe('when a token is renewed (facts §2.1: a tenth of the lifetime, at most 5 minutes, plus jitter)', () => {
  it.each([
    [{ secondsLeft: 301, lifetime: 3600 }, true],
    [{ secondsLeft: 299, lifetime: 3600 }, false],
    [{ secondsLeft: 301, lifetime: 604_800 }, true],
    [{ secondsLeft: 31, lifetime: 300 }, true],
    [{ secondsLeft: 29, lifetime: 300 }, false],
    [{ secondsLeft: null, lifetime: null }, true],
    [{ secondsLeft: -1, lifetime: 3600 }, false],
  ])('%j fresh: %s', (row, fresh) => {
    expect(isFresh(row, tokens, never)).toBe(fresh)
  })

  it('spreads processes by up to a fifth of the margin', () => {
    expect(isFresh({ secondsLeft: 350, lifetime: 3600 }, tokens, () => 0)).toBe(true)
    expect(isFresh({ secondsLeft: 350, lifetime: 3600 }, tokens, () => 0.99)).toBe(false)
    expect(isFresh({ secondsLeft: 361, lifetime: 3600 }, tokens, () => 0.99)).toBe(true)
  })

  it('takes the margin of the provider where it states one', () => {
    expect(isFresh({ secondsLeft: 299, lifetime: 3600 }, { ...tokens, marginSeconds: 60 }, never)).toBe(true)
  })
})
