import type { Database } from '#database'
import type { RunResult } from '../definition/result.ts'
import type { Pause, RunStatus, RunStepStatus } from '../run-view.ts'

/** The state of a run as its process knows it; wire names, because it goes to PostgreSQL as JSON. */
export type RunChange = {
  readonly id: string
  readonly status: RunStatus
  readonly progress: number
  readonly message: string | null
  readonly pause: Pause | null
  readonly result: RunResult | null
  readonly error: { readonly code: string; readonly message: string } | null
}

export type StepChange = {
  readonly run_id: string
  readonly name: string
  readonly position: number
  readonly status: RunStepStatus
  readonly attempts: number
  readonly started_at: string | null
  readonly finished_at: string | null
  readonly message: string | null
}

/** Payload: `<run id> <status>`. */
export const RUN_CHANNEL = 'trivet_run'

/**
 * Planned once per connection: planning takes longer than running it. `$1` and `$2` are arrays of the types above.
 *
 * Commits without waiting for the disk. What a crash of PostgreSQL may take is refilled by the replay of the checkpoints;
 * and the checkpoint that ends a run or begins its pause comes after this write and waits for the disk, which keeps all
 * that was committed before it (PostgreSQL manual, 28.4).
 */
const WRITE_CHANGES = {
  name: 'write_run_changes',
  text: `
    with change as (
      select * from jsonb_to_recordset($1::jsonb) as c(
        id uuid, status text, progress real, message text, pause jsonb, result jsonb, error jsonb)
    ), updated as (
      update trivet.run r set
        status = c.status, progress = c.progress, message = c.message, pause = c.pause, result = c.result, error = c.error,
        started_at = coalesce(r.started_at, trivet.clock()),
        finished_at = case when c.status in ('succeeded', 'failed', 'cancelled') then trivet.clock() end,
        revision = r.revision + 1
      from change c
      where r.id = c.id and r.status not in ('succeeded', 'failed', 'cancelled')
      returning r.id, r.revision, r.status
    ), written as (
      insert into trivet.run_step (run_id, name, position, status, attempts, started_at, finished_at, message, revision)
      select s.run_id, s.name, s.position, s.status, s.attempts, s.started_at, s.finished_at, s.message, updated.revision
      from jsonb_to_recordset($2::jsonb) as s(
        run_id uuid, name text, position int, status text, attempts int, started_at timestamptz, finished_at timestamptz,
        message text)
      join updated on updated.id = s.run_id
      on conflict (run_id, name) do update set
        position = excluded.position, status = excluded.status, attempts = excluded.attempts,
        started_at = excluded.started_at, finished_at = excluded.finished_at, message = excluded.message,
        revision = excluded.revision
    )
    select pg_notify('${RUN_CHANNEL}', id || ' ' || status), set_config('synchronous_commit', 'off', true) from updated`,
}

/**
 * Writes what changed in any number of runs, and tells all processes, in one statement. A run that is over stays as it
 * is: a process that lost its run to another must not bring it back.
 */
export async function writeChanges(
  database: Pick<Database, 'prepared'>,
  runs: readonly RunChange[],
  steps: readonly StepChange[],
): Promise<void> {
  // One row each, the last one counts: `on conflict do update` refuses to touch a row twice.
  const perRun = new Map(runs.map((run) => [run.id, run]))
  const perStep = new Map(steps.map((step) => [`${step.run_id} ${step.name}`, step]))
  await database.prepared(WRITE_CHANGES, [toStorableJson([...perRun.values()]), toStorableJson([...perStep.values()])])
}

/**
 * `jsonb` refuses NUL and halves of surrogate pairs (PostgreSQL manual, 8.14). Texts here come from other services and
 * authors, and one that cannot be written would hold up all runs of the same batch: such characters become U+FFFD.
 */
function toStorableJson(value: unknown): string {
  const json = JSON.stringify(value)
  if (!/\\u(?:0000|d[89a-f])/.test(json)) return json
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'string' ? member.toWellFormed().replaceAll('\0', '\uFFFD') : member,
  )
}
