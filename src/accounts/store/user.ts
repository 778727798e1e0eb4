import { type Kysely, type SelectQueryBuilder, sql } from 'kysely'
import type { Profile } from '../profile/profile.ts'
import type { User } from '../user.ts'
import type { Note } from './note.ts'
import type { AccountTables } from './tables.ts'

const NOW = sql<Date>`trivet.clock()`
/** The clock moves within a statement, too: for times that have to agree. */
const ONE_MOMENT = sql<{ now: Date }>`(select trivet.clock() as now)`.as('moment')

/** `undefined` when the name is taken, whoever was first by a moment (unique index on `username_folded`). */
export async function insertUser(
  tables: Kysely<AccountTables>,
  user: {
    readonly id: string
    readonly publicId: string
    readonly username: string
    readonly folded: string
    /** Undefined for who signs in with an account elsewhere. */
    readonly passwordHash: string | undefined
    readonly email: string | undefined
    readonly isAdmin: boolean
  },
): Promise<boolean> {
  const result = await tables
    .insertInto('user_account')
    .values({
      id: user.id,
      kind: 'user',
      public_id: user.publicId,
      username: user.username,
      username_folded: user.folded,
      password_hash: user.passwordHash ?? null,
      password_changed_at: user.passwordHash === undefined ? null : NOW,
      email: user.email ?? null,
      email_folded: user.email?.toLowerCase() ?? null,
      is_admin: user.isAdmin,
    })
    .onConflict((conflict) => conflict.column('username_folded').doNothing())
    .executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}

export async function isNameTaken(tables: Kysely<AccountTables>, folded: string): Promise<boolean> {
  const row = await tables
    .selectFrom('user_account')
    .select('id')
    .where('username_folded', '=', folded)
    .executeTakeFirst()
  return row !== undefined
}

/** Only who may sign in. */
function liveUsers(tables: Kysely<AccountTables>) {
  return tables
    .selectFrom('user_account')
    .where('kind', '=', 'user')
    .where('disabled_at', 'is', null)
    .where('erasing_at', 'is', null)
}

function userColumns<O>(query: SelectQueryBuilder<AccountTables, 'user_account', O>) {
  return query.select([
    'id',
    sql<string>`public_id`.as('publicId'),
    sql<string>`username`.as('username'),
    'is_admin as isAdmin',
    'email',
    sql<boolean>`email_verified_at is not null`.as('emailVerified'),
    'profile',
    'updated_at as updatedAt',
    'login_epoch as loginEpoch',
    sql<boolean>`operated_at < trivet.clock() - interval '1 minute' or online_until is null`.as('isStale'),
  ])
}

export function findUser(tables: Kysely<AccountTables>, id: string): Promise<User | undefined> {
  return userColumns(liveUsers(tables)).where('id', '=', id).executeTakeFirst()
}

/** By the unique index on `public_id`. */
export function findUserByPublicId(tables: Kysely<AccountTables>, publicId: string): Promise<User | undefined> {
  return userColumns(liveUsers(tables)).where('public_id', '=', publicId).executeTakeFirst()
}

/** By the unique index on `username_folded`. */
export function findUserByName(tables: Kysely<AccountTables>, folded: string): Promise<User | undefined> {
  return userColumns(liveUsers(tables)).where('username_folded', '=', folded).executeTakeFirst()
}

export type Credentials = {
  readonly user: User
  readonly passwordHash: string | undefined
  /** A second factor is asked for besides. */
  readonly needsCode: boolean
}

/** By the unique index on `username_folded`. */
export async function findCredentials(tables: Kysely<AccountTables>, folded: string): Promise<Credentials | undefined> {
  const row = await userColumns(liveUsers(tables))
    .select([
      'password_hash',
      sql<boolean>`exists (
        select from trivet.totp_secret where owner_id = user_account.id and confirmed_at is not null
      )`.as('needsCode'),
    ])
    .where('username_folded', '=', folded)
    .executeTakeFirst()
  if (!row) return undefined
  const { password_hash, needsCode, ...user } = row
  return { user, passwordHash: password_hash ?? undefined, needsCode }
}

