import { type Kysely, sql } from 'kysely'
import type { UserEntry } from '../user.ts'
import type { AccountTables } from './tables.ts'

/** All users, disabled ones too, by name. */
export function listUserEntries(tables: Kysely<AccountTables>): Promise<UserEntry[]> {
  return tables
    .selectFrom('user_account')
    .select([
      sql<string>`public_id`.as('id'),
      sql<string>`username`.as('username'),
      'email',
      'is_admin as isAdmin',
      sql<boolean>`disabled_at is not null`.as('isDisabled'),
      'created_at as createdAt',
      'operated_at as operatedAt',
    ])
    .where('kind', '=', 'user')
    .where('erasing_at', 'is', null)
    .orderBy('username_folded')
    .execute()
}

/** With it end, in the same transaction, all login tokens and all sessions. @returns the id of the account */
export function disableUser(tables: Kysely<AccountTables>, folded: string): Promise<string | undefined> {
  return tables.transaction().execute(async (trx) => {
    const account = await trx
      .updateTable('user_account')
      .set({
        disabled_at: sql<Date>`coalesce(disabled_at, trivet.clock())`,
        login_epoch: sql`login_epoch + 1`,
        online_until: null,
      })
      .where('username_folded', '=', folded)
      .where('erasing_at', 'is', null)
      .returning('id')
      .executeTakeFirst()
    if (account) await trx.deleteFrom('browser_session').where('owner_id', '=', account.id).execute()
    return account?.id
  })
}

/** @returns the id of the account */
export async function enableUser(tables: Kysely<AccountTables>, folded: string): Promise<string | undefined> {
  const account = await tables
    .updateTable('user_account')
    .set({ disabled_at: sql<Date>`null` })
    .where('username_folded', '=', folded)
    .where('erasing_at', 'is', null)
    .returning('id')
    .executeTakeFirst()
  return account?.id
}
