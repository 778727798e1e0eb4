import { createHash } from 'node:crypto'
import type { Verdict } from '../../limits/index.ts'

/** Who a 429 is about: one user's calls, all that this app asks, or what many apps share. */
const SCOPES = ['user', 'global', 'shared'] as const
type Scope = (typeof SCOPES)[number]

export const parseScope = (name: unknown): Scope => SCOPES.find((scope) => scope === name) ?? 'user'

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
