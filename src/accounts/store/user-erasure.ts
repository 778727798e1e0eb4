import { type Kysely, sql } from 'kysely'
import { isLastAdministrator } from './administrators.ts'
import type { AccountTables } from './tables.ts'

/**
 * From here on nobody can sign in or act as this user; what is theirs is still to be removed.
 *
 * @returns false when it is the last administrator: then nothing is done
 */
export function markErasing(tables: Kysely<AccountTables>, id: string): Promise<boolean> {
  return tables.transaction().execute(async (trx) => {
    if (await isLastAdministrator(trx, id)) return false
    await trx
      .updateTable('user_account')
      .set({
        erasing_at: sql`trivet.clock()`,
        login_epoch: sql`login_epoch + 1`,
        online_until: null,
        password_hash: null,
      })
      .where('id', '=', id)
      .where('kind', '=', 'user')
      .execute()
    await trx.deleteFrom('browser_session').where('owner_id', '=', id).execute()
    return true
  })
}

/** Users, and idle guests, whose removal began and has not ended. */
export async function listErasing(tables: Kysely<AccountTables>): Promise<string[]> {
  const rows = await tables.selectFrom('user_account').select('id').where('erasing_at', 'is not', null).execute()
  return rows.map((row) => row.id)
}

/** The row, and by cascade all rows that hang on it. */
export async function deleteErasing(tables: Kysely<AccountTables>, id: string): Promise<void> {
  await tables.deleteFrom('user_account').where('id', '=', id).where('erasing_at', 'is not', null).execute()
}
