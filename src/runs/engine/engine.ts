import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { DBOS } from '@dbos-inc/dbos-sdk'
import type { Log } from '#base'
import type { Role } from '#config'
import type { Database, LivenessLock } from '#database'
import { listExecutorsWithWork } from '../store/workflow.ts'
import { ENGINE_VERSION, enqueueOptions, launchDbos, QUEUE } from './dbos.ts'
import { executorLock, watchForDead } from './liveness.ts'
import { WAKE_TOPIC } from './run-step.ts'

/** Runs that one process works on at the same time; more wait in the queue. */
const SLOTS = 64
const POOL_SIZE = 8
const DRAIN_MS = 5000

export type Engine = {
  start(): Promise<void>
  /** Has a queued run done: here at once while a slot is free, else by whoever takes it from the queue. Idempotent. */
  launch(runId: string): Promise<void>
  /** Ends the wait of a paused run. */
  wake(runId: string): Promise<void>
  cancel(runId: string): Promise<void>
  /** Does a run that is over again, from the first try of the step named, or from the beginning. */
  rewind(runId: string, fromStep: string | undefined): Promise<void>
  stop(): Promise<void>
}

/** DBOS with one workflow: `execute(run id)`. `run.id` is the workflow's id, so a second start is the first one. */
export function createEngine(deps: {
  database: Database
  role: Role
  migrate: boolean
  log: Log
  execute: (runId: string) => Promise<void>
}): Engine {
  const executorId = `${hostname()}-${randomUUID()}`
  const workflow = DBOS.registerWorkflow(deps.execute, { name: 'run', maxRecoveryAttempts: 50 })
  let lock: LivenessLock | undefined
  let watch: ReturnType<typeof watchForDead> | undefined
  let busy = 0

  async function launch(runId: string): Promise<void> {
    if (deps.role !== 'all' || busy >= SLOTS) {
      await DBOS.startWorkflow(workflow, enqueueOptions(runId))(runId)
      return
    }
    busy += 1
    try {
      const handle = await DBOS.startWorkflow(workflow, { workflowID: runId })(runId)
      handle
        .getResult()
        .catch((error) => deps.log.debug({ run: runId, error: String(error) }, 'A workflow ended with an error'))
        .finally(() => {
          busy -= 1
        })
    } catch (error) {
      busy -= 1
      throw error
    }
  }

  return {
    async start() {
      lock = await deps.database.livenessLock(executorLock, executorId)
      await launchDbos({
        url: deps.database.url,
        executorId,
        poolSize: POOL_SIZE,
        dequeues: deps.role !== 'web',
        slots: SLOTS,
        migrate: deps.migrate,
        log: deps.log,
      })
      watch = watchForDead({
        me: executorId,
        lock,
        executorsWithWork: () => listExecutorsWithWork(deps.database.tables(), ENGINE_VERSION),
        log: deps.log,
      })
      await watch.start()
    },
    launch,
    async wake(runId) {
      await DBOS.send(runId, 'wake', WAKE_TOPIC)
    },
    async cancel(runId) {
      await DBOS.cancelWorkflow(runId)
    },
    async rewind(runId, fromStep) {
      const steps = (await DBOS.listWorkflowSteps(runId)) ?? []
      const first = steps.find((step) => step.name === fromStep)
      await DBOS.rewindWorkflow(runId, { startStep: first?.functionID ?? 0, queueName: QUEUE })
    },
    async stop() {
      await watch?.stop()
      await DBOS.shutdown({ workflowCompletionTimeoutMS: DRAIN_MS })
      await lock?.release()
    },
  }
}
