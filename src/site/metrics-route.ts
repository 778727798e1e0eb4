import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { Secret } from '#base'
import { Problem } from '#http'
import { SITE_PROBLEMS } from './errors.ts'
import type { Metrics } from './metrics.ts'

const problem = Problem.from(SITE_PROBLEMS)
const BEARER = /^bearer +(\S+) *$/i

/**
 * `GET /metrics`, for who shows the token of `METRICS`; without that setting there is nothing here. An address is no
 * proof: behind a proxy on the same machine everybody comes from loopback.
 */
export function metricsRoute(
  server: FastifyInstance,
  kept: { readonly metrics: Metrics; readonly token: Secret } | undefined,
): void {
  const expected = kept && digest(kept.token.reveal())
  server.get('/metrics', async (request, reply) => {
    if (expected === undefined || kept === undefined) return reply.callNotFound()
    const [, shown = ''] = BEARER.exec(request.headers.authorization ?? '') ?? []
    // Of hashes, so that neither length nor beginning shows in the time it takes.
    if (!timingSafeEqual(digest(shown), expected)) {
      reply.header('www-authenticate', 'Bearer realm="metrics"')
      throw problem('metrics_token_needed', 'Send the token of METRICS: Authorization: Bearer …')
    }
    const { text, type } = await kept.metrics.read()
    return reply.header('cache-control', 'no-store').type(type).send(text)
  })
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
