import type { ColumnType } from 'kysely'

type Stamp = ColumnType<Date, never, Date>

export type AccountTables = {
  user_account: {
    id: string
    kind: 'user' | 'guest'
    created_at: Stamp
    operated_at: Stamp
  }
  browser_session: {
    id: string
    secret_hash: Buffer
    owner_id: string
    created_at: Stamp
    seen_at: Stamp
    ends_at: Date
  }
}
