import type { FastifyInstance } from 'fastify'
import { formFields, limited } from '#http'
import type { FindClient } from '../checks/check-place.ts'
import type { Logos } from '../clients/logos.ts'
import { problem } from '../errors.ts'

/**
 * `GET /client-logo?client_id=…`: the logo of an application from our origin, so that its server does not see who is
 * asked about it. For people who are signed in: nobody else has this server fetch one (security.md §10.14, §10.17).
 */
export function clientLogoRoute(
  server: FastifyInstance,
  deps: { readonly findClient: FindClient; readonly logos: Logos },
): void {
  server.get('/client-logo', { config: limited({ most: 120, seconds: 60 }) }, async (request, reply) => {
    const { client_id: id } = formFields(request.query)
    const client = request.caller?.user && id !== undefined ? await deps.findClient(id) : undefined
    const logo = client && (await deps.logos.of(client))
    if (!logo) throw problem('not_found', 'There is no logo here.')
    return reply
      .headers({
        'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        'x-content-type-options': 'nosniff',
        'cache-control': 'private, max-age=3600',
      })
      .type(logo.type)
      .send(Buffer.from(logo.bytes))
  })
}
