import type { ColumnType, Generated } from 'kysely'
import type { Profile } from '../profile/profile.ts'

/** Set by the database's own clock, `trivet.clock()`. */
type Stamp = ColumnType<Date, never, Date>
type StampOrNull = ColumnType<Date | null, never, Date | null>

/** Rows of this room (migrations 202611200910, 202611201100 and later). */
export type AccountTables = {
  user_account: {
    id: string
    kind: 'user' | 'guest'
    created_at: Stamp
    operated_at: Stamp
    public_id: string | null
    username: string | null
    username_folded: string | null
    password_hash: string | null
    password_changed_at: Date | null
    email: string | null
    email_folded: string | null
    email_verified_at: StampOrNull
    profile: ColumnType<Profile, string | undefined, string>
    updated_at: Stamp
    is_admin: Generated<boolean>
    disabled_at: StampOrNull
    erasing_at: StampOrNull
    login_epoch: Generated<number>
    online_until: Date | null
  }
  browser_session: {
    id: string
    secret_hash: Buffer
    owner_id: string
    created_at: Stamp
    seen_at: Stamp
    ends_at: Date
    auth_time: Date | null
    amr: Generated<string[]>
    public_id: string | null
    address: Generated<string>
    user_agent: Generated<string>
    replaced_by: string | null
  }
  login_event: {
    id: string
    owner_id: string | null
    outcome: LoginOutcome
    method: string
    address: string
    user_agent: Generated<string>
    at: Stamp
  }
  audit_event: {
    id: string
    at: Stamp
    actor: string
    action: string
    target_kind: string | null
    target_id: string | null
    details: ColumnType<Record<string, unknown>, string, never>
    address: string
  }
  login_identity: {
    id: string
    owner_id: string
    provider: string
    issuer: string
    subject: string
    name: string
    linked_at: Stamp
    used_at: StampOrNull
  }
  pending_identity: {
    id: string
    session_id: string
    provider: string
    issuer: string
    subject: string
    name: string
    interaction: string | null
    return_to: string | null
    wants_link: Generated<boolean>
    expires_at: Date
  }
  passkey: {
    id: string
    owner_id: string
    credential_id: string
    public_key: Buffer
    sign_count: ColumnType<string, number, number>
    transports: string[]
    is_synced: boolean
    name: string
    created_at: Stamp
    used_at: StampOrNull
  }
  used_challenge: {
    challenge_hash: Buffer
    ends_at: Date
  }
  totp_secret: {
    id: string
    owner_id: string
    sealed_secret: string
    created_at: Stamp
    confirmed_at: ColumnType<Date | null, Date | undefined, Date>
    last_step: ColumnType<string | null, never, number>
  }
  recovery_code: {
    owner_id: string
    code_hash: Buffer
    used_at: StampOrNull
  }
  pending_sign_in: {
    id: string
    secret_hash: Buffer
    owner_id: string
    login_epoch: number
    amr: string[]
    interaction: string | null
    return_to: string | null
    ends_at: Date
  }
  password_reset: {
    id: string
    owner_id: string
    link_hash: Buffer | null
    cookie_hash: Buffer | null
    way: ResetWay
    ends_at: Date
  }
  email_verification: {
    id: string
    owner_id: string
    token_hash: Buffer
    email: string
    ends_at: Date
  }
  setup_link: {
    only_row: Generated<boolean>
    token_hash: Buffer
    ends_at: Date
    used_at: StampOrNull
  }
  login_failure: {
    key: string
    failures: number
    window_ends_at: Date
    blocked_until: Date | null
  }
}

export type LoginOutcome = 'succeeded' | 'half' | 'failed' | 'blocked' | 'logged_out'

/** Who made a link for a new password: the person themselves by mail, or whoever runs the server. */
export type ResetWay = 'mail' | 'command' | 'console'
