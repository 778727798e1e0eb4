import type { ColumnType, Generated } from 'kysely'
import type { StandardMetadata } from '../clients/metadata/metadata.ts'

type Stamp = ColumnType<Date, Date | undefined, Date>

/** Rows of this room (migrations 202611201120 and 1250). Hashes are SHA-256 of secrets with 256 random bits. */
export type AuthorizationTables = {
  tinyoauth_client: {
    id: string
    owner_id: string | null
    metadata: ColumnType<StandardMetadata, string, string>
    secret_hash: Buffer | null
    registration_token_hash: Buffer
    registered_by: Generated<'anonymous' | 'token' | 'user' | 'admin' | 'document'>
    require_pkce: Generated<boolean>
    consent_required: Generated<boolean>
    is_verified: Generated<boolean>
    profile: Generated<'standard' | 'fapi2'>
    client_assertion_audience: Generated<'issuer' | 'issuer_or_token_endpoint'>
    refresh_token_rotation: Generated<boolean>
    default_scope: string | null
    default_resource: string | null
    disabled_at: Date | null
    created_at: Stamp
    updated_at: Stamp
    used_at: Date | null
    /** Until when what was read of a document counts; null for clients that were registered. */
    document_until: Date | null
  }
  tinyoauth_count: { key: string; count: number; ends_at: Date }
  tinyoauth_interaction: {
    id_hash: Buffer
    /** Null for a client whose document is read after sign-in. */
    client_id: string | null
    request: ColumnType<Record<string, unknown>, string, string>
    session_id: string | null
    /** Of what the consent page showed. */
    shown_hash: Buffer | null
    created_at: Stamp
    decided_at: Date | null
    expires_at: Date
  }
  tinyoauth_grant: {
    id: string
    client_id: string
    owner_id: string | null
    scopes: string[]
    resources: string[]
    claims: ColumnType<Record<string, unknown> | null, string | null, string | null>
    nonce: string | null
    auth_time: Date | null
    amr: Generated<string[]>
    acr: string | null
    sid: string | null
    created_at: Stamp
    expires_at: Date
    revoked_at: Date | null
  }
  tinyoauth_authorization_code: {
    code_hash: Buffer
    grant_id: string
    redirect_uri: string
    code_challenge: string | null
    expires_at: Date
    redeemed_at: Date | null
  }
  tinyoauth_refresh_token: {
    token_hash: Buffer
    grant_id: string
    issued_at: Stamp
    idle_until: Date
    used_at: Date | null
    successor_hash: Buffer | null
    sealed_successor: Buffer | null
    repeat_until: Date | null
  }
  tinyoauth_consent: {
    owner_id: string
    client_id: string
    resource: string
    scopes: string[]
    at: Stamp
  }
  tinyoauth_assertion: { client_id: string; jti_hash: Buffer; expires_at: Date }
  tinyoauth_registration_token: {
    token_hash: Buffer
    note: Generated<string>
    created_at: Stamp
    expires_at: Date | null
    uses_left: number | null
  }
}
