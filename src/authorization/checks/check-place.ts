import type { Client } from '../clients/client.ts'
import { matchRedirectUri } from '../clients/redirect-match.ts'
import { OAuthError } from '../errors.ts'
import { type Params, readParameters } from '../parameters.ts'

/** Where the answer to a request goes. Only an address that the client registered ever gets into one of these. */
export type ResponsePlace = {
  readonly client: Client
  readonly redirectUri: string
  readonly state: string | undefined
  readonly responseMode: ResponseMode
}

/** OAuth 2.0 Multiple Response Types §2.1, Form Post Response Mode. Fragments would carry codes into histories. */
export const RESPONSE_MODES = ['query', 'form_post'] as const
export type ResponseMode = (typeof RESPONSE_MODES)[number]

/** A client that may take part; disabled ones are none. */
export type FindClient = (id: string) => Promise<Client | undefined>

/**
 * Client, then redirect URI: until both are known the error is shown here and goes nowhere (RFC 6749 §4.1.2.1,
 * RFC 9700 §4.11). From then on every error is told to the client.
 *
 * @throws OAuthError to be shown at /authorize
 */
export async function checkPlace(source: unknown, findClient: FindClient): Promise<ResponsePlace> {
  const client = await checkClient(only(source, 'client_id'), findClient)
  const redirectUri = checkRedirectUri(only(source, 'redirect_uri'), client)
  return { client, redirectUri, state: once(source, 'state'), responseMode: errorMode(once(source, 'response_mode')) }
}

/** The client that a request names, if it names one. @throws OAuthError to be shown */
export function readClientId(source: unknown): string {
  return only(source, 'client_id')['client_id'] ?? ''
}

/** RFC 6749 §2.2, §4.1.1. */
async function checkClient(params: Params, findClient: FindClient): Promise<Client> {
  const id = params['client_id']
  if (id === undefined) throw new OAuthError('invalid_request', 'client_id is missing')
  const client = await findClient(id)
  if (!client) throw new OAuthError('invalid_client', 'There is no client with this client_id', { status: 400 })
  return client
}

/** RFC 6749 §3.1.2.3, as exact string (RFC 9700 §2.1). Always asked for, as OpenID Connect Core §3.1.2.1 does. */
function checkRedirectUri(params: Params, client: Client): string {
  const uri = params['redirect_uri']
  if (uri === undefined) throw new OAuthError('invalid_request', 'redirect_uri is missing')
  // It becomes a header: whatever was registered, nothing else than printable ASCII goes there.
  if (!/^[\x21-\x7e]+$/.test(uri) || !matchRedirectUri(client, uri)) {
    throw new OAuthError('invalid_request', 'This redirect_uri is not registered for the client')
  }
  return uri
}

/** One parameter, read by the rules for all, whatever is wrong with the others. @throws OAuthError */
function only(source: unknown, name: string): Params {
  if (typeof source !== 'object' || source === null || !Object.hasOwn(source, name)) return {}
  return readParameters({ [name]: Object.getOwnPropertyDescriptor(source, name)?.value })
}

/** For an error that is yet to be found: what is no text, or is repeated, is left out of it. */
function once(source: unknown, name: string): string | undefined {
  try {
    return only(source, name)[name]
  } catch (error) {
    if (error instanceof OAuthError) return undefined
    throw error
  }
}

/** A mode that there is not is refused by `checkResponseMode`, and that refusal travels in the query. */
function errorMode(mode: string | undefined): ResponseMode {
  return RESPONSE_MODES.find((known) => known === mode) ?? 'query'
}
