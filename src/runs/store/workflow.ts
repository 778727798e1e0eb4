import { type Kysely, sql } from 'kysely'

/**
 * What we read of DBOS's own table (5.3, schema version 123): its API would load every row to answer these.
 * `src/runs/engine/dbos.flow.test.ts` holds the names to the installed version.
 */
export async function listExecutorsWithWork(db: Kysely<unknown>, version: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select distinct executor_id as id from dbos.workflow_status
    where status = 'PENDING' and application_version = ${version} and executor_id is not null`.execute(db)
  return rows.map((row) => row.id)
}

/** A run whose row and workflow disagree, because a process died between writing the one and the other. */
export type StrandedRun = {
  readonly id: string
  /** `unstarted`: no workflow. `unwound`: to be retried, but the workflow is over. `ended`: the workflow gave up. */
  readonly how: 'unstarted' | 'unwound' | 'ended'
  readonly failedStep: string | null
  /** Of `unwound`: without any step it is to be done from the beginning. */
  readonly hasSteps: boolean
}

/** Only what has been so for two seconds: before that somebody may be at it. */
export async function listStrandedRuns(db: Kysely<unknown>, most: number): Promise<StrandedRun[]> {
  const { rows } = await sql<StrandedRun>`
    select r.id,
      case when w.workflow_uuid is null then 'unstarted' when r.status = 'queued' then 'unwound' else 'ended' end as how,
      (select s.name from trivet.run_step s where s.run_id = r.id and s.status = 'failed' order by s.position limit 1) as "failedStep",
      exists (select from trivet.run_step s where s.run_id = r.id) as "hasSteps"
    from trivet.run r left join dbos.workflow_status w on w.workflow_uuid = r.id::text
    where r.status in ('queued', 'running', 'paused')
      and (r.status <> 'paused' or r.started_at is not null)
      and r.created_at < trivet.clock() - interval '2 seconds'
      and (r.status = 'queued' or w.workflow_uuid is not null)
      and (w.workflow_uuid is null
        or (w.status not in ('PENDING', 'ENQUEUED', 'DELAYED')
          and w.updated_at < (extract(epoch from clock_timestamp()) - 2) * 1000))
    limit ${most}`.execute(db)
  return rows
}

/** Workflows that nothing can come of any more: of runs that succeeded or were cancelled a day ago, or are gone. */
export async function listFinishedWorkflows(db: Kysely<unknown>, most: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select w.workflow_uuid as id
    from dbos.workflow_status w left join trivet.run r on r.id::text = w.workflow_uuid
    where w.name = 'run' and w.status not in ('PENDING', 'ENQUEUED', 'DELAYED')
      and (r.id is null or (r.status in ('succeeded', 'cancelled') and r.finished_at < trivet.clock() - interval '1 day'))
    limit ${most}`.execute(db)
  return rows.map((row) => row.id)
}
