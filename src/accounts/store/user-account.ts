import { type Kysely, sql } from 'kysely'
import type { AccountTables } from './tables.ts'

export function insertAccount(
  tables: Kysely<AccountTables>,
  account: { readonly id: string; readonly kind: 'user' | 'guest' },
) {
  return tables.insertInto('user_account').values(account).execute()
}

/** Guests that nobody was for 30 days: with them go, by cascade, sessions, connections, runs and rows of files. */
export async function deleteIdleGuests(tables: Kysely<AccountTables>, most: number): Promise<string[]> {
  const rows = await tables
    .deleteFrom('user_account')
    .where('id', 'in', (db) =>
      db
        .selectFrom('user_account')
        .select('id')
        .where('kind', '=', 'guest')
        .where(sql<boolean>`operated_at < trivet.clock() - interval '30 days'`)
        .limit(most),
    )
    .returning('id')
    .execute()
  return rows.map((row) => row.id)
}
