import { expect, test } from 'vitest'
import { parseRetryAfter } from './retry-after.ts'

const now = new Date('2026-11-20T10:00:00Z')

test.each([
  ['120', 120],
  ['59.5', 59.5],
  ['0', 0],
  ['Fri, 20 Nov 2026 10:01:00 GMT', 60],
  ['Fri, 20 Nov 2026 09:00:00 GMT', 0],
  ['99999999', 86_400],
  ['soon', undefined],
  ['', undefined],
  [undefined, undefined],
])('Retry-After %s means %s seconds (RFC 9110 §10.2.3)', (value, seconds) => {
  expect(parseRetryAfter(value, now)).toBe(seconds)
})
