import { type Kysely, sql } from 'kysely'
import { movePendingIdentity } from './pending-identity.ts'
import type { AccountTables } from './tables.ts'

/** Ends after 12 idle hours, and 30 days after its begin whatever happens. */
const IDLE = sql<Date>`trivet.clock() + interval '12 hours'`
/** Of people who can do harm to everybody: 8 hours (security rule 10.16). */
const OLDEST = sql<Date>`trivet.clock() - case when account.is_admin then interval '8 hours' else interval '30 days' end`

export function insertSession(
  tables: Kysely<AccountTables>,
  session: { readonly id: string; readonly secretHash: Buffer; readonly ownerId: string },
) {
  return tables
    .insertInto('browser_session')
    .values({ id: session.id, secret_hash: session.secretHash, owner_id: session.ownerId, ends_at: IDLE })
    .execute()
}

/** A user's session, and how they proved who they are. */
export type NewUserSession = {
  readonly id: string
  readonly publicId: string
  readonly secretHash: Buffer
  readonly ownerId: string
  /** Of the account when its password was checked. */
  readonly loginEpoch: number
  readonly amr: readonly string[]
  readonly address: string
  readonly userAgent: string
  /** The session that this browser had so far: it opens nothing from now on. */
  readonly replaces: string | undefined
}

/**
 * @returns when they proved it; undefined when what they proved it with has been changed meanwhile. The lock on the
 *   account makes a sign-in and a password change wait for each other, so that neither overlooks the other.
 */
export function insertUserSession(tables: Kysely<AccountTables>, session: NewUserSession): Promise<Date | undefined> {
  return tables.transaction().execute(async (trx) => {
    const account = await trx
      .selectFrom('user_account')
      .select('id')
      .where('id', '=', session.ownerId)
      .where('login_epoch', '=', session.loginEpoch)
      .where('disabled_at', 'is', null)
      .where('erasing_at', 'is', null)
      .forShare()
      .executeTakeFirst()
    if (!account) return undefined
    const { authTime } = await trx
      .insertInto('browser_session')
      .values({
        id: session.id,
        public_id: session.publicId,
        secret_hash: session.secretHash,
        owner_id: session.ownerId,
        ends_at: IDLE,
        auth_time: sql`trivet.clock()`,
        amr: [...session.amr],
        address: session.address,
        user_agent: session.userAgent,
      })
      .returning(sql<Date>`auth_time`.as('authTime'))
      .executeTakeFirstOrThrow()
    if (session.replaces !== undefined) {
      await trx
        .updateTable('browser_session')
        .set({ replaced_by: session.id })
        .where('id', '=', session.replaces)
        .execute()
      await movePendingIdentity(trx, { from: session.replaces, to: session.id })
    }
    return authTime
  })
}

/**
 * The same person proved again who they are: a new secret and a new begin for the session that goes on.
 *
 * @returns undefined when it has ended meanwhile
 */
export async function renewSession(
  tables: Kysely<AccountTables>,
  session: {
    readonly id: string
    readonly ownerId: string
    readonly secretHash: Buffer
    readonly amr: readonly string[]
  },
): Promise<{ publicId: string; authTime: Date } | undefined> {
  return tables
    .updateTable('browser_session')
    .set({
      secret_hash: session.secretHash,
      auth_time: sql`trivet.clock()`,
      amr: [...session.amr],
      created_at: sql`trivet.clock()`,
      seen_at: sql`trivet.clock()`,
      ends_at: IDLE,
    })
    .where('id', '=', session.id)
    .where('owner_id', '=', session.ownerId)
    .where('replaced_by', 'is', null)
    .returning([sql<string>`public_id`.as('publicId'), sql<Date>`auth_time`.as('authTime')])
    .executeTakeFirst()
}

