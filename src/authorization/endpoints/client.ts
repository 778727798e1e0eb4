import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Client } from '../clients/client.ts'
import { networkOf } from '../clients/network.ts'
import type { RecordChange } from '../clients/record-change.ts'
import { type RegistrantDeps, readRegistrant } from '../clients/registrant.ts'
import { type RegistrationDeps, register } from '../clients/registration.ts'
import { OAuthError } from '../errors.ts'
import { clientInformation } from './client-information.ts'
import { oauthEndpoint } from './oauth-endpoint.ts'

/** `POST /client`: the registration endpoint (RFC 7591 §3). */
export function clientEndpoint(
  server: FastifyInstance,
  deps: RegistrantDeps & RegistrationDeps & { readonly recordChange: RecordChange },
): void {
  oauthEndpoint(server, {
    path: '/client',
    methods: ['POST'],
    cors: true,
    async handle(request, reply) {
      const body = requireJson(request)
      const registrant = await readRegistrant(deps, request)
      const by = registrant.kind === 'user' ? { ownerId: registrant.ownerId } : 'nobody'
      const noteOf = await deps.recordChange({ by, address: request.ip })
      const note = ({ id: clientId, name, registeredBy }: Client) =>
        noteOf({ action: 'client.registered', clientId, details: { name, registered_by: registeredBy } })
      const registered = await register(deps, registrant, body, { network: networkOf(request.ip), note })
      const information = clientInformation(deps.issuer, registered.client, registered)
      return reply.code(201).headers(NO_STORE).send(information)
    },
  })
}

/** §3.2.1. */
export const NO_STORE = { 'cache-control': 'no-store', pragma: 'no-cache' }

/** §3.1: JSON only, which no form of another site can send. @throws OAuthError */
export function requireJson(request: FastifyRequest): unknown {
  const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase()
  if (type === 'application/json') return request.body
  throw new OAuthError('invalid_client_metadata', 'Send JSON: Content-Type application/json', { status: 415 })
}
