import { type Kysely, sql } from 'kysely'
import type { AccountTables } from './tables.ts'

/** Ends after 12 idle hours, and 30 days after its begin whatever happens. */
const IDLE = sql<Date>`trivet.clock() + interval '12 hours'`

export function insertSession(
  tables: Kysely<AccountTables>,
  session: { readonly id: string; readonly secretHash: Buffer; readonly ownerId: string },
) {
  return tables
    .insertInto('browser_session')
    .values({ id: session.id, secret_hash: session.secretHash, owner_id: session.ownerId, ends_at: IDLE })
    .execute()
}

export type LiveSession = {
  readonly id: string
  readonly ownerId: string
  readonly kind: 'user' | 'guest'
  readonly stale: boolean
}

/** By the unique index on `secret_hash`; `stale` when its use was last noted over a minute ago. */
export function findLiveSession(tables: Kysely<AccountTables>, secretHash: Buffer): Promise<LiveSession | undefined> {
  return tables
    .selectFrom('browser_session as session')
    .innerJoin('user_account as account', 'account.id', 'session.owner_id')
    .select([
      'session.id',
      'session.owner_id as ownerId',
      'account.kind',
      sql<boolean>`session.seen_at < trivet.clock() - interval '1 minute'`.as('stale'),
    ])
    .where('session.secret_hash', '=', secretHash)
    .where(sql<boolean>`session.ends_at > trivet.clock()`)
    .where(sql<boolean>`session.created_at > trivet.clock() - interval '30 days'`)
    .executeTakeFirst()
}

/** Notes the use of a session and of its account ("operation time"), in one statement. */
export async function touchSession(tables: Kysely<AccountTables>, id: string): Promise<void> {
  await tables
    .with('touched', (db) =>
      db
        .updateTable('browser_session')
        .set({ seen_at: sql`trivet.clock()`, ends_at: IDLE })
        .where('id', '=', id)
        .returning('owner_id'),
    )
    .updateTable('user_account')
    .set({ operated_at: sql`trivet.clock()` })
    .where('id', 'in', (db) => db.selectFrom('touched').select('owner_id'))
    .execute()
}

export async function deleteEndedSessions(tables: Kysely<AccountTables>): Promise<void> {
  await tables.deleteFrom('browser_session').where(sql<boolean>`ends_at < trivet.clock()`).execute()
}
