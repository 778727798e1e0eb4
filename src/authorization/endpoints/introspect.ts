import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Kysely } from 'kysely'
import { hashSecret } from '#crypto'
import type { Client } from '../clients/client.ts'
import { OAuthError } from '../errors.ts'
import { readParameters, requireForm } from '../parameters.ts'
import { findRefreshToken } from '../store/refresh-token.ts'
import type { AuthorizationTables } from '../store/tables.ts'
import type { AccessToken } from '../tokens/access-token.ts'
import type { People } from '../tokens/people.ts'
import type { Tokens } from '../tokens/tokens.ts'
import { oauthEndpoint } from './oauth-endpoint.ts'

export type IntrospectDeps = {
  readonly tables: Kysely<AuthorizationTables>
  readonly tokens: Pick<Tokens, 'verifyAccessToken'>
  readonly people: Pick<People, 'user'>
  readonly issuer: string
  /** @throws OAuthError `invalid_client` */
  readonly authenticateClient: (request: FastifyRequest) => Promise<{ readonly client: Client }>
}

/** §2.2: nothing more about a token that is not the asker's business, not even why. */
const INACTIVE = { active: false }

/** `POST /introspect` (RFC 7662): whether a token is alive, for the client that has it or that it is for. */
export function introspectEndpoint(server: FastifyInstance, deps: IntrospectDeps): void {
  oauthEndpoint(server, {
    path: '/introspect',
    methods: ['POST'],
    cors: false,
    async handle(request) {
      const { token } = readParameters(requireForm(request))
      const { client } = await deps.authenticateClient(request)
      // §2.1, §4: who does not authenticate could fish for tokens.
      if (!client.isConfidential)
        throw new OAuthError('invalid_client', 'Introspection is for clients that authenticate')
      if (token === undefined) throw new OAuthError('invalid_request', 'token is missing')
      // `token_type_hint` would save nothing: the two kinds do not look alike.
      return token.includes('.') ? describeAccessToken(deps, client, token) : describeRefreshToken(deps, client, token)
    },
  })
}

async function describeAccessToken(deps: IntrospectDeps, client: Client, text: string): Promise<object> {
  const token = await deps.tokens.verifyAccessToken(text)
  if (!token || !concerns(client, token)) return INACTIVE
  const { gid: _grant, ...claims } = token.claims
  return { active: true, token_type: 'Bearer', ...claims }
}

/** §4: a client learns of tokens that it holds, or that are for it. A resource server registers as `default_resource` what it is called. */
function concerns(client: Client, token: AccessToken): boolean {
  if (token.clientId === client.id || token.audience.includes(client.id)) return true
  return client.defaultResource !== undefined && token.audience.includes(client.defaultResource)
}

async function describeRefreshToken(deps: IntrospectDeps, client: Client, text: string): Promise<object> {
  const token = await findRefreshToken(deps.tables, hashSecret(text))
  if (!token || token.clientId !== client.id || token.isOver || (token.isSpent && !token.mayRepeat)) return INACTIVE
  const user = token.ownerId === null ? undefined : await deps.people.user(token.ownerId)
  if (!user) return INACTIVE
  return {
    active: true,
    iss: deps.issuer,
    client_id: token.clientId,
    sub: user.publicId,
    scope: token.scopes.join(' '),
  }
}
