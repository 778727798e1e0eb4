import type { FastifyInstance } from 'fastify'
import { formFields, limited } from '#http'
import { shownRequest } from '../wire/sender.ts'
import type { EndpointDeps } from './deps.ts'

const KNOWN = ['code', 'state', 'iss', 'error', 'error_description', 'error_uri']
const MOST = 2000

/**
 * `GET /playground/callback`: the redirect URI of the page's client. Takes an answer only in the browser that asked, for
 * the request it asked last (RFC 6749 §10.12), from this issuer (RFC 9207 §2.4), and once.
 */
export function callbackRoute(server: FastifyInstance, deps: EndpointDeps): void {
  const config = limited({ most: 60, seconds: 60 })
  server.get('/playground/callback', { config, exposeHeadRoute: false }, async (request, reply) => {
    const query = formFields(request.query)
    const visit = await deps.visits.find(request)
    const steps = visit === undefined ? undefined : await deps.visits.steps(visit)
    const asked = steps?.get('authorize')?.own
    const isOurs = asked !== undefined && query['state'] === asked.state && query['iss'] === deps.publicUrl
    if (visit === undefined || !isOurs) return reply.redirect('/playground?notice=not_ours', 303)
    // Loaded once more: the code was taken the first time.
    if (steps?.has('callback')) return reply.redirect('/playground?step=callback#step-callback', 303)
    const came = KNOWN.flatMap((name) => {
      const value = query[name]
      return value === undefined ? [] : [[name, value.slice(0, MOST)]]
    })
    const path = `/playground/callback?${new URLSearchParams(came)}`
    const exchange = { request: shownRequest({ method: 'GET', path }, new URL(deps.publicUrl + path)) }
    await deps.visits.keep(visit, 'callback', { exchange })
    // On to an address without the code, which stays in no history and no Referer (RFC 9700 §4.2.4).
    return reply.redirect('/playground?step=callback#step-callback', 303)
  })
}
