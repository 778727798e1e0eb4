import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Client } from '../../oauth/clients.ts'
import { type CodeProblem, examineCode } from '../../oauth/codes.ts'
import type { OAuthRealm } from '../../oauth/realm.ts'
import { Refusal } from '../../oauth/refusal.ts'
import { registerTokenEndpoint } from '../../oauth/token-endpoint.ts'
import { findRefresh, issueAccess, issueRefresh } from '../../oauth/tokens.ts'

const WORDS: Record<CodeProblem, readonly [error: string, description: string]> = {
  missing: ['invalid_request', 'Missing "code" in request.'],
  unknown: ['invalid_grant', 'Invalid "code" in request.'],
  used: ['invalid_grant', 'Invalid "code" in request.'],
  expired: ['invalid_grant', 'Invalid "code" in request.'],
  other_redirect: ['invalid_grant', 'Invalid "redirect_uri" in request.'],
  verifier_unasked: ['invalid_grant', 'Invalid "code_verifier" in request.'],
  verifier_missing: ['invalid_grant', 'Missing "code_verifier" in request.'],
  verifier_wrong: ['invalid_grant', 'Invalid "code_verifier" in request.'],
}

/** RFC 7636, 4.1; Discord enforces it before anything else of the code. */
const SHORTEST_VERIFIER = 43

/** "JSON content is not permitted and will return an error" (developers/topics/oauth2). */
export function refuseOtherThanForms({ headers }: FastifyRequest) {
  const [type = ''] = (headers['content-type'] ?? '').split(';', 1)
  if (type.trim().toLowerCase() === 'application/x-www-form-urlencoded') return
  throw new Refusal(400, 'invalid_request', 'The content type must be application/x-www-form-urlencoded')
}

function exchangeCode(realm: OAuthRealm, client: Client, form: URLSearchParams) {
  const verifier = form.get('code_verifier')
  if (verifier !== null && verifier.length < SHORTEST_VERIFIER) {
    throw new Refusal(400, 'invalid_request', 'Invalid "code_verifier" in request.')
  }
  const examined = examineCode(realm, client, form)
  if ('problem' in examined) throw new Refusal(400, ...WORDS[examined.problem])
  const { value, code } = examined
  const access = issueAccess(realm, code, 'token.exchange')
  const withheld = realm.faults.take('discord', 'token.exchange', 'omit_refresh_token')
  const refresh = withheld ? undefined : issueRefresh(realm, code)
  realm.records.commit(
    realm.records.codes.put(value, { ...code, used: true }),
    access.change,
    ...(refresh?.changes ?? []),
  )
  return {
    token_type: 'Bearer',
    access_token: access.token,
    expires_in: access.seconds,
    ...(refresh && { refresh_token: refresh.token }),
    scope: code.scopes.join(' '),
  }
}

/** A refresh token works once: the new one and the end of the old one are one commit, without grace. */
function refresh(realm: OAuthRealm, client: Client, form: URLSearchParams) {
  const value = form.get('refresh_token')
  if (!value) throw new Refusal(400, 'invalid_request', 'Missing "refresh_token" in request.')
  const token = findRefresh(realm, value)
  if (!token || token.client !== client.id) {
    throw new Refusal(400, 'invalid_grant', 'Invalid "refresh_token" in request.')
  }
  const access = issueAccess(realm, token, 'token.refresh')
  const next = issueRefresh(realm, token)
  realm.records.commit(access.change, ...next.changes, realm.records.refresh.drop(value))
  return {
    token_type: 'Bearer',
    access_token: access.token,
    expires_in: access.seconds,
    refresh_token: next.token,
    scope: token.scopes.join(' '),
  }
}

export function registerToken(app: FastifyInstance, realm: OAuthRealm) {
  const paths = ['/api/oauth2/token', '/api/v10/oauth2/token']
  registerTokenEndpoint(app, {
    paths,
    check: refuseOtherThanForms,
    exchange: (client, form) => exchangeCode(realm, client, form),
    refresh: (client, form) => refresh(realm, client, form),
  })
  for (const path of paths) {
    app.get(path, (_request, reply) => reply.code(405).send({ message: '405: Method Not Allowed', code: 0 }))
  }
}
