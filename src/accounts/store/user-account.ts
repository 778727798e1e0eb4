import { type Kysely, sql } from 'kysely'
import type { AccountTables } from './tables.ts'

export function insertAccount(
  tables: Kysely<AccountTables>,
  account: { readonly id: string; readonly kind: 'user' | 'guest' },
) {
  return tables.insertInto('user_account').values(account).execute()
}

const IDLE = sql<boolean>`operated_at < trivet.clock() - interval '30 days'`

/** Guests that nobody was for 30 days. */
export async function listIdleGuests(tables: Kysely<AccountTables>, most: number): Promise<string[]> {
  const rows = await tables
    .selectFrom('user_account')
    .select('id')
    .where('kind', '=', 'guest')
    .where(IDLE)
    .limit(most)
    .execute()
  return rows.map((row) => row.id)
}

/** With it go, by cascade, sessions, connections, runs and rows of files; not if the guest came back meanwhile. */
export async function deleteIdleGuest(tables: Kysely<AccountTables>, id: string): Promise<void> {
  await tables.deleteFrom('user_account').where('id', '=', id).where('kind', '=', 'guest').where(IDLE).execute()
}
