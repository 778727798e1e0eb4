import { type Kysely, type Selectable, sql } from 'kysely'
import type { Database } from '#database'
import type { Pause, Run } from '../run-view.ts'
import type { RunTables } from './tables.ts'

type Tables = Kysely<RunTables>

export type NewRun = {
  readonly id: string
  readonly ownerId: string
  readonly mashup: string
  readonly version: string
  readonly input: Readonly<Record<string, unknown>>
  readonly submission: string | null
  readonly connections: Readonly<Record<string, string>>
  readonly pause: Pause | null
}

/** The update does nothing: `do nothing` would return no row. */
const INSERT_RUN = {
  name: 'insert_run',
  text: `
    insert into trivet.run (id, owner_id, mashup, version, input, submission, connections, status, pause)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    on conflict (owner_id, submission) do update set owner_id = excluded.owner_id
    returning *`,
}

/** Inserts a run, or gives back the one that the same submission made before (unique: owner, submission). */
export async function insertRun(database: Pick<Database, 'prepared'>, run: NewRun): Promise<Run> {
  const [row] = await database.prepared<Selectable<RunTables['run']>>(INSERT_RUN, [
    run.id,
    run.ownerId,
    run.mashup,
    run.version,
    JSON.stringify(run.input),
    run.submission,
    JSON.stringify(run.connections),
    run.pause ? 'paused' : 'queued',
    run.pause ? JSON.stringify(run.pause) : null,
  ])
  if (!row) throw new Error('insert … returning gave no row')
  return toRun(row)
}

export async function findRun(tables: Tables, id: string): Promise<Run | undefined> {
  const row = await tables.selectFrom('run').selectAll().where('id', '=', id).executeTakeFirst()
  return row && toRun(row)
}

export async function findOwnRun(tables: Tables, id: string, ownerId: string): Promise<Run | undefined> {
  const row = await tables
    .selectFrom('run')
    .selectAll()
    .where('id', '=', id)
    .where('owner_id', '=', ownerId)
    .executeTakeFirst()
  return row && toRun(row)
}

/** Newest first, by the index (owner_id, id desc); ids are UUIDv7. */
export async function listOwnRuns(tables: Tables, ownerId: string, most: number): Promise<Run[]> {
  const rows = await tables
    .selectFrom('run')
    .selectAll()
    .where('owner_id', '=', ownerId)
    .orderBy('id', 'desc')
    .limit(most)
    .execute()
  return rows.map(toRun)
}

/** The newest run of one mash-up that brought a result. */
export async function findLastSucceeded(tables: Tables, ownerId: string, mashup: string): Promise<Run | undefined> {
  const row = await tables
    .selectFrom('run')
    .selectAll()
    .where('owner_id', '=', ownerId)
    .where('mashup', '=', mashup)
    .where('status', '=', 'succeeded')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && toRun(row)
}

/** Other answers for a run that has not begun: the person came back to the form and changed it. */
export async function replaceAnswers(
  tables: Tables,
  id: string,
  answers: Pick<NewRun, 'version' | 'input' | 'connections' | 'pause'>,
): Promise<void> {
  await tables
    .updateTable('run')
    .set({
      version: answers.version,
      input: JSON.stringify(answers.input),
      connections: JSON.stringify(answers.connections),
      pause: JSON.stringify(answers.pause),
      revision: sql`revision + 1`,
    })
    .where('id', '=', id)
    .where('status', '=', 'paused')
    .where('started_at', 'is', null)
    .execute()
}

