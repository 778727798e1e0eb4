import { expect, it } from 'vitest'
import { withOutcome } from './with-outcome.ts'

it('adds what happened to a path, keeping its query', () => {
  expect(withOutcome('/cats?run=1', 'denied', 'google')).toBe('/cats?run=1&connect=denied&provider=google')
  expect(withOutcome('/cats?connect=expired', 'denied', 'google')).toBe('/cats?connect=denied&provider=google')
})
