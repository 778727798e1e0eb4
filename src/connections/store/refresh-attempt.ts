import { type Kysely, sql } from 'kysely'
import type { ConnectionTables } from './tables.ts'

export type AttemptOutcome = 'renewed' | 'refused' | 'no_answer' | 'failed' | 'abandoned'

/** Written before the provider is asked: what a kill leaves behind says that the token may have been spent. */
export async function beginAttempt(
  tables: Kysely<ConnectionTables>,
  attempt: { readonly id: string; readonly connectionId: string; readonly tokenVersion: number },
): Promise<void> {
  await tables
    .insertInto('refresh_attempt')
    .values({ id: attempt.id, connection_id: attempt.connectionId, token_version: attempt.tokenVersion })
    .execute()
}

export async function finishAttempt(
  tables: Kysely<ConnectionTables>,
  attempt: { readonly id: string; readonly outcome: AttemptOutcome },
): Promise<void> {
  await tables
    .updateTable('refresh_attempt')
    .set({ outcome: attempt.outcome, finished_at: sql`trivet.clock()` })
    .where('id', '=', attempt.id)
    .execute()
}

export type OtherAttempts = {
  /** One began less than 60 s ago and has not ended: its answer may still be stored. */
  readonly underWay: boolean
  /** An answer never came, or was never stored: the token may be spent. */
  readonly answerLost: boolean
}

/** What is known about other attempts with the same version of the tokens. */
export async function otherAttempts(
  tables: Kysely<ConnectionTables>,
  attempt: { readonly id: string; readonly connectionId: string; readonly tokenVersion: number },
): Promise<OtherAttempts> {
  const row = await tables
    .selectFrom('refresh_attempt')
    .select([
      sql<boolean>`coalesce(bool_or(finished_at is null and started_at > trivet.clock() - interval '60 seconds'), false)`.as(
        'underWay',
      ),
      sql<boolean>`coalesce(bool_or(finished_at is null or outcome in ('no_answer', 'abandoned')), false)`.as(
        'answerLost',
      ),
    ])
    .where('connection_id', '=', attempt.connectionId)
    .where('token_version', '=', attempt.tokenVersion)
    .where('id', '!=', attempt.id)
    .executeTakeFirstOrThrow()
  return row
}

/** Closes what a kill left open, once a later attempt has settled the matter. */
export async function abandonAttempts(
  tables: Kysely<ConnectionTables>,
  attempt: { readonly connectionId: string; readonly tokenVersion: number },
): Promise<void> {
  await tables
    .updateTable('refresh_attempt')
    .set({ outcome: 'abandoned', finished_at: sql`trivet.clock()` })
    .where('connection_id', '=', attempt.connectionId)
    .where('token_version', '=', attempt.tokenVersion)
    .where('finished_at', 'is', null)
    .execute()
}

export async function deleteOldAttempts(tables: Kysely<ConnectionTables>): Promise<void> {
  await tables
    .deleteFrom('refresh_attempt')
    .where(sql<boolean>`started_at < trivet.clock() - interval '7 days'`)
    .execute()
}
