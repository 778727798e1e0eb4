import { BadRequest, needParameter, refuseRepeats, SentBack } from '../../oauth/bad-request.ts'
import { type Client, findClient, isRegistered } from '../../oauth/clients.ts'
import { parseScopes } from '../../oauth/form.ts'
import { callbackUrl, issuerOf, type OAuthRealm } from '../../oauth/realm.ts'
import { type Challenge, isChallenge } from '../../oauth/secrets.ts'
import { isKnown } from '../scopes.ts'

/** An authorization request that may be shown to a person. */
export type AuthorizationRequest = {
  client: Client
  redirectUri: string
  scopes: string[]
  state: string | undefined
  prompt: 'consent' | 'none'
  challenge: Challenge | undefined
}

type Callback = { redirectUri: string; state: string | undefined }

/** The callback that says no (RFC 6749, 4.1.2.1; `iss` by RFC 9207). */
export function errorCallback(realm: OAuthRealm, to: Callback, error: string, error_description: string): string {
  return callbackUrl(to.redirectUri, { error, error_description, state: to.state, iss: issuerOf(realm) })
}

type Refuse = (error: string, description: string) => Error

function readScopes(query: URLSearchParams, refuse: Refuse): string[] {
  const scopes = parseScopes(query.get('scope') ?? '')
  if (scopes.length > 0 && scopes.every(isKnown)) return scopes
  throw refuse('invalid_scope', 'The requested scope is invalid, unknown, or malformed.')
}

/** The consent page is always shown unless `none` is asked for. */
function readPrompt(query: URLSearchParams, refuse: Refuse): AuthorizationRequest['prompt'] {
  const prompt = query.get('prompt') ?? 'consent'
  if (prompt === 'consent' || prompt === 'none') return prompt
  throw refuse('invalid_request', 'Invalid "prompt" in request.')
}

function readChallenge(query: URLSearchParams, refuse: Refuse): Challenge | undefined {
  const value = query.get('code_challenge')
  if (value === null) return undefined
  if (query.get('code_challenge_method') !== 'S256') {
    throw refuse('invalid_request', 'Unsupported "code_challenge_method" in request.')
  }
  if (!isChallenge(value)) throw refuse('invalid_request', 'Invalid "code_challenge" in request.')
  return { value, method: 'S256' }
}

/** Client and redirect address first: nothing is sent anywhere before both hold. */
export function parseAuthorizationRequest(realm: OAuthRealm, query: URLSearchParams): AuthorizationRequest {
  refuseRepeats(query)
  const client = findClient(needParameter(query, 'client_id'))
  if (!client) throw new BadRequest('invalid_client', 'Unknown application.', 401)
  const redirectUri = needParameter(query, 'redirect_uri')
  if (!isRegistered(redirectUri, new URL(realm.site.url('/')).origin)) {
    throw new BadRequest('invalid_request', `Invalid OAuth2 redirect_uri: ${redirectUri}`)
  }
  const state = query.get('state') ?? undefined
  const refuse: Refuse = (error, description) =>
    new SentBack(errorCallback(realm, { redirectUri, state }, error, description))
  if (query.get('response_type') !== 'code') {
    throw refuse('unsupported_response_type', 'The authorization server does not support this response type.')
  }
  return {
    client,
    redirectUri,
    state,
    scopes: readScopes(query, refuse),
    prompt: readPrompt(query, refuse),
    challenge: readChallenge(query, refuse),
  }
}
