import type { FastifyInstance } from 'fastify'
import { authenticateClient } from '../../oauth/authenticate-client.ts'
import { parseForm } from '../../oauth/form.ts'
import type { OAuthRealm } from '../../oauth/realm.ts'
import { Refusal } from '../../oauth/refusal.ts'
import { refusable } from '../../oauth/token-endpoint.ts'
import { findAccess, findRefresh, revokeGrant } from '../../oauth/tokens.ts'
import { refuseOtherThanForms } from './token.ts'

/** Any one token ends the whole authorization of this person and app; an unknown one is no error (RFC 7009, 2.2). */
function revoke(realm: OAuthRealm, form: URLSearchParams, authorization: string | undefined): object {
  const client = authenticateClient(form, authorization)
  const token = form.get('token')
  if (!token) throw new Refusal(400, 'invalid_request', 'Missing "token" in request.')
  const owner = findAccess(realm, token) ?? findRefresh(realm, token)
  if (owner && owner.client === client.id) realm.records.commit(...revokeGrant(realm, owner.account, owner.client))
  return {}
}

export function registerRevoke(app: FastifyInstance, realm: OAuthRealm) {
  for (const path of ['/api/oauth2/token/revoke', '/api/v10/oauth2/token/revoke']) {
    app.post(path, { config: { operation: 'revoke' } }, async (request, reply) => {
      const { status, body } = await refusable(() => {
        refuseOtherThanForms(request)
        return revoke(realm, parseForm(request.body), request.headers.authorization)
      })
      return reply.code(status).send(body)
    })
  }
}
