import { type Client, findClient, isRegistered } from '../clients.ts'
import { isKnown, parseScopes } from '../scopes.ts'

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
  challenge: { value: string; method: 'S256' | 'plain' } | undefined
}

/** A request Google answers with an error page of its own, never by a redirect. */
export class BadRequest extends Error {
  readonly error: string
  readonly status: number

  constructor(error: string, message: string, status = 400) {
    super(message)
    this.error = error
    this.status = status
  }
}

const PROMPTS = ['none', 'consent', 'select_account']

function need(query: URLSearchParams, name: string): string {
  const value = query.get(name)
  if (!value) throw new BadRequest('invalid_request', `Missing required parameter: ${name}`)
  return value
}

function parsePrompts(prompt: string | null): Set<string> {
  const prompts = new Set(parseScopes(prompt ?? ''))
  const unknown = [...prompts].find((one) => !PROMPTS.includes(one))
  if (unknown !== undefined) throw new BadRequest('invalid_request', `Invalid parameter value for prompt: ${unknown}`)
  if (prompts.has('none') && prompts.size > 1) {
    throw new BadRequest('invalid_request', 'Invalid parameter value for prompt: none must stand alone')
  }
  return prompts
}

function parseChallenge(query: URLSearchParams): AuthorizationRequest['challenge'] {
  const value = query.get('code_challenge')
  const method = query.get('code_challenge_method')
  if (value === null) {
    if (method !== null) throw new BadRequest('invalid_request', 'code_challenge_method without code_challenge')
    return undefined
  }
  // RFC 7636, 4.2 and 4.3: 43 to 128 unreserved characters; plain when no method is named.
  if (!/^[\w.~-]{43,128}$/.test(value)) throw new BadRequest('invalid_request', 'Invalid code_challenge')
  if (method === 'S256') return { value, method }
  if (method === null || method === 'plain') return { value, method: 'plain' }
  throw new BadRequest('invalid_request', `Invalid parameter value for code_challenge_method: ${method}`)
}

/** Checks in the order that matters: client and redirect URI first, nothing is sent anywhere before both hold. */
export function parseAuthorizationRequest(query: URLSearchParams, ownOrigin: string): AuthorizationRequest {
  for (const name of query.keys()) {
    if (query.getAll(name).length > 1) {
      throw new BadRequest('invalid_request', `OAuth 2 parameters can only have a single value: ${name}`)
    }
  }
  const client = findClient(need(query, 'client_id'))
  if (!client) throw new BadRequest('invalid_client', 'The OAuth client was not found.', 401)
  const redirectUri = need(query, 'redirect_uri')
  if (!isRegistered(redirectUri, ownOrigin)) {
    throw new BadRequest(
      'redirect_uri_mismatch',
      `The redirect URI in the request, ${redirectUri}, is not registered for this client.`,
    )
  }
  const responseType = need(query, 'response_type')
  if (responseType !== 'code') throw new BadRequest('unsupported_response_type', `response_type=${responseType}`)
  const scopes = parseScopes(need(query, 'scope'))
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
