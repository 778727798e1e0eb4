import type { Kysely } from 'kysely'
import type { RunStep } from '../run-view.ts'
import type { RunTables } from './tables.ts'

/** Steps in their order; only what changed after a revision, for live events. */
export async function listSteps(tables: Kysely<RunTables>, runId: string, afterRevision = 0): Promise<RunStep[]> {
  const rows = await tables
    .selectFrom('run_step')
    .selectAll()
    .where('run_id', '=', runId)
    .where('revision', '>', afterRevision)
    .orderBy('position')
    .execute()
  return rows.map((row) => ({
    name: row.name,
    status: row.status,
    attempts: row.attempts,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    message: row.message,
    revision: row.revision,
  }))
}
