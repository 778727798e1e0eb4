import type { FastifyInstance } from 'fastify'
import type { Kysely } from 'kysely'
import { findLiveGrant } from '../store/grant.ts'
import type { AuthorizationTables } from '../store/tables.ts'
import type { People, TokenUser } from '../tokens/people.ts'
import type { Tokens } from '../tokens/tokens.ts'
import { bearerError, readBearerToken } from './bearer-token.ts'
import { oauthEndpoint } from './oauth-endpoint.ts'

/** `GET|POST /userinfo` (OpenID Connect Core §5.3): what the person allowed the client to know. */
export function userinfoEndpoint<User extends TokenUser>(
  server: FastifyInstance,
  deps: {
    readonly tables: Kysely<AuthorizationTables>
    readonly tokens: Pick<Tokens<User>, 'verifyAccessToken'>
    readonly people: Pick<People<User>, 'userByPublicId' | 'claimsOf'>
    readonly issuer: string
  },
): void {
  const { tables, tokens, people, issuer } = deps
  oauthEndpoint(server, {
    path: '/userinfo',
    methods: ['GET', 'POST'],
    cors: true,
    async handle(request) {
      const token = await tokens.verifyAccessToken(readBearerToken(request), issuer)
      if (!token) throw ended()
      // §5.3.1: a token of OpenID Connect. A client's own token is none, whatever its scopes.
      if (!token.isOfUser || !token.scopes.includes('openid')) {
        throw bearerError('insufficient_scope', 'The token needs the scope openid', 'openid')
      }
      const [user, grant] = await Promise.all([
        people.userByPublicId(token.subject),
        findLiveGrant(tables, token.grantId),
      ])
      if (!user || !grant) throw ended()
      // Claims that the `claims` parameter asks for beyond the scopes are not given: nobody was shown them (Core §5.5 leaves
      // it to us); those within are here anyway.
      return {
        ...people.claimsOf(user, token.scopes),
        // §5.3.2: always there, and nothing takes its place.
        sub: user.publicId,
      }
    },
  })
}

function ended() {
  return bearerError('invalid_token', 'The token is not valid here, was revoked, or has ended')
}
