import { type Kysely, sql } from 'kysely'
import type { AuthorizationTables } from './tables.ts'

/** A request on its way through sign-in and consent: what was sent, to be checked again whenever it is taken up. */
export type Interaction = {
  /** Null for a client that was not known then. */
  readonly clientId: string | null
  /** The parameters as they came; `resource` may be several. */
  readonly request: Record<string, unknown>
  readonly sessionId: string | null
  readonly shownHash: Buffer | null
  /** Who proves after this moment who they are has answered `prompt=login`. */
  readonly createdAt: Date
}

/** Time to register, find a password, and read. */
const EXPIRY = sql<Date>`trivet.clock() + interval '30 minutes'`

/** An answer may be asked for once more for a minute: double clicks, and answers that got lost on their way. */
const IS_OPEN = sql<boolean>`expires_at > trivet.clock() and (decided_at is null or decided_at > trivet.clock() - interval '1 minute')`

const COLUMNS = [
  'client_id as clientId',
  'request',
  'session_id as sessionId',
  'shown_hash as shownHash',
  'created_at as createdAt',
] as const

export async function insertInteraction(
  tables: Kysely<AuthorizationTables>,
  interaction: { readonly idHash: Buffer; readonly clientId: string | null; readonly request: Record<string, unknown> },
): Promise<void> {
  await tables
    .insertInto('tinyoauth_interaction')
    .values({
      id_hash: interaction.idHash,
      client_id: interaction.clientId,
      request: JSON.stringify(interaction.request),
      session_id: null,
      shown_hash: null,
      decided_at: null,
      expires_at: EXPIRY,
    })
    .execute()
}

export function findInteraction(tables: Kysely<AuthorizationTables>, idHash: Buffer): Promise<Interaction | undefined> {
  return tables
    .selectFrom('tinyoauth_interaction')
    .select(COLUMNS)
    .where('id_hash', '=', idHash)
    .where(IS_OPEN)
    .executeTakeFirst()
}

/** From here on only this session decides, and only about this. */
export async function bindInteraction(
  tables: Kysely<AuthorizationTables>,
  bound: { readonly idHash: Buffer; readonly sessionId: string; readonly shownHash: Buffer },
): Promise<void> {
  await tables
    .updateTable('tinyoauth_interaction')
    .set({ session_id: bound.sessionId, shown_hash: bound.shownHash })
    .where('id_hash', '=', bound.idHash)
    .where(IS_OPEN)
    .execute()
}

/** @returns whether it was this session's to decide, about exactly this, and in time */
export async function decideInteraction(
  tables: Kysely<AuthorizationTables>,
  decision: { readonly idHash: Buffer; readonly sessionId: string; readonly shownHash: Buffer },
): Promise<boolean> {
  const { numUpdatedRows } = await tables
    .updateTable('tinyoauth_interaction')
    .set({ decided_at: sql`coalesce(decided_at, trivet.clock())` })
    .where('id_hash', '=', decision.idHash)
    .where('session_id', '=', decision.sessionId)
    .where('shown_hash', '=', decision.shownHash)
    .where(IS_OPEN)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

/** An answer without a question: the consent was remembered, or nobody signed in. */
export async function closeInteraction(tables: Kysely<AuthorizationTables>, idHash: Buffer): Promise<void> {
  await tables
    .updateTable('tinyoauth_interaction')
    .set({ decided_at: sql`coalesce(decided_at, trivet.clock())` })
    .where('id_hash', '=', idHash)
    .execute()
}

export async function deleteOldInteractions(tables: Kysely<AuthorizationTables>): Promise<void> {
  await tables.deleteFrom('tinyoauth_interaction').where(sql<boolean>`expires_at < trivet.clock()`).execute()
}

/** The database's time, which `auth_time` of a session was taken from as well. */
export async function readClock(tables: Kysely<AuthorizationTables>): Promise<Date> {
  const { now } = await tables.selectNoFrom(sql<Date>`trivet.clock()`.as('now')).executeTakeFirstOrThrow()
  return now
}
