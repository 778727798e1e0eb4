import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance } from 'fastify'
import { problem } from './errors.ts'

/** For the routes that say `config: limited(…)`. Counted per address and process: against haste, not against attackers. */
export async function addRateLimits(server: FastifyInstance): Promise<void> {
  await server.register(rateLimit, {
    global: false,
    errorResponseBuilder: (_request, { ttl }) => {
      const retryAfter = Math.ceil(ttl / 1000)
      const detail = `Too many requests from your address. Wait ${retryAfter} seconds, then go on.`
      return problem('too_many_requests', detail, { retryAfter })
    },
  })
}

/** The `config` of a route that one address may ask for `most` times in so many seconds; then 429 with `Retry-After`. */
export function limited(limit: { readonly most: number; readonly seconds: number }) {
  return { rateLimit: { max: limit.most, timeWindow: limit.seconds * 1000 } }
}
