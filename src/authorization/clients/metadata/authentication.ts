import { FOREIGN_ALGORITHMS, KeysNotUsable, type PublicKeys, parsePublicKeys } from '#crypto'
import { checkFetchedAddress, MOST_ADDRESS } from './addresses.ts'
import { AUTH_METHODS } from './auth-methods.ts'
import { type Fields, metadataError } from './fields.ts'
import type { StandardMetadata } from './metadata.ts'
import type { RegistrationRules } from './rules.ts'

type Authentication = Pick<
  StandardMetadata,
  'token_endpoint_auth_method' | 'token_endpoint_auth_signing_alg' | 'jwks' | 'jwks_uri'
>

/** How the client will authenticate, and with which keys (RFC 7591 §2). @throws OAuthError */
export function readAuthentication(fields: Fields, rules: RegistrationRules): Authentication {
  const asked = fields.oneOf('token_endpoint_auth_method', AUTH_METHODS) ?? 'client_secret_basic'
  // Where only public clients are taken, no secret is issued, and the answer says so (§3.2.1: the server may replace).
  const method = !rules.rights.confidential && asked.startsWith('client_secret') ? 'none' : asked
  if (method !== 'none' && !rules.rights.confidential) {
    throw metadataError('token_endpoint_auth_method: only public clients (none) are registered without signing in')
  }
  const alg = fields.oneOf('token_endpoint_auth_signing_alg', FOREIGN_ALGORITHMS)
  const jwksUri = fields.text('jwks_uri', MOST_ADDRESS)
  const jwks = readKeys(fields.raw('jwks'))
  // §2: the two must not both be present.
  if (jwks && jwksUri !== undefined) throw metadataError('jwks and jwks_uri exclude each other')
  if (jwksUri !== undefined) checkFetchedAddress('jwks_uri', jwksUri, rules.issuer)
  if (method === 'private_key_jwt' && !jwks && jwksUri === undefined) {
    throw metadataError('private_key_jwt needs jwks or jwks_uri')
  }
  return {
    token_endpoint_auth_method: method,
    ...(alg !== undefined && method === 'private_key_jwt' ? { token_endpoint_auth_signing_alg: alg } : {}),
    ...(jwks ? { jwks } : {}),
    ...(jwksUri === undefined ? {} : { jwks_uri: jwksUri }),
  }
}

function readKeys(value: unknown): PublicKeys | undefined {
  if (value === undefined) return undefined
  try {
    return parsePublicKeys(value)
  } catch (error) {
    if (error instanceof KeysNotUsable) throw metadataError(`jwks: ${error.message}`)
    throw error
  }
}
