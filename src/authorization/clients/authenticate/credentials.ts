import type { IncomingHttpHeaders } from 'node:http'
import { OAuthError } from '../../errors.ts'
import type { Params } from '../../parameters.ts'
import type { AuthMethod } from '../metadata/auth-methods.ts'

/** What a request says about who sends it, by exactly one method. */
export type Credentials =
  | { readonly method: 'none'; readonly clientId: string }
  | {
      readonly method: Extract<AuthMethod, 'client_secret_basic' | 'client_secret_post'>
      readonly clientId: string
      readonly secret: string
    }
  | { readonly method: 'private_key_jwt'; readonly clientId: string; readonly assertion: string }

/** RFC 7523 §2.2. */
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** One description for whatever does not fit, so that nobody learns which part of it was right. */
export function authenticationFailed(cause?: Error): OAuthError {
  return new OAuthError('invalid_client', 'The client could not be authenticated', { cause })
}

/**
 * Reads how a client authenticates (RFC 6749 §2.3, RFC 7521 §4.2).
 *
 * @throws OAuthError `invalid_request` for more than one method (§2.3: must not), `invalid_client` for none and for broken ones
 */
export function readCredentials(headers: IncomingHttpHeaders, params: Params): Credentials {
  const { authorization } = headers
  const { client_id: id, client_secret: secret, client_assertion: assertion } = params
  const type = params['client_assertion_type']
  const methods = [authorization, secret, assertion ?? type].filter((one) => one !== undefined)
  if (methods.length > 1) {
    throw new OAuthError('invalid_request', 'The client authenticates by more than one method (RFC 6749 section 2.3)')
  }
  if (authorization !== undefined) return readBasic(authorization, id)
  if (assertion !== undefined || type !== undefined) return readAssertion(assertion, type, id)
  if (id === undefined) throw authenticationFailed()
  return secret === undefined
    ? { method: 'none', clientId: id }
    : { method: 'client_secret_post', clientId: id, secret }
}

/** §2.3.1: both parts are form-urlencoded before they are joined. */
function readBasic(authorization: string, id: string | undefined): Credentials {
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization)?.[1]
  if (encoded === undefined) throw authenticationFailed()
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  const clientId = colon < 0 ? undefined : decodeFormText(text.slice(0, colon))
  const secret = decodeFormText(text.slice(colon + 1))
  if (!clientId || !secret) throw authenticationFailed()
  if (id !== undefined && id !== clientId) {
    throw new OAuthError('invalid_request', 'client_id is not the one of the Authorization header')
  }
  return { method: 'client_secret_basic', clientId, secret }
}

function decodeFormText(text: string): string | undefined {
  try {
    const decoded = decodeURIComponent(text.replaceAll('+', ' '))
    return decoded.includes('\0') ? undefined : decoded
  } catch {
    return undefined
  }
}

/** RFC 7523 §3: the client is the subject; it is believed only after the signature was checked. */
function readAssertion(assertion: string | undefined, type: string | undefined, id: string | undefined): Credentials {
  if (assertion === undefined || type !== ASSERTION_TYPE) throw authenticationFailed()
  const clientId = subjectOf(assertion)
  if (clientId === undefined) throw authenticationFailed()
  // RFC 7521 §4.2: client_id is unnecessary, and the same where it is sent.
  if (id !== undefined && id !== clientId) throw authenticationFailed()
  return { method: 'private_key_jwt', clientId, assertion }
}

function subjectOf(assertion: string): string | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString('utf8'))
    const subject = typeof claims === 'object' && claims !== null && 'sub' in claims ? claims.sub : undefined
    return typeof subject === 'string' && subject !== '' && !subject.includes('\0') && subject.isWellFormed()
      ? subject
      : undefined
  } catch {
    return undefined
  }
}
