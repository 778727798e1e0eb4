import type { Kysely } from 'kysely'
import type { Log } from '#base'
import type { Engine } from './engine/engine.ts'
import type { Run, RunStatus } from './run-view.ts'
import { failRun, listPausedRuns } from './store/run.ts'
import type { RunTables } from './store/tables.ts'
import { listFinishedWorkflows, listStrandedRuns, type StrandedRun } from './store/workflow.ts'

/** Of each kind, in one round; paused runs are gone through in turns, so that many that wait hide nobody. */
const BATCH = { stranded: 200, paused: 50, finished: 1000 }
const FORGET_EVERY_MS = 10 * 60 * 1000

/**
 * One round of looking for what a death left between two writes, and finishing it: runs that nobody handed to the
 * engine, retries that were noted but not begun, workflows that gave up, and paused runs whose account is there again.
 * Every process does it; each remedy may be given twice.
 */
export function createMender(deps: {
  tables: Kysely<RunTables>
  workflows: Kysely<unknown>
  engine: Pick<Engine, 'launch' | 'rewind' | 'forget'>
  goOn: (run: Run) => Promise<void>
  announce: (id: string, status: RunStatus) => Promise<void>
  log: Log
}): () => Promise<void> {
  const { tables, workflows, engine, log } = deps
  let lastPaused: string | undefined
  let forgetAt = performance.now()

  async function mend(stranded: StrandedRun): Promise<void> {
    log.info({ run: stranded.id, how: stranded.how }, 'Mending a stranded run')
    if (stranded.how === 'unstarted') await engine.launch(stranded.id)
    else if (stranded.how === 'unwound') {
      await engine.rewind(stranded.id, stranded.hasSteps ? { step: stranded.failedStep ?? undefined } : 'beginning')
    } else {
      const message = 'The run was interrupted too often. What you entered is kept: press Retry.'
      await failRun(tables, stranded.id, { code: 'engine_gave_up', message })
      await deps.announce(stranded.id, 'failed')
    }
  }

  /** One that cannot be helped keeps nobody else waiting. */
  async function forEach<T extends { readonly id: string }>(runs: readonly T[], help: (run: T) => Promise<void>) {
    for (const run of runs) {
      await help(run).catch((error) => log.warn({ run: run.id, err: error }, 'A run could not be helped on'))
    }
  }

  /** What the engine keeps of runs that are done for good, or gone. */
  async function forget(): Promise<void> {
    if (performance.now() < forgetAt) return
    forgetAt = performance.now() + FORGET_EVERY_MS
    await engine.forget(await listFinishedWorkflows(workflows, BATCH.finished))
  }

  return async () => {
    await forEach(await listStrandedRuns(workflows, BATCH.stranded), mend)
    const paused = await listPausedRuns(tables, { after: lastPaused, most: BATCH.paused })
    lastPaused = paused.length < BATCH.paused ? undefined : paused.at(-1)?.id
    await forEach(paused, deps.goOn)
    await forget()
  }
}
