import type { FastifyInstance } from 'fastify'
import { readBearer } from '../oauth/tokens.ts'
import type { Realm } from './realm.ts'
import { claimsOf } from './tokens.ts'

/** Who the bearer token speaks for: `sub`, and what its scopes open. */
export function registerUserinfo(app: FastifyInstance, realm: Realm) {
  app.route({
    method: ['GET', 'POST'],
    url: '/v1/userinfo',
    config: { operation: 'userinfo' },
    async handler(request, reply) {
      const token = readBearer(realm, request.headers.authorization)
      if (token) return reply.header('cache-control', 'no-store').send(claimsOf(realm, token.account, token.scopes))
      return reply
        .code(401)
        .header('www-authenticate', 'Bearer realm="https://accounts.google.com/", error="invalid_token"')
        .send({ error: 'invalid_request', error_description: 'Invalid Credentials' })
    },
  })
}
