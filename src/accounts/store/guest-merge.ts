import { type Kysely, sql } from 'kysely'
import type { AccountTables } from './tables.ts'

/** A session of a user that is alive. */
export type MergingSession = { readonly id: string; readonly ownerId: string }

/**
 * The guest that a browser was when its user signed in: the one whose session this very session took the place of
 * (security §10.8). Whoever else the session, or the user, ever was does not count.
 */
function guestsOf(tables: Kysely<AccountTables>, session: MergingSession) {
  return tables
    .selectFrom('browser_session as before')
    .innerJoin('browser_session as now', 'now.id', 'before.replaced_by')
    .innerJoin('user_account as guest', 'guest.id', 'before.owner_id')
    .select('guest.id')
    .where('now.id', '=', session.id)
    .where('now.owner_id', '=', session.ownerId)
    .where('now.replaced_by', 'is', null)
    .where('guest.kind', '=', 'guest')
    .where('guest.erasing_at', 'is', null)
    .where(sql<boolean>`before.ends_at > trivet.clock()`)
}

export async function findReplacedGuest(
  tables: Kysely<AccountTables>,
  session: MergingSession,
): Promise<string | undefined> {
  return (await guestsOf(tables, session).executeTakeFirst())?.id
}

/**
 * The same within a transaction: the guest is nobody else's to take, prune or add to until it ends, and the user cannot
 * be disabled or deleted meanwhile.
 *
 * @returns undefined when there is no such guest any more, or the user may not act any more
 */
export async function lockReplacedGuest(
  tables: Kysely<AccountTables>,
  session: MergingSession,
): Promise<string | undefined> {
  const user = await tables
    .selectFrom('user_account')
    .select('id')
    .where('id', '=', session.ownerId)
    .where('kind', '=', 'user')
    .where('disabled_at', 'is', null)
    .where('erasing_at', 'is', null)
    .forShare()
    .executeTakeFirst()
  if (!user) return undefined
  return (await guestsOf(tables, session).forUpdate('guest').executeTakeFirst())?.id
}

/**
 * The end of a guest who left nothing behind. Its sessions are the user's from now on: they open nothing (`replaced_by`),
 * but what somebody began in them, such as the sign-in for an app, goes on.
 */
export async function endGuest(
  tables: Kysely<AccountTables>,
  guest: { readonly id: string; readonly userId: string },
): Promise<void> {
  await tables
    .updateTable('browser_session')
    .set({ owner_id: guest.userId })
    .where('owner_id', '=', guest.id)
    .where('replaced_by', 'is not', null)
    .execute()
  await tables.deleteFrom('user_account').where('id', '=', guest.id).where('kind', '=', 'guest').execute()
}
