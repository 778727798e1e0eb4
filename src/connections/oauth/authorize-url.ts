import { codeChallenge } from '#crypto'
import type { Params } from '../provider/definition.ts'
import type { Provider } from '../provider/provider.ts'
import { wireScopes } from '../provider/scopes.ts'

/** Where the browser goes to consent (RFC 6749 §4.1.1; always the code flow). */
export function authorizeUrl(
  provider: Provider,
  request: {
    readonly scopes: readonly string[]
    readonly state: string
    readonly nonce: string
    readonly verifier: string
    readonly forcedConsent: boolean
    readonly chooseAccount: boolean
    /** For signing in only: no refresh token, and nothing of what was granted before. */
    readonly isSignIn: boolean
    /** The account meant, by its id at the provider. */
    readonly loginHint: string | undefined
  },
): string {
  const { definition, config, redirectUri } = provider
  const isOpenId = request.scopes.includes('openid')
  const url = new URL(config.authorizeUrl)
  const extra = [
    definition.authorizeParams,
    request.isSignIn ? undefined : definition.offline?.params,
    request.isSignIn ? undefined : definition.incremental?.params,
    request.chooseAccount ? definition.chooseAccount?.params : undefined,
    request.forcedConsent && !request.isSignIn ? definition.offline?.forcedConsent : undefined,
    request.forcedConsent ? definition.silent?.forcedConsent : definition.silent?.params,
  ]
  const params: Params = {
    response_type: 'code',
    client_id: config.clientId,
    redirect_uri: redirectUri,
    scope: wireScopes(definition, request.scopes),
    state: request.state,
    // Both are OpenID Connect's (Core §3.1.2.1); plain OAuth servers need not ignore them.
    ...(isOpenId ? { nonce: request.nonce } : {}),
    ...(definition.pkce === 'S256'
      ? { code_challenge: codeChallenge(request.verifier), code_challenge_method: 'S256' }
      : {}),
    ...(isOpenId && request.loginHint !== undefined ? { login_hint: request.loginHint } : {}),
    ...merge(extra),
  }
  for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value)
  return url.href
}

/** Two wishes for one parameter are both said: `prompt` is a list (OpenID Connect Core §3.1.2.1). */
function merge(sets: readonly (Params | undefined)[]): Params {
  const merged: Record<string, string> = {}
  for (const set of sets) {
    for (const [name, value] of Object.entries(set ?? {})) {
      merged[name] = merged[name] === undefined ? value : `${merged[name]} ${value}`
    }
  }
  return merged
}