/** Another secret for a session that goes on as it was. @returns false when it has ended meanwhile */
export async function changeSessionSecret(
  tables: Kysely<AccountTables>,
  session: { readonly id: string; readonly ownerId: string; readonly secretHash: Buffer },
): Promise<boolean> {
  const result = await tables
    .updateTable('browser_session')
    .set({ secret_hash: session.secretHash })
    .where('id', '=', session.id)
    .where('owner_id', '=', session.ownerId)
    .where('replaced_by', 'is', null)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

export type LiveSession = {
  readonly id: string
  readonly ownerId: string
  readonly kind: 'user' | 'guest'
  readonly stale: boolean
  readonly publicId: string | null
  readonly username: string | null
  readonly isAdmin: boolean
  readonly authTime: Date | null
  readonly amr: readonly string[]
  readonly sid: string | null
}

/** By the unique index on `secret_hash`; `stale` when its use was last noted over a minute ago. */
export function findLiveSession(tables: Kysely<AccountTables>, secretHash: Buffer): Promise<LiveSession | undefined> {
  return liveSessions(tables).where('session.secret_hash', '=', secretHash).executeTakeFirst()
}

/** By its public name, which opens nothing by itself; by the unique index on `public_id`. */
export function findLiveSessionOf(tables: Kysely<AccountTables>, sid: string): Promise<LiveSession | undefined> {
  return liveSessions(tables).where('session.public_id', '=', sid).executeTakeFirst()
}

/** Those of them that have not ended. */
export async function listLiveSessions(
  tables: Kysely<AccountTables>,
  sids: readonly string[],
): Promise<readonly string[]> {
  const rows = await liveSessions(tables)
    .where(sql<boolean>`session.public_id = any(${[...sids]})`)
    .execute()
  return rows.flatMap(({ sid }) => sid ?? [])
}

function liveSessions(tables: Kysely<AccountTables>) {
  return tables
    .selectFrom('browser_session as session')
    .innerJoin('user_account as account', 'account.id', 'session.owner_id')
    .select([
      'session.id',
      'session.owner_id as ownerId',
      'account.kind',
      sql<boolean>`session.seen_at < trivet.clock() - interval '1 minute'`.as('stale'),
      'account.public_id as publicId',
      'account.username',
      'account.is_admin as isAdmin',
      'session.auth_time as authTime',
      'session.amr',
      'session.public_id as sid',
    ])
    .where('session.replaced_by', 'is', null)
    .where('account.disabled_at', 'is', null)
    .where('account.erasing_at', 'is', null)
    .where(sql<boolean>`session.ends_at > trivet.clock()`)
    .where('session.created_at', '>', OLDEST)
}

/** Notes the use of a session and of its account ("operation time", and who is there), in one statement. */
export async function touchSession(tables: Kysely<AccountTables>, id: string): Promise<void> {
  await tables
    .with('touched', (db) =>
      db
        .updateTable('browser_session')
        .set({ seen_at: sql`trivet.clock()`, ends_at: IDLE })
        .where('id', '=', id)
        .returning(['owner_id', 'seen_at']),
    )
    .updateTable('user_account')
    .set({
      operated_at: (db) => db.selectFrom('touched').select('seen_at'),
      online_until: sql`case when kind = 'user' then trivet.clock() + interval '5 minutes' end`,
    })
    .where('id', 'in', (db) => db.selectFrom('touched').select('owner_id'))
    .execute()
}

export type SessionView = {
  readonly id: string
  readonly startedAt: Date
  readonly seenAt: Date
  readonly address: string
  readonly userAgent: string
}

/** Sessions of a user that open something, the last used first. */
export function listSessions(tables: Kysely<AccountTables>, ownerId: string): Promise<SessionView[]> {
  return tables
    .selectFrom('browser_session as session')
    .innerJoin('user_account as account', 'account.id', 'session.owner_id')
    .select([
      'session.id',
      'session.created_at as startedAt',
      'session.seen_at as seenAt',
      'session.address',
      'session.user_agent as userAgent',
    ])
    .where('session.owner_id', '=', ownerId)
    .where('session.replaced_by', 'is', null)
    .where(sql<boolean>`session.ends_at > trivet.clock()`)
    .where('session.created_at', '>', OLDEST)
    .orderBy('session.seen_at', 'desc')
    .execute()
}

/**
 * Whether a session still opens something. In a transaction that holds the account: what ends sessions waits for that, so
 * that nobody adds a way in with a session that a new password has ended.
 */
export async function isSessionThere(
  trx: Kysely<AccountTables>,
  session: { readonly id: string; readonly ownerId: string },
): Promise<boolean> {
  const row = await trx
    .selectFrom('browser_session')
    .select('id')
    .where('id', '=', session.id)
    .where('owner_id', '=', session.ownerId)
    .where('replaced_by', 'is', null)
    .executeTakeFirst()
  return row !== undefined
}

/** With it go the sessions that it replaced. */
export async function deleteSession(
  tables: Kysely<AccountTables>,
  session: { readonly id: string; readonly ownerId: string },
): Promise<boolean> {
  const result = await tables
    .deleteFrom('browser_session')
    .where('id', '=', session.id)
    .where('owner_id', '=', session.ownerId)
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}

/** All that somebody is signed in with but one session: login tokens and sign-ins that wait for a code as well. */
export async function endOtherLogins(
  trx: Kysely<AccountTables>,
  sessions: { readonly ownerId: string; readonly keptId: string },
): Promise<void> {
  // The account first: a sign-in under way waits for it, and then finds that what it proved is outdated.
  await trx
    .updateTable('user_account')
    .set({ login_epoch: sql`login_epoch + 1` })
    .where('id', '=', sessions.ownerId)
    .execute()
  await trx
    .deleteFrom('browser_session')
    .where('owner_id', '=', sessions.ownerId)
    .where('id', '!=', sessions.keptId)
    .execute()
}

export async function deleteEndedSessions(tables: Kysely<AccountTables>): Promise<void> {
  await tables.deleteFrom('browser_session').where(sql<boolean>`ends_at < trivet.clock()`).execute()
}
