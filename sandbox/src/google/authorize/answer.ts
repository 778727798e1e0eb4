import { issuerOf, type Realm } from '../realm.ts'
import { grantKey } from '../records.ts'
import { expandScopes, isSignIn } from '../scopes.ts'
import type { AuthorizationRequest } from './parse-request.ts'

function redirectTo(request: AuthorizationRequest, parameters: Record<string, string | undefined>): string {
  const url = new URL(request.redirectUri)
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) url.searchParams.append(name, value)
  return url.href
}

/** The callback that says no (RFC 6749, 4.1.2.1). */
export function answerError(realm: Realm, request: AuthorizationRequest, error: string): string {
  return redirectTo(request, { error, state: request.state, iss: issuerOf(realm) })
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
  const { records, random, now } = realm
  const { account, consented } = decision
  const allowed = request.scopes.filter((scope) => isSignIn(scope) || decision.ticked.includes(scope))
  if (allowed.length === 0) return answerError(realm, request, 'access_denied')
  const client = request.client.id
  const earlier = records.grants.get(grantKey(account, client))?.scopes ?? []
  const scopes = expandScopes(request.includeGranted ? [...allowed, ...earlier] : allowed)
  const code = `4/0A${random(48).toString('base64url')}`
  records.commit(
    records.grants.put(grantKey(account, client), { account, client, scopes: expandScopes([...earlier, ...allowed]) }),
    records.codes.put(code, {
      client,
      account,
      redirectUri: request.redirectUri,
      scopes,
      nonce: request.nonce,
      challenge: request.challenge,
      refreshable: request.offline && consented,
      createdAt: now(),
      family: random(9).toString('base64url'),
      used: false,
    }),
  )
  return redirectTo(request, {
    state: request.state,
    iss: issuerOf(realm),
    code,
    scope: scopes.join(' '),
    authuser: '0',
    prompt: consented ? 'consent' : 'none',
  })
}
