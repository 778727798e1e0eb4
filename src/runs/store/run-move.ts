import { type Kysely, sql } from 'kysely'
import type { Pause, RunStatus } from '../run-view.ts'
import type { RunTables } from './tables.ts'

/** A run that keeps its owner, and cannot be written to, until the transaction ends. */
export type LockedRun = {
  readonly id: string
  readonly connections: Readonly<Record<string, string>>
  readonly pause: Pause | null
}

/** In the order of their ids, so that two who lock the same ones wait for each other instead of for ever. */
export function lockRuns(
  tables: Kysely<RunTables>,
  runs: { readonly ownerId: string; readonly ids: readonly string[] },
): Promise<LockedRun[]> {
  return tables
    .selectFrom('run')
    .select(['id', 'connections', 'pause'])
    .where('owner_id', '=', runs.ownerId)
    .where(sql<boolean>`id = any(${[...runs.ids]}::uuid[])`)
    .orderBy('id')
    .forUpdate()
    .execute()
}

/** Their files go along by a trigger (migration 202611201220). A `submission` that the new owner has used is forgotten. */
export async function giveRuns(
  tables: Kysely<RunTables>,
  given: { readonly to: string; readonly ids: readonly string[] },
): Promise<void> {
  await tables
    .updateTable('run')
    .set({
      owner_id: given.to,
      submission: sql<string | null>`case when exists (
        select from trivet.run as theirs where theirs.owner_id = ${given.to} and theirs.submission = run.submission
      ) then null else submission end`,
      revision: sql`revision + 1`,
    })
    .where(sql<boolean>`id = any(${[...given.ids]}::uuid[])`)
    .execute()
}

/** The accounts that a run uses are called otherwise by now, or what it waits for is another thing. */
export async function rewriteAccounts(tables: Kysely<RunTables>, { id, connections, pause }: LockedRun): Promise<void> {
  await tables
    .updateTable('run')
    .set({ connections: JSON.stringify(connections), pause: pause && JSON.stringify(pause) })
    .where('id', '=', id)
    .execute()
}

export type OwnedRun = {
  readonly id: string
  readonly mashup: string
  readonly status: RunStatus
  readonly createdAt: Date
}

/** All of an owner, the newest first. */
export function listOwnedRuns(tables: Kysely<RunTables>, ownerId: string): Promise<OwnedRun[]> {
  return tables
    .selectFrom('run')
    .select(['id', 'mashup', 'status', 'created_at as createdAt'])
    .where('owner_id', '=', ownerId)
    .orderBy('id', 'desc')
    .execute()
}
