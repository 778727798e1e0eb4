import { issueCode } from '../../oauth/codes.ts'
import { callbackUrl, issuerOf } from '../../oauth/realm.ts'
import { grantKey } from '../../oauth/records.ts'
import type { Realm } from '../realm.ts'
import { expandScopes, isSignIn } from '../scopes.ts'
import type { AuthorizationRequest } from './parse-request.ts'

/** The callback that says no (RFC 6749, 4.1.2.1). */
export function answerError(realm: Realm, request: AuthorizationRequest, error: string): string {
  return callbackUrl(request.redirectUri, { error, state: request.state, iss: issuerOf(realm) })
}

export type Decision = {
  account: string
  /** API scopes the person left ticked; the sign-in scopes come along. */
  ticked: readonly string[]
  /** Whether the consent page was shown for it. */
  consented: boolean
}

/** The callback with a code; what was allowed is remembered in the same commit. */
export function answerCode(realm: Realm, request: AuthorizationRequest, decision: Decision): string {
  const { records, random } = realm
  const { account, consented } = decision
  const allowed = request.scopes.filter((scope) => isSignIn(scope) || decision.ticked.includes(scope))
  if (allowed.length === 0) return answerError(realm, request, 'access_denied')
  const client = request.client.id
  const earlier = records.grants.get(grantKey(account, client))?.scopes ?? []
  const scopes = expandScopes(request.includeGranted ? [...allowed, ...earlier] : allowed)
  const code = `4/0A${random(48).toString('base64url')}`
  records.commit(
    records.grants.put(grantKey(account, client), { account, client, scopes: expandScopes([...earlier, ...allowed]) }),
    issueCode(realm, code, {
      client,
      account,
      redirectUri: request.redirectUri,
      scopes,
      nonce: request.nonce,
      challenge: request.challenge,
      refreshable: request.offline && consented,
    }),
  )
  return callbackUrl(request.redirectUri, {
    state: request.state,
    iss: issuerOf(realm),
    code,
    scope: scopes.join(' '),
    authuser: '0',
    prompt: consented ? 'consent' : 'none',
  })
}
