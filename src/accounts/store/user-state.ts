import { type Kysely, sql } from 'kysely'
import type { UserEntry } from '../user.ts'
import { isLastAdministrator } from './administrators.ts'
import type { Note } from './note.ts'
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

/** The account that was changed, or why none was. */
export type StateChange = { readonly id: string } | 'not_found' | 'last_administrator'

type NoteOfUser = (publicId: string) => Note

const CHANGED = ['id', sql<string>`public_id`.as('publicId')] as const

/** With it end, in the same transaction, all login tokens and all sessions. */
export function disableUser(tables: Kysely<AccountTables>, folded: string, note: NoteOfUser): Promise<StateChange> {
  return tables.transaction().execute(async (trx) => {
    const found = await trx
      .selectFrom('user_account')
      .select('id')
      .where('username_folded', '=', folded)
      .executeTakeFirst()
    if (found && (await isLastAdministrator(trx, found.id))) return 'last_administrator'
    const account = await trx
      .updateTable('user_account')
      .set({
        disabled_at: sql<Date>`coalesce(disabled_at, trivet.clock())`,
        login_epoch: sql`login_epoch + 1`,
        online_until: null,
      })
      .where('username_folded', '=', folded)
      .where('erasing_at', 'is', null)
      .returning(CHANGED)
      .executeTakeFirst()
    if (!account) return 'not_found'
    await trx.deleteFrom('browser_session').where('owner_id', '=', account.id).execute()
    await note(account.publicId)(trx)
    return account
  })
}

export function enableUser(tables: Kysely<AccountTables>, folded: string, note: NoteOfUser): Promise<StateChange> {
  return tables.transaction().execute(async (trx) => {
    const account = await trx
      .updateTable('user_account')
      .set({ disabled_at: sql<Date>`null` })
      .where('username_folded', '=', folded)
      .where('erasing_at', 'is', null)
      .returning(CHANGED)
      .executeTakeFirst()
    if (!account) return 'not_found'
    await note(account.publicId)(trx)
    return account
  })
}
