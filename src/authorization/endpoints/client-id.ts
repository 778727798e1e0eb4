import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Client, ClientRecord } from '../clients/client.ts'
import type { RecordChange } from '../clients/record-change.ts'
import { BEARER, openRegistration, type RegistrationDeps, remove, update } from '../clients/registration.ts'
import { OAuthError } from '../errors.ts'
import { NO_STORE, requireJson } from './client.ts'
import { clientInformation } from './client-information.ts'
import { oauthEndpoint } from './oauth-endpoint.ts'

/** `GET`, `PUT` and `DELETE /client/:id`: the client configuration endpoint (RFC 7592 §2). */
export function clientIdEndpoint(
  server: FastifyInstance,
  deps: RegistrationDeps & { readonly recordChange: RecordChange },
): void {
  oauthEndpoint(server, {
    path: '/client/:id',
    methods: ['GET', 'PUT', 'DELETE'],
    cors: true,
    async handle(request, reply) {
      reply.headers(NO_STORE)
      const registrationToken = readToken(request)
      const record = await openRegistration(deps, readId(request), registrationToken)
      const recorder = await deps.recordChange({ by: 'client', address: request.ip })
      const noteOf = (action: 'client.changed' | 'client.deleted', { id, name }: Client) =>
        recorder({ action, clientId: id, details: { name } })
      if (request.method === 'DELETE') {
        await remove(deps, record.client.id, noteOf('client.deleted', record.client))
        return reply.code(204).send()
      }
      const answer = ({ client, createdAt }: ClientRecord, secret?: string) =>
        reply.send(clientInformation(deps.issuer, client, { issuedAt: createdAt, registrationToken, secret }))
      if (request.method !== 'PUT') return answer(record)
      const note = (client: Client) => noteOf('client.changed', client)
      const updated = await update(deps, record, requireJson(request), note)
      return answer(updated.record, updated.secret)
    },
  })
}

function readId({ params }: FastifyRequest): string {
  return typeof params === 'object' && params !== null && 'id' in params && typeof params.id === 'string'
    ? params.id
    : ''
}

/** RFC 6750 §2.1: in the header and nowhere else. @throws OAuthError */
function readToken({ headers }: FastifyRequest): string {
  const token = /^bearer +([\w.~+/-]+=*)$/i.exec(headers.authorization ?? '')?.[1]
  if (token !== undefined) return token
  throw new OAuthError('invalid_token', 'Send the registration access token as Authorization: Bearer', BEARER)
}
