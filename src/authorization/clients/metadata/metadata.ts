import type { PublicKeys } from '#crypto'
import type { AuthMethod } from './auth-methods.ts'

/**
 * Metadata of a client after every check, by wire names: RFC 7591 §2, OpenID Connect Registration §2 and
 * RP-Initiated Logout §3.1, and ours. What a registration says beyond these is not understood, so it is ignored and
 * not echoed (RFC 7591 §2).
 */
export type ClientMetadata = StandardMetadata & OwnMetadata

export type StandardMetadata = {
  readonly redirect_uris: readonly string[]
  readonly post_logout_redirect_uris?: readonly string[]
  readonly token_endpoint_auth_method: AuthMethod
  readonly token_endpoint_auth_signing_alg?: string
  readonly grant_types: readonly string[]
  readonly response_types: readonly string[]
  readonly application_type: 'web' | 'native'
  readonly client_name?: string
  readonly client_uri?: string
  readonly logo_uri?: string
  readonly policy_uri?: string
  readonly tos_uri?: string
  readonly contacts?: readonly string[]
  /** Space-separated, each once. */
  readonly scope?: string
  readonly jwks?: PublicKeys
  readonly jwks_uri?: string
  readonly software_id?: string
  readonly software_version?: string
  readonly subject_type: 'public'
  readonly id_token_signed_response_alg: 'RS256' | 'ES256'
}

/** Metadata of our own (`docs/reference`). */
export type OwnMetadata = {
  readonly require_pkce: boolean
  readonly consent_required: boolean
  readonly profile: 'standard' | 'fapi2'
  readonly client_assertion_audience: 'issuer' | 'issuer_or_token_endpoint'
  readonly refresh_token_rotation: boolean
  readonly default_scope?: string
  readonly default_resource?: string
}
