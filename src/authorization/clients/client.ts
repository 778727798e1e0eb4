import type { PublicKeys } from '#crypto'
import type { AuthMethod } from './metadata/auth-methods.ts'
import type { ClientMetadata } from './metadata/metadata.ts'
import type { RegisteredBy } from './metadata/rights.ts'

/** An application that may ask people for something; out of its row, checked when it was registered. */
export type Client = {
  readonly id: string
  /** The user who registered it; null for applications of nobody here. */
  readonly ownerId: string | null
  readonly registeredBy: RegisteredBy
  /** For pages; the id when it has none. NFKC, no control characters; still whatever somebody typed. */
  readonly name: string
  readonly redirectUris: readonly string[]
  readonly postLogoutRedirectUris: readonly string[]
  readonly grantTypes: readonly string[]
  readonly responseTypes: readonly string[]
  readonly authMethod: AuthMethod
  readonly applicationType: 'web' | 'native'
  /** What it may ask for; undefined when it named nothing. */
  readonly scope: readonly string[] | undefined
  /** Given in the registration; those behind `jwks_uri` are fetched where they are needed. */
  readonly jwks: PublicKeys | undefined
  readonly requirePkce: boolean
  readonly consentRequired: boolean
  readonly isVerified: boolean
  /** Whether it authenticates at all (RFC 6749 §2.1). */
  readonly isConfidential: boolean
  readonly defaultScope: string | undefined
  readonly defaultResource: string | undefined
  readonly rotatesRefreshTokens: boolean
  readonly idTokenAlg: 'RS256' | 'ES256'
  /** All that was registered, by the wire names of RFC 7591. */
  readonly metadata: ClientMetadata
}

/** A line of the list that whoever runs the server sees. */
export type ClientEntry = {
  readonly client: Client
  readonly isDisabled: boolean
  readonly createdAt: Date
  /** When something of it changed last: its registration, or what administrators say of it. */
  readonly updatedAt: Date
  readonly usedAt: Date | null
}

/** What a list of clients can be narrowed down to. */
export const CLIENT_STATES = ['unverified', 'verified', 'disabled'] as const

export type ClientState = (typeof CLIENT_STATES)[number]

/** How many there are, now. */
export type ClientCounts = { readonly clients: number; readonly unverified: number; readonly disabled: number }

/** What only this room's own authentication reads of a client. */
export type ClientRecord = {
  readonly client: Client
  readonly secretHash: Buffer | undefined
  readonly registrationTokenHash: Buffer
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** A client from what is stored of it. */
export function clientOf(row: {
  readonly id: string
  readonly ownerId: string | null
  readonly registeredBy: RegisteredBy
  readonly isVerified: boolean
  readonly metadata: ClientMetadata
}): Client {
  const { id, ownerId, registeredBy, isVerified, metadata } = row
  return {
    ...{ id, ownerId, registeredBy, isVerified, metadata },
    name: metadata.client_name ?? id,
    redirectUris: metadata.redirect_uris,
    postLogoutRedirectUris: metadata.post_logout_redirect_uris ?? [],
    grantTypes: metadata.grant_types,
    responseTypes: metadata.response_types,
    authMethod: metadata.token_endpoint_auth_method,
    applicationType: metadata.application_type,
    scope: metadata.scope?.split(' '),
    jwks: metadata.jwks,
    requirePkce: metadata.require_pkce,
    consentRequired: metadata.consent_required,
    isConfidential: metadata.token_endpoint_auth_method !== 'none',
    defaultScope: metadata.default_scope,
    defaultResource: metadata.default_resource,
    rotatesRefreshTokens: metadata.refresh_token_rotation,
    idTokenAlg: metadata.id_token_signed_response_alg,
  }
}
