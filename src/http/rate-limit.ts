import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { problem } from './errors.ts'

/** For the routes that say `config: limited(…)`. Counted per address and process: against haste, not against attackers. */
export async function addRateLimits(server: FastifyInstance): Promise<void> {
  await server.register(rateLimit, {
    global: false,
    keyGenerator: (request) => (isEmbeddedElsewhere(request) ? `${request.ip} elsewhere` : request.ip),
    errorResponseBuilder: (_request, { ttl }) => {
      const retryAfter = Math.ceil(ttl / 1000)
      const detail = `Too many requests from your address. Wait ${retryAfter} seconds, then go on.`
      return problem('too_many_requests', detail, { retryAfter })
    },
  })
}

/**
 * What a page of another site has browsers load beside itself (Fetch Metadata): pictures, frames, calls without CORS. It
 * is counted apart, or any page could use up what is left for the people who look at it and for all of their network.
 */
function isEmbeddedElsewhere({ headers }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site']
  return (site === 'cross-site' || site === 'same-site') && headers['sec-fetch-dest'] !== 'document'
}

/** The `config` of a route that one address may ask for `most` times in so many seconds; then 429 with `Retry-After`. */
export function limited(limit: { readonly most: number; readonly seconds: number }) {
  return { rateLimit: { max: limit.most, timeWindow: limit.seconds * 1000 } }
}
