import { type Params, readParameters, readResources } from '../parameters.ts'
import { type Apis, scopesAt } from './apis.ts'
import { checkClaims, type RequestedClaims } from './check-claims.ts'
import { checkPkce } from './check-pkce.ts'
import type { ResponsePlace } from './check-place.ts'
import { checkMaxAge, checkPrompt, type Prompt } from './check-prompt.ts'
import { checkResource, type ResourceRules, resourcesFor, type Target } from './check-resource.ts'
import { checkResponseMode, checkResponseType, refuseRequestObjects } from './check-response.ts'
import { checkScope, type ScopeRules } from './check-scope.ts'

/** An authorization request in which nothing is left to check. Made by `checkRequest` only. */
export type AuthorizationRequest = ResponsePlace & {
  readonly scopes: readonly string[]
  readonly codeChallenge: string | undefined
  readonly nonce: string | undefined
  readonly prompt: readonly Prompt[]
  readonly maxAge: number | undefined
  readonly claims: RequestedClaims | undefined
  readonly idTokenHint: string | undefined
  readonly loginHint: string | undefined
  /** What tokens are to be for; never empty. */
  readonly resources: readonly string[]
  readonly params: Params
}

/** What the checks have to know of this server. */
export type CheckRules = ResourceRules & { readonly defaultScopes: readonly string[]; readonly apis: Apis }

/**
 * The checks of /authorize, in the order of the specifications; `checkPlace` (client, redirect URI) came before.
 *
 * @throws OAuthError that is told to the client, at the place
 */
export function checkRequest(source: unknown, place: ResponsePlace, rules: CheckRules): AuthorizationRequest {
  const { client } = place
  const params = readParameters(source) //                               RFC 6749 §3.1
  refuseRequestObjects(params) //                                        OpenID Connect Core §3.1.2.6
  checkResponseType(params, client) //                                   RFC 6749 §3.1.1
  const responseMode = checkResponseMode(params) //                      Multiple Response Types §2.1
  const target = checkResource(readResources(source), client, rules) //  RFC 8707 §2
  const scopes = checkScope(params, client, scopeRules(target, rules)) //RFC 6749 §3.3
  const codeChallenge = checkPkce(params, client) //                     RFC 7636 §4.3
  const prompt = checkPrompt(params) //                                  OpenID Connect Core §3.1.2.1
  const maxAge = checkMaxAge(params)
  const claims = checkClaims(params) //                                  OpenID Connect Core §5.5
  const resources = resourcesFor(target, scopes, rules.issuer)
  const { nonce, id_token_hint: idTokenHint, login_hint: loginHint } = params
  return {
    ...place,
    responseMode,
    scopes,
    codeChallenge,
    prompt,
    maxAge,
    claims,
    resources,
    nonce,
    idTokenHint,
    loginHint,
    params,
  }
}

/** Scopes belong to what the tokens are for. */
export function scopeRules({ resources, saidBy }: Target, { defaultScopes, apis }: CheckRules): ScopeRules {
  return { fallback: defaultScopes, ofApis: scopesAt(apis, resources), areApisChosen: saidBy !== 'nobody' }
}
