import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Kysely } from 'kysely'
import { hashSecret } from '#crypto'
import type { Client } from '../clients/client.ts'
import { OAuthError } from '../errors.ts'
import { readParameters, requireForm } from '../parameters.ts'
import { findRefreshToken } from '../store/refresh-token.ts'
import type { AuthorizationTables } from '../store/tables.ts'
import type { Tokens } from '../tokens/tokens.ts'
import { oauthEndpoint } from './oauth-endpoint.ts'

export type RevokeDeps = {
  readonly tables: Kysely<AuthorizationTables>
  readonly tokens: Pick<Tokens, 'verifyAccessToken' | 'revokeGrant'>
  /** @throws OAuthError `invalid_client` */
  readonly authenticateClient: (request: FastifyRequest) => Promise<{ readonly client: Client }>
}

/**
 * `POST /revoke` (RFC 7009). Whichever token is given, its whole grant ends, access tokens included: a refresh token that
 * stayed would bring the access token back (§2.1).
 */
export function revokeEndpoint(server: FastifyInstance, deps: RevokeDeps): void {
  oauthEndpoint(server, {
    path: '/revoke',
    methods: ['POST'],
    cors: true,
    async handle(request, reply) {
      const { token } = readParameters(requireForm(request))
      const { client } = await deps.authenticateClient(request)
      if (token === undefined) throw new OAuthError('invalid_request', 'token is missing')
      const grant = await findGrant(deps, token)
      if (grant && grant.clientId !== client.id) {
        // §2.1: refused, and the client is told.
        throw new OAuthError('invalid_grant', 'The token was issued to another client')
      }
      if (grant) await deps.tokens.revokeGrant(grant)
      // §2.2: also for what is unknown or over; there is nothing that a client could do about it.
      return reply.code(200).send()
    },
  })
}

async function findGrant(
  deps: RevokeDeps,
  token: string,
): Promise<{ readonly id: string; readonly clientId: string } | undefined> {
  if (!token.includes('.')) return findRefreshToken(deps.tables, hashSecret(token))
  const read = await deps.tokens.verifyAccessToken(token)
  return read && { id: read.grantId, clientId: read.clientId }
}
