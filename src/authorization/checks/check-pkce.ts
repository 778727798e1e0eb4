import type { Client } from '../clients/client.ts'
import { OAuthError } from '../errors.ts'
import type { Params } from '../parameters.ts'

/** SHA-256 as base64url without padding (RFC 7636 §4.2). */
const CHALLENGE = /^[A-Za-z0-9_-]{43}$/

/**
 * RFC 7636 §4.3, §4.4.1: the challenge, or undefined for a client that may do without. Only S256: `plain`, which a
 * request without a method means, shows the verifier to whoever sees the request. @throws OAuthError
 */
export function checkPkce(params: Params, client: Client): string | undefined {
  const { code_challenge: challenge, code_challenge_method: method } = params
  if (challenge === undefined) {
    if (method !== undefined) throw new OAuthError('invalid_request', 'code_challenge is missing')
    if (client.requirePkce) throw new OAuthError('invalid_request', 'code_challenge is missing: PKCE is required')
    return undefined
  }
  if (method !== 'S256') throw new OAuthError('invalid_request', 'code_challenge_method must be S256')
  if (!CHALLENGE.test(challenge)) throw new OAuthError('invalid_request', 'code_challenge is not one of S256')
  return challenge
}
