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
  login_failure: {
    key: string
    failures: number
    window_ends_at: Date
    blocked_until: Date | null
  }
}

export type LoginOutcome = 'succeeded' | 'failed' | 'blocked' | 'logged_out'
