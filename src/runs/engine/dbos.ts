import { DBOS, type DBOSConfig } from '@dbos-inc/dbos-sdk'
import { DBOSExecutor } from '@dbos-inc/dbos-sdk/internal/dbos-executor'
import { dbRetryConfig } from '@dbos-inc/dbos-sdk/internal/utils'
import type { Log, Secret } from '#base'

/** Changes only when the order of the engine's own DBOS calls does: rows of another version are not picked up. */
export const ENGINE_VERSION = 'engine-1'
export const QUEUE = 'runs'

export type DbosOptions = {
  readonly url: Secret
  readonly executorId: string
  readonly poolSize: number
  /** Whether this process takes runs from the queue. */
  readonly dequeues: boolean
  readonly slots: number
  readonly migrate: boolean
  readonly log: Log
}

/** Starts DBOS. The workflow must have been registered before; process-wide, so once per process. */
export async function launchDbos(options: DbosOptions): Promise<void> {
  // The embedded database comes back within milliseconds: waits of up to a minute would make an outage longer.
  dbRetryConfig.maxBackoffSec = 2
  const config: DBOSConfig = {
    name: 'trivet',
    systemDatabaseUrl: options.url.reveal(),
    systemDatabasePoolSize: options.poolSize,
    systemDatabaseIdleTransactionTimeoutMs: 0,
    applicationVersion: ENGINE_VERSION,
    executorID: options.executorId,
    runMigrations: options.migrate,
    logger: quiet(options.log),
    ...(options.dequeues ? {} : { listenQueues: [] }),
  }
  DBOS.setConfig(config)
  await DBOS.launch()
  if (options.dequeues) {
    await DBOS.registerQueue(QUEUE, {
      workerConcurrency: options.slots,
      minPollingIntervalMs: 100,
      onConflict: 'always_update',
    })
  }
}

export function enqueueOptions(runId: string): { workflowID: string; queueName: string } {
  return { workflowID: runId, queueName: QUEUE }
}

/**
 * Hands the unfinished runs of a dead executor to whoever dequeues. By our own queue: DBOS's internal one, which its
 * `recoverPendingWorkflows` takes, is read by web processes, too.
 */
export async function takeOver(executorId: string): Promise<void> {
  await DBOSExecutor.globalInstance?.systemDatabase.reenqueueWorkflowsForRecovery(executorId, ENGINE_VERSION, QUEUE)
}

/** Takes nothing more from any queue; what runs goes on. */
export async function stopDequeuing(): Promise<void> {
  await DBOSExecutor.globalInstance?.deactivateEventReceivers()
}

/** DBOS tells much; what it says about its own life is for debugging. */
function quiet(log: Log): NonNullable<DBOSConfig['logger']> {
  const write = (level: 'debug' | 'warn' | 'error') => (entry: unknown) => log[level]({ engine: 'dbos' }, String(entry))
  return { info: write('debug'), debug: write('debug'), warn: write('debug'), error: write('warn') }
}

/** Brings the engine's own schema up to date; for databases that `serve` does not migrate itself. */
export async function migrateEngine(url: Secret): Promise<void> {
  await DBOS.migrate(url.reveal())
}
