import type { FastifyInstance, FastifyReply } from 'fastify'
import { findClient } from '../../oauth/clients.ts'
import type { OAuthRealm } from '../../oauth/realm.ts'
import { readBearer } from '../../oauth/tokens.ts'
import { findPersona, type Persona } from '../personas.ts'

/** What others may see of somebody. */
function partialUser({ snowflake, username, globalName, avatar }: Persona) {
  return {
    id: snowflake,
    username,
    avatar,
    discriminator: '0',
    public_flags: 0,
    flags: 0,
    banner: null,
    accent_color: null,
    global_name: globalName,
    avatar_decoration_data: null,
    collectibles: null,
    primary_guild: null,
  }
}

/** The user object; `email` and `verified` come with their scope only. */
function ownUser(persona: Persona, scopes: readonly string[]) {
  return {
    ...partialUser(persona),
    mfa_enabled: false,
    locale: 'en-US',
    premium_type: 0,
    ...(scopes.includes('email') && { email: persona.email, verified: persona.verified }),
  }
}

const unauthorized = (reply: FastifyReply, message: string, code: number) => reply.code(401).send({ message, code })

/** Whose token it is, in the two ways that Discord tells it. */
export function registerUsers(app: FastifyInstance, realm: OAuthRealm) {
  app.get('/api/v10/users/@me', { config: { operation: 'users.me' } }, async (request, reply) => {
    const token = readBearer(realm, request.headers.authorization)
    const persona = findPersona(token?.account)
    if (!token || !persona) return unauthorized(reply, '401: Unauthorized', 0)
    if (!token.scopes.includes('identify')) return reply.code(403).send({ message: 'Missing Access', code: 50001 })
    return ownUser(persona, token.scopes)
  })

  app.get('/api/v10/oauth2/@me', { config: { operation: 'oauth2.me' } }, async (request, reply) => {
    const { authorization } = request.headers
    if (authorization === undefined) return unauthorized(reply, '401: Unauthorized', 0)
    const token = readBearer(realm, authorization)
    const persona = findPersona(token?.account)
    if (!token || !persona) return unauthorized(reply, 'Invalid OAuth2 access token', 50025)
    const client = findClient(token.client)
    return {
      application: { id: token.client, name: client?.name, icon: null, description: '', bot_public: false },
      scopes: token.scopes,
      expires: new Date(token.expiresAt).toISOString(),
      ...(token.scopes.includes('identify') && { user: partialUser(persona) }),
    }
  })
}