/** The same password under today's cost; not if it was changed meanwhile. */
export async function rehashPassword(
  tables: Kysely<AccountTables>,
  change: { readonly id: string; readonly from: string; readonly to: string },
): Promise<void> {
  await tables
    .updateTable('user_account')
    .set({ password_hash: change.to })
    .where('id', '=', change.id)
    .where('password_hash', '=', change.from)
    .execute()
}

/**
 * A new password ends, in the same transaction, all login tokens and all sessions but one.
 *
 * @param change.from null for the first one of somebody who had none
 * @returns false when the password was changed by somebody else meanwhile: then nothing is done
 */
export function changePassword(
  tables: Kysely<AccountTables>,
  change: {
    readonly id: string
    readonly from: string | null
    readonly to: string
    readonly keptSessionId: string
    readonly note: Note
  },
): Promise<boolean> {
  return tables.transaction().execute(async (trx) => {
    const changed = await trx
      .updateTable('user_account')
      .set({ password_hash: change.to, password_changed_at: NOW, login_epoch: sql`login_epoch + 1` })
      .where('id', '=', change.id)
      .where('password_hash', 'is not distinct from', change.from)
      .executeTakeFirst()
    if (changed.numUpdatedRows === 0n) return false
    // Links in a mailbox that is perhaps the reason for the change.
    await trx.deleteFrom('password_reset').where('owner_id', '=', change.id).execute()
    await trx
      .deleteFrom('browser_session')
      .where('owner_id', '=', change.id)
      .where('id', '!=', change.keptSessionId)
      .execute()
    await change.note(trx)
    return true
  })
}

export async function updateProfile(
  tables: Kysely<AccountTables>,
  change: { readonly id: string; readonly profile: Profile; readonly email: string | undefined },
): Promise<void> {
  const email = change.email ?? null
  await tables
    // Links that went to the address before: whoever has that mailbox now is perhaps why it changes.
    .with('ended', (db) =>
      db
        .deleteFrom('password_reset')
        .where('owner_id', '=', change.id)
        .where('way', '=', 'mail')
        .where(({ exists, selectFrom }) =>
          exists(
            selectFrom('user_account')
              .select('id')
              .where('id', '=', change.id)
              .where(sql<boolean>`email is distinct from ${email}::text`),
          ),
        ),
    )
    .updateTable('user_account')
    .set({
      profile: JSON.stringify(change.profile),
      // Nobody has vouched for an address that was just typed.
      email_verified_at: sql`case when email is distinct from ${email}::text then null else email_verified_at end`,
      email,
      email_folded: email?.toLowerCase() ?? null,
      updated_at: NOW,
    })
    .where('id', '=', change.id)
    .execute()
}

/** Notes that somebody used the server ("operation time"), and that they are there. */
export async function touchUser(tables: Kysely<AccountTables>, id: string): Promise<void> {
  await tables
    .updateTable('user_account')
    .from(ONE_MOMENT)
    .set({ operated_at: sql`moment.now`, online_until: sql`moment.now + interval '5 minutes'` })
    .where('id', '=', id)
    .execute()
}

/**
 * Notes that something was done in somebody's name ("operation time"), at most once a minute, whatever many processes ask
 * for. Their apps go on after a logout, so nobody is there again by this alone.
 */
export async function touchUserByApp(tables: Kysely<AccountTables>, id: string): Promise<void> {
  await tables
    .updateTable('user_account')
    .from(ONE_MOMENT)
    .set({
      operated_at: sql`moment.now`,
      online_until: sql`case when online_until is not null then moment.now + interval '5 minutes' end`,
    })
    .where('id', '=', id)
    .where(sql<boolean>`operated_at < trivet.clock() - interval '1 minute'`)
    .execute()
}

/** Logout: nobody is there any more, and no login token works. */
export async function endLogins(tables: Kysely<AccountTables>, id: string): Promise<void> {
  await tables
    .updateTable('user_account')
    .set({ login_epoch: sql`login_epoch + 1`, online_until: null })
    .where('id', '=', id)
    .execute()
}
