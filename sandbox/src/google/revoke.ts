import type { FastifyInstance } from 'fastify'
import { parseForm } from '../oauth/form.ts'
import { findAccess, findRefresh, revokeGrant } from '../oauth/tokens.ts'
import type { Realm } from './realm.ts'

/** Takes the token in the query (as Google's own library sends it) or the form; drops the whole grant (facts 1.4). */
export function registerRevoke(app: FastifyInstance, realm: Realm) {
  app.post('/revoke', { config: { operation: 'revoke' } }, async (request, reply) => {
    const token = parseForm(request.query).get('token') ?? parseForm(request.body).get('token')
    if (!token) {
      const error_description = 'Missing required parameter: token'
      return reply.code(400).send({ error: 'invalid_request', error_description })
    }
    const owner = findAccess(realm, token) ?? findRefresh(realm, token)
    if (!owner) return reply.code(400).send({ error: 'invalid_token', error_description: 'Token expired or revoked' })
    realm.records.commit(...revokeGrant(realm, owner.account, owner.client))
    return {}
  })
}
