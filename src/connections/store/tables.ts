import type { ColumnType, Generated } from 'kysely'

/** Set by the database's own clock, `trivet.clock()`. */
type Stamp = ColumnType<Date, never, Date>
type StampOrNull = ColumnType<Date | null, never, Date | null>

export type ConnectionTables = {
  connection: {
    id: string
    owner_id: string
    provider: string
    issuer: string
    account_id: string
    account_name: string
    account_picture: string | null
    status: 'active' | 'needs_reconnect'
    reason: string | null
    requested_scopes: string[]
    granted_scopes: string[]
    sealed_access_token: string
    sealed_refresh_token: string | null
    access_expires_at: Date | null
    token_version: Generated<number>
    lease_owner: string | null
    lease_until: Date | null
    retry_not_before: Date | null
    refresh_failures: Generated<number>
    last_failure: string | null
    /** Until then the provider wants nothing from this account. */
    calls_not_before: ColumnType<Date | null, never, Date | null>
    connected_at: Stamp
    refreshed_at: StampOrNull
    used_at: StampOrNull
  }
  authorization_request: {
    id: string
    state_hash: Buffer
    session_id: string
    owner_id: string
    provider: string
    issuer: string
    purpose: 'login' | 'link' | 'connect'
    redirect_uri: string
    requested_scopes: string[]
    expected_account_id: string | null
    forced_consent: boolean
    sealed_code_verifier: string
    nonce_hash: Buffer
    return_to: string
    denied_to: string
    expires_at: Date
    used_at: StampOrNull
    /** `connected`, `signed_in`, `denied`, `consent_again`, or a code of `errors.ts`; null until the answer has been dealt with. */
    outcome: string | null
    connection_id: string | null
  }
  refresh_attempt: {
    id: string
    connection_id: string
    token_version: number
    started_at: Stamp
    finished_at: StampOrNull
    /** `renewed`, `refused`, `no_answer`, `failed`, `abandoned`; null while open, or after a kill. */
    outcome: string | null
  }
}
