import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { DBOS } from '@dbos-inc/dbos-sdk'
import type { Log } from '#base'
import type { Role } from '#config'
import type { Database, LivenessLock } from '#database'
import { listExecutorsWithWork } from '../store/workflow.ts'
import { ENGINE_VERSION, enqueueOptions, launchDbos, QUEUE, stopDequeuing, takeOver } from './dbos.ts'
import { executorLock, watchForDead } from './liveness.ts'
import { WAKE_TOPIC } from './run-step.ts'
import { createSlots, type Rest } from './slots.ts'

/** Runs that one process works on at the same time; more wait in the queue. */
const SLOTS = 64
const POOL_SIZE = 8
const DRAIN_MS = 5000
const LOOK_MS = 20
/** For DBOS to note the end of a run whose work is done. */
const SETTLE_MS = 100

/** From the first try of the step; where none is named, after all that is checkpointed. */
export type RewindPoint = 'beginning' | { readonly step: string | undefined }

export type Engine = {
  start(): Promise<void>
  /** Has a queued run done: here at once while a slot is free, else by whoever takes it from the queue. Idempotent. */
  launch(runId: string): Promise<void>
  /** Ends the wait of a run that paused at this revision; the same again does nothing. */
  wake(runId: string, revision: number): Promise<void>
  cancel(runId: string): Promise<void>
  /** Drops all that is kept of workflows that are over. */
  forget(runIds: readonly string[]): Promise<void>
  /** Does a run that is over again. */
  rewind(runId: string, from: RewindPoint): Promise<void>
  stop(): Promise<void>
}

/** DBOS with one workflow: `execute(run id)`. `run.id` is the workflow's id, so a second start is the first one. */
export function createEngine(deps: {
  database: Database
  role: Role
  migrate: boolean
  log: Log
  execute: (runId: string, rest: Rest) => Promise<void>
}): Engine {
  const executorId = `${hostname()}-${randomUUID()}`
  const slots = createSlots(SLOTS)
  const workflow = DBOS.registerWorkflow((runId: string) => slots.hold(() => deps.execute(runId, slots.rest)), {
    name: 'run',
    // Every restart counts as one, the graceful ones too, and a run may wait for its owner for a month.
    maxRecoveryAttempts: 1000,
  })
  let lock: LivenessLock | undefined
  let watch: ReturnType<typeof watchForDead> | undefined

  async function launch(runId: string): Promise<void> {
    const here = deps.role === 'all' && slots.isFree()
    const options = here ? { workflowID: runId } : enqueueOptions(runId)
    await slots.hold(() => DBOS.startWorkflow(workflow, options)(runId))
  }

  /** What is at work may come to its end; what waits goes on in the next process. */
  async function drain(): Promise<void> {
    await stopDequeuing()
    for (const end = performance.now() + DRAIN_MS; !slots.isIdle() && performance.now() < end; ) await sleep(LOOK_MS)
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
      // On a database of our own nobody else can be alive.
      await watch.start({ alone: deps.migrate })
    },
    launch,
    async wake(runId, revision) {
      await DBOS.send(runId, 'wake', WAKE_TOPIC, `${runId}:${revision}`)
    },
    async cancel(runId) {
      await DBOS.cancelWorkflow(runId)
    },
    async forget(runIds) {
      if (runIds.length > 0) await DBOS.deleteWorkflows([...runIds])
    },
    async rewind(runId, from) {
      const startStep = from === 'beginning' ? 0 : await findStep(runId, from.step)
      await DBOS.rewindWorkflow(runId, { startStep, queueName: QUEUE })
    },
    async stop() {
      await watch?.stop()
      await drain()
      // What is left goes on elsewhere at once, or with the next start: nobody has to find out that we are gone.
      await takeOver(executorId).catch((error) => deps.log.debug({ error: String(error) }, 'Runs are left to be found'))
      await DBOS.shutdown({ workflowCompletionTimeoutMS: SETTLE_MS })
      await lock?.release()
    },
  }
}

/** Number of the first checkpoint of a step; of the one after the last where there is none of that name. */
async function findStep(runId: string, name: string | undefined): Promise<number> {
  const steps = (await DBOS.listWorkflowSteps(runId)) ?? []
  const first = steps.find((step) => step.name === name)
  return first?.functionID ?? Math.max(-1, ...steps.map((step) => step.functionID)) + 1
}