/** Another reason for a run to wait. Returns whether this call noted it. */
export async function replacePause(tables: Tables, id: string, pause: Pause): Promise<boolean> {
  const result = await tables
    .updateTable('run')
    .set({ pause: JSON.stringify(pause), revision: sql`revision + 1` })
    .where('id', '=', id)
    .where('status', '=', 'paused')
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** Paused before it began → queued with its connections and the version of today. Returns whether this call did it. */
export async function queuePausedRun(
  tables: Tables,
  id: string,
  begun: Pick<NewRun, 'version' | 'connections'>,
): Promise<boolean> {
  const result = await tables
    .updateTable('run')
    .set({
      status: 'queued',
      pause: null,
      version: begun.version,
      connections: JSON.stringify(begun.connections),
      revision: sql`revision + 1`,
    })
    .where('id', '=', id)
    .where('status', '=', 'paused')
    .where('started_at', 'is', null)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** Other connections for a run that waits in the middle: an account that was disconnected is there again, or another. */
export async function replaceConnections(
  tables: Tables,
  id: string,
  connections: Readonly<Record<string, string>>,
): Promise<void> {
  await tables
    .updateTable('run')
    .set({ connections: JSON.stringify(connections) })
    .where('id', '=', id)
    .where('status', '=', 'paused')
    .where('started_at', 'is not', null)
    .execute()
}

/**
 * Failed → queued again with the version of today. `anew`: nothing of the first attempt counts, so its steps go too.
 * Returns whether this call did it.
 */
export async function requeueFailedRun(
  tables: Tables,
  id: string,
  change: { readonly version: string; readonly anew: boolean },
): Promise<boolean> {
  return tables.transaction().execute(async (transaction) => {
    const { numUpdatedRows } = await transaction
      .updateTable('run')
      .set({
        status: 'queued',
        error: null,
        finished_at: null,
        version: change.version,
        message: null,
        revision: sql`revision + 1`,
      })
      .where('id', '=', id)
      .where('status', '=', 'failed')
      .executeTakeFirst()
    if (numUpdatedRows === 0n) return false
    if (change.anew) await transaction.deleteFrom('run_step').where('run_id', '=', id).execute()
    return true
  })
}

/** Cancels what is not over. Returns whether this call did it. */
export async function cancelRun(tables: Tables, id: string): Promise<boolean> {
  const result = await tables
    .with('cancelled', (db) =>
      db
        .updateTable('run')
        .set({
          status: 'cancelled',
          pause: null,
          message: null,
          finished_at: sql`trivet.clock()`,
          revision: sql`revision + 1`,
        })
        .where('id', '=', id)
        .where('status', 'in', ['queued', 'running', 'paused'])
        .returning(['id', 'revision']),
    )
    .with('steps', (db) =>
      db
        .updateTable('run_step')
        .from('cancelled')
        .set((eb) => ({
          status: 'cancelled',
          finished_at: sql`trivet.clock()`,
          revision: eb.ref('cancelled.revision'),
        }))
        .whereRef('run_step.run_id', '=', 'cancelled.id')
        .where('run_step.status', 'in', ['running', 'paused']),
    )
    .selectFrom('cancelled')
    .select('id')
    .execute()
  return result.length > 0
}

/** For a run whose workflow ended without a word, at work or waiting: it becomes one that can be retried. */
export async function failRun(tables: Tables, id: string, error: { code: string; message: string }): Promise<void> {
  await tables
    .updateTable('run')
    .set({
      status: 'failed',
      pause: null,
      error: JSON.stringify(error),
      finished_at: sql`trivet.clock()`,
      revision: sql`revision + 1`,
    })
    .where('id', '=', id)
    .where('status', 'in', ['running', 'paused'])
    .execute()
}

/** Runs that wait for a person: of one owner the newest first, or of all in the order of their ids, in turns. */
export async function listPausedRuns(
  tables: Tables,
  options: { readonly ownerId?: string; readonly after?: string | undefined; readonly most: number },
): Promise<Run[]> {
  let query = tables.selectFrom('run').selectAll().where('status', '=', 'paused').limit(options.most)
  if (options.after !== undefined) query = query.where('id', '>', options.after)
  query =
    options.ownerId === undefined
      ? query.orderBy('id')
      : query.where('owner_id', '=', options.ownerId).orderBy('id', 'desc')
  return (await query.execute()).map(toRun)
}

export async function listRunIds(tables: Tables, ownerId: string): Promise<string[]> {
  const rows = await tables.selectFrom('run').select('id').where('owner_id', '=', ownerId).execute()
  return rows.map((row) => row.id)
}

function toRun(row: Selectable<RunTables['run']>): Run {
  return {
    id: row.id,
    ownerId: row.owner_id,
    mashup: row.mashup,
    version: row.version,
    input: row.input,
    submission: row.submission,
    connections: row.connections,
    status: row.status,
    pause: row.pause,
    progress: row.progress,
    message: row.message,
    result: row.result,
    error: row.error,
    revision: row.revision,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  }
}
