import type { FastifyInstance } from 'fastify'
import type { Limit } from '../../limits/index.ts'
import { rateHeaders, rateLimited } from './rates.ts'

/** developers/reference: `DiscordBot ($url, $versionNumber)`, more may follow. */
const USER_AGENT = /^DiscordBot \(\S+, [^)\s]+\)/

const BLOCKED =
  '<!doctype html><html lang="en"><head><title>Attention Required!</title></head><body><h1>Sorry, you have been blocked</h1><p>You are unable to access this site.</p></body></html>'

/**
 * In front of every call of the scope: what does not say who it is meets the page of the network in front of Discord,
 * what comes too often a 429. Both come before any fault, so that the counts are of all that arrived.
 */
export function guardCalls(app: FastifyInstance, limit: Limit, now: () => number) {
  app.addHook('preValidation', async (request, reply) => {
    if (!USER_AGENT.test(request.headers['user-agent'] ?? '')) {
      return reply.code(403).type('text/html; charset=utf-8').send(BLOCKED)
    }
    const verdict = limit.take()
    reply.headers(rateHeaders(verdict, now()))
    if (verdict.passed) return
    const { headers, body } = rateLimited(verdict.resetAfter, 'global')
    return reply.code(429).headers(headers).send(body)
  })
}
