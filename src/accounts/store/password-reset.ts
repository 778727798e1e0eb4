import { type Kysely, sql } from 'kysely'
import type { Note } from './note.ts'
import type { AccountTables, ResetWay } from './tables.ts'
import { deleteUnprovedWays } from './unproved-ways.ts'

/** Of one account at a time: further ones push out the oldest. */
const MOST = 5

/** A link for a user who may sign in. @returns whether there is one */
export function insertReset(
  tables: Kysely<AccountTables>,
  reset: {
    readonly id: string
    readonly ownerId: string
    readonly linkHash: Buffer
    readonly way: ResetWay
    readonly seconds: number
    readonly note: Note
  },
): Promise<boolean> {
  const { id, ownerId, linkHash, way, seconds, note } = reset
  return tables.transaction().execute(async (trx) => {
    const live = await trx
      .selectFrom('user_account')
      .select('id')
      .where('id', '=', ownerId)
      .where('kind', '=', 'user')
      .where('disabled_at', 'is', null)
      .where('erasing_at', 'is', null)
      .forUpdate()
      .executeTakeFirst()
    if (!live) return false
    await trx
      .insertInto('password_reset')
      .values({
        ...{ id, owner_id: ownerId, link_hash: linkHash, way },
        ends_at: sql`trivet.clock() + make_interval(secs => ${seconds})`,
      })
      .execute()
    await trx
      .deleteFrom('password_reset')
      .where('owner_id', '=', ownerId)
      .where('id', 'not in', (db) =>
        db
          .selectFrom('password_reset')
          .select('id')
          .where('owner_id', '=', ownerId)
          .orderBy('ends_at', 'desc')
          .orderBy('id', 'desc')
          .limit(MOST),
      )
      .execute()
    await note(trx)
    return true
  })
}

/** The first visit exchanges the link for a cookie; in one statement, so that of two at once one gets it. */
export async function openReset(
  tables: Kysely<AccountTables>,
  reset: { readonly linkHash: Buffer; readonly cookieHash: Buffer },
): Promise<boolean> {
  const row = await tables
    .updateTable('password_reset')
    .set({ link_hash: null, cookie_hash: reset.cookieHash })
    .where('link_hash', '=', reset.linkHash)
    .where(sql<boolean>`ends_at > trivet.clock()`)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** Whose it is, while it may be used. By the unique index on `cookie_hash`. */
export function findReset(
  tables: Kysely<AccountTables>,
  cookieHash: Buffer,
): Promise<{ ownerId: string; publicId: string; username: string } | undefined> {
  return tables
    .selectFrom('password_reset as reset')
    .innerJoin('user_account as account', 'account.id', 'reset.owner_id')
    .select([
      'account.id as ownerId',
      sql<string>`account.public_id`.as('publicId'),
      sql<string>`account.username`.as('username'),
    ])
    .where('reset.cookie_hash', '=', cookieHash)
    .where(sql<boolean>`reset.ends_at > trivet.clock()`)
    .where('account.disabled_at', 'is', null)
    .where('account.erasing_at', 'is', null)
    .executeTakeFirst()
}

/**
 * The new password; with it end, in the same transaction, all links for others, all login tokens and all sessions. By
 * letter, ways in that were added before the address was confirmed end as well: `waysRemoved` of them.
 *
 * @returns undefined when the link was used or has ended meanwhile: then nothing is done
 */
export function useReset(
  tables: Kysely<AccountTables>,
  reset: {
    readonly cookieHash: Buffer
    readonly passwordHash: string
    readonly note: (used: { readonly way: ResetWay; readonly waysRemoved: number }) => Note
  },
): Promise<{ readonly waysRemoved: number } | undefined> {
  return tables.transaction().execute(async (trx) => {
    // The account first, as where links are made: else the two could wait for each other.
    await trx
      .selectFrom('password_reset as reset')
      .innerJoin('user_account as account', 'account.id', 'reset.owner_id')
      .select('account.id')
      .where('reset.cookie_hash', '=', reset.cookieHash)
      .forUpdate('account')
      .execute()
    const used = await trx
      .deleteFrom('password_reset')
      .where('cookie_hash', '=', reset.cookieHash)
      .where(sql<boolean>`ends_at > trivet.clock()`)
      .returning(['owner_id as ownerId', 'way'])
      .executeTakeFirst()
    if (!used) return undefined
    const changed = await trx
      .updateTable('user_account')
      .set({
        password_hash: reset.passwordHash,
        password_changed_at: sql<Date>`trivet.clock()`,
        login_epoch: sql`login_epoch + 1`,
        online_until: null,
      })
      .where('id', '=', used.ownerId)
      .where('disabled_at', 'is', null)
      .where('erasing_at', 'is', null)
      .executeTakeFirst()
    if (changed.numUpdatedRows === 0n) return undefined
    await trx.deleteFrom('password_reset').where('owner_id', '=', used.ownerId).execute()
    await trx.deleteFrom('browser_session').where('owner_id', '=', used.ownerId).execute()
    const waysRemoved = used.way === 'mail' ? await deleteUnprovedWays(trx, used.ownerId) : 0
    await reset.note({ way: used.way, waysRemoved })(trx)
    return { waysRemoved }
  })
}

export async function deleteEndedResets(tables: Kysely<AccountTables>): Promise<void> {
  await tables.deleteFrom('password_reset').where(sql<boolean>`ends_at < trivet.clock()`).execute()
}
