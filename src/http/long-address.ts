import type { FastifyInstance } from 'fastify'
import { problem } from './errors.ts'

/** What every server should take (RFC 9110 §4.1). More makes redirects whose heads clients refuse (16 kB with node). */
const MOST_LENGTH = 8000

/** 414 (RFC 9110 §15.5.15), before anything is looked at. */
export function refuseLongAddresses(server: FastifyInstance): void {
  server.addHook('onRequest', (request, _reply, done) => {
    if (request.originalUrl.length <= MOST_LENGTH) return done()
    done(problem('uri_too_long', `Addresses have up to ${MOST_LENGTH} characters here. Send the rest in a form.`))
  })
}
