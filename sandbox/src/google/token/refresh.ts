import type { Client } from '../../oauth/clients.ts'
import { parseScopes } from '../../oauth/form.ts'
import type { RefreshToken } from '../../oauth/records.ts'
import { Refusal } from '../../oauth/refusal.ts'
import { findRefresh, issueAccess, issueRefresh } from '../../oauth/tokens.ts'
import type { Realm } from '../realm.ts'
import { expandScopes, holds } from '../scopes.ts'
import { issueIdToken } from '../tokens.ts'

/** Google does not rotate; a fault makes it so, the old token dying at once or after `grace` seconds. */
function rotate(realm: Realm, value: string, token: RefreshToken) {
  const fault = realm.faults.take('google', 'token.refresh', 'rotate_refresh_token')
  if (!fault) return undefined
  const grace = typeof fault.with['grace'] === 'number' ? fault.with['grace'] : 0
  const next = issueRefresh(realm, token)
  const diesAt = Math.min(token.diesAt ?? Number.POSITIVE_INFINITY, realm.now() + grace * 1000)
  const old = grace > 0 ? realm.records.refresh.put(value, { ...token, diesAt }) : realm.records.refresh.drop(value)
  return { token: next.token, changes: [...next.changes, old] }
}

export async function refresh(realm: Realm, client: Client, form: URLSearchParams) {
  const value = form.get('refresh_token')
  if (!value) throw new Refusal(400, 'invalid_request', 'Missing required parameter: refresh_token')
  const token = findRefresh(realm, value)
  if (!token || token.client !== client.id) {
    const description = value.startsWith('1//') ? 'Token has been expired or revoked.' : 'Bad Request'
    throw new Refusal(400, 'invalid_grant', description)
  }
  const asked = parseScopes(form.get('scope') ?? '')
  if (!holds(token.scopes, asked)) throw new Refusal(400, 'invalid_scope', 'Bad Request')
  const owner = { ...token, scopes: asked.length > 0 ? expandScopes(asked) : token.scopes }
  const rotated = rotate(realm, value, token)
  const access = issueAccess(realm, owner, 'token.refresh')
  realm.records.commit(access.change, ...(rotated?.changes ?? []))
  return {
    access_token: access.token,
    expires_in: access.seconds,
    ...(rotated && { refresh_token: rotated.token }),
    scope: owner.scopes.join(' '),
    token_type: 'Bearer',
    ...(owner.scopes.includes('openid') && { id_token: await issueIdToken(realm, owner, access.token) }),
  }
}
