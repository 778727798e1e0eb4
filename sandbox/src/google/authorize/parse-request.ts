import { BadRequest, needParameter, refuseRepeats } from '../../oauth/bad-request.ts'
import { type Client, findClient, isRegistered } from '../../oauth/clients.ts'
import { parseScopes } from '../../oauth/form.ts'
import { type Challenge, isChallenge } from '../../oauth/secrets.ts'
import { isKnown } from '../scopes.ts'

/** An authorization request that may be shown to a person. */
export type AuthorizationRequest = {
  client: Client
  redirectUri: string
  scopes: string[]
  state: string | undefined
  nonce: string | undefined
  offline: boolean
  includeGranted: boolean
  prompts: ReadonlySet<string>
  loginHint: string | undefined
  challenge: Challenge | undefined
}

const PROMPTS = ['none', 'consent', 'select_account']

function parsePrompts(prompt: string | null): Set<string> {
  const prompts = new Set(parseScopes(prompt ?? ''))
  const unknown = [...prompts].find((one) => !PROMPTS.includes(one))
  if (unknown !== undefined) throw new BadRequest('invalid_request', `Invalid parameter value for prompt: ${unknown}`)
  if (prompts.has('none') && prompts.size > 1) {
    throw new BadRequest('invalid_request', 'Invalid parameter value for prompt: none must stand alone')
  }
  return prompts
}

function parseChallenge(query: URLSearchParams): Challenge | undefined {
  const value = query.get('code_challenge')
  const method = query.get('code_challenge_method')
  if (value === null) {
    if (method !== null) throw new BadRequest('invalid_request', 'code_challenge_method without code_challenge')
    return undefined
  }
  // RFC 7636, 4.3: plain when no method is named.
  if (!isChallenge(value)) throw new BadRequest('invalid_request', 'Invalid code_challenge')
  if (method === 'S256') return { value, method }
  if (method === null || method === 'plain') return { value, method: 'plain' }
  throw new BadRequest('invalid_request', `Invalid parameter value for code_challenge_method: ${method}`)
}

/** Checks in the order that matters: client and redirect URI first, nothing is sent anywhere before both hold. */
export function parseAuthorizationRequest(query: URLSearchParams, ownOrigin: string): AuthorizationRequest {
  refuseRepeats(query)
  const client = findClient(needParameter(query, 'client_id'))
  if (!client) throw new BadRequest('invalid_client', 'The OAuth client was not found.', 401)
  const redirectUri = needParameter(query, 'redirect_uri')
  if (!isRegistered(redirectUri, ownOrigin)) {
    throw new BadRequest(
      'redirect_uri_mismatch',
      `The redirect URI in the request, ${redirectUri}, is not registered for this client.`,
    )
  }
  const responseType = needParameter(query, 'response_type')
  if (responseType !== 'code') throw new BadRequest('unsupported_response_type', `response_type=${responseType}`)
  const scopes = parseScopes(needParameter(query, 'scope'))
  const unknown = scopes.filter((scope) => !isKnown(scope))
  if (unknown.length > 0) {
    throw new BadRequest('invalid_scope', `Some requested scopes were invalid: ${unknown.join(', ')}`)
  }
  return {
    client,
    redirectUri,
    scopes,
    state: query.get('state') ?? undefined,
    nonce: query.get('nonce') ?? undefined,
    offline: query.get('access_type') === 'offline',
    includeGranted: query.get('include_granted_scopes') === 'true',
    prompts: parsePrompts(query.get('prompt')),
    loginHint: query.get('login_hint') ?? undefined,
    challenge: parseChallenge(query),
  }
}
