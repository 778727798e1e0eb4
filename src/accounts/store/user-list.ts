import { type Kysely, sql } from 'kysely'
import type { UserCounts, UserRecord, UserState } from '../administration/user-record.ts'
import type { Note } from './note.ts'
import type { AccountTables } from './tables.ts'

const IS_ONLINE = sql<boolean>`coalesce(online_until > trivet.clock(), false)`

/** Users, disabled ones too, whoever is being deleted left out. */
function userRecords(tables: Kysely<AccountTables>) {
  return tables
    .selectFrom('user_account')
    .select([
      'id as ownerId',
      sql<string>`public_id`.as('id'),
      sql<string>`username`.as('username'),
      'email',
      sql<boolean>`email_verified_at is not null`.as('emailVerified'),
      'is_admin as isAdmin',
      sql<boolean>`disabled_at is not null`.as('isDisabled'),
      IS_ONLINE.as('isOnline'),
      'created_at as createdAt',
      'operated_at as operatedAt',
    ])
    .where('kind', '=', 'user')
    .where('erasing_at', 'is', null)
}

/** By name, a page that begins after a name; the search looks into names and e-mail addresses, folded as they are. */
export function listUserRecords(
  tables: Kysely<AccountTables>,
  asked: {
    readonly most: number
    readonly after: string | undefined
    readonly search: string | undefined
    readonly state: UserState | undefined
  },
): Promise<UserRecord[]> {
  const { most, after, search, state } = asked
  return userRecords(tables)
    .$if(after !== undefined, (query) => query.where('username_folded', '>', after ?? ''))
    .$if(search !== undefined, (query) =>
      // No pattern: what somebody searches for may hold % and _.
      query.where(sql<boolean>`(strpos(username_folded, ${search}) > 0 or strpos(email_folded, ${search}) > 0)`),
    )
    .$if(state === 'online', (query) => query.where(IS_ONLINE))
    .$if(state === 'disabled', (query) => query.where('disabled_at', 'is not', null))
    .$if(state === 'administrator', (query) => query.where('is_admin', '=', true))
    .orderBy('username_folded')
    .limit(most)
    .execute()
}

/** By the unique index on `public_id`. */
export function findUserRecord(tables: Kysely<AccountTables>, publicId: string): Promise<UserRecord | undefined> {
  return userRecords(tables).where('public_id', '=', publicId).executeTakeFirst()
}

/** By the unique index on `username_folded`. */
export function findNamedRecord(tables: Kysely<AccountTables>, folded: string): Promise<UserRecord | undefined> {
  return userRecords(tables).where('username_folded', '=', folded).executeTakeFirst()
}

export function findOwnerRecord(tables: Kysely<AccountTables>, ownerId: string): Promise<UserRecord | undefined> {
  return userRecords(tables).where('id', '=', ownerId).executeTakeFirst()
}

export async function countUsers(tables: Kysely<AccountTables>): Promise<UserCounts> {
  const row = await tables
    .selectFrom('user_account')
    .select([
      sql<number>`count(*)::integer`.as('users'),
      sql<number>`(count(*) filter (where ${IS_ONLINE}))::integer`.as('online'),
      sql<number>`(count(*) filter (where disabled_at is not null))::integer`.as('disabled'),
      sql<number>`(count(*) filter (where is_admin))::integer`.as('administrators'),
    ])
    .where('kind', '=', 'user')
    .where('erasing_at', 'is', null)
    .executeTakeFirstOrThrow()
  return row
}

/** Ends, in one transaction, all login tokens and all sessions. @returns the id of the account */
export function endUserSessions(
  tables: Kysely<AccountTables>,
  publicId: string,
  note: Note,
): Promise<string | undefined> {
  return tables.transaction().execute(async (trx) => {
    const account = await trx
      .updateTable('user_account')
      .set({ login_epoch: sql`login_epoch + 1`, online_until: null })
      .where('public_id', '=', publicId)
      .where('erasing_at', 'is', null)
      .returning('id')
      .executeTakeFirst()
    if (!account) return undefined
    await trx.deleteFrom('browser_session').where('owner_id', '=', account.id).execute()
    await note(trx)
    return account.id
  })
}
