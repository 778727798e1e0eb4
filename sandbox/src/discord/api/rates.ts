import { createHash } from 'node:crypto'
import type { Verdict } from '../../limits/window.ts'

/** Who a 429 is about: this app alone, or everything it asks. */
export type Scope = 'user' | 'global' | 'shared'

/** Discord names buckets by a hash; here there is one. */
const BUCKET = createHash('md5').update('sandbox').digest('hex')

const seconds = (value: number) => value.toFixed(3)

/** Headers of every answer (developers/topics/rate-limits); `time` in milliseconds since the epoch. */
export function rateHeaders({ limit, remaining, resetAfter }: Omit<Verdict, 'passed'>, time: number) {
  return {
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': seconds(time / 1000 + resetAfter),
    'x-ratelimit-reset-after': seconds(resetAfter),
    'x-ratelimit-bucket': BUCKET,
  }
}

/** A 429; `retryAfter` in seconds, fractions only in the body. */
export function rateLimited(retryAfter: number, scope: Scope) {
  const global = scope === 'global'
  return {
    headers: {
      'retry-after': String(Math.ceil(retryAfter)),
      'x-ratelimit-scope': scope,
      ...(global && { 'x-ratelimit-global': 'true' }),
    },
    body: { message: 'You are being rate limited.', retry_after: retryAfter, global },
  }
}
