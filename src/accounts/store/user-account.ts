import { type Kysely, sql } from 'kysely'
import type { AccountTables } from './tables.ts'

export function insertAccount(
  tables: Kysely<AccountTables>,
  account: { readonly id: string; readonly kind: 'user' | 'guest' },
) {
  return tables.insertInto('user_account').values(account).execute()
}

const IDLE = sql<boolean>`operated_at < trivet.clock() - interval '30 days'`

/**
 * Guests that nobody was for 30 days are on their way out from here on: nobody can be one of them or take anything of
 * theirs along any more, so that what goes now is not what somebody came back for.
 */
export async function markIdleGuests(tables: Kysely<AccountTables>, most: number): Promise<void> {
  await tables
    .updateTable('user_account')
    .set({ erasing_at: sql`trivet.clock()` })
    .where('id', 'in', (db) =>
      db
        .selectFrom('user_account')
        .select('id')
        .where('kind', '=', 'guest')
        .where('erasing_at', 'is', null)
        .where(IDLE)
        .limit(most)
        .forUpdate()
        .skipLocked(),
    )
    .execute()
}
