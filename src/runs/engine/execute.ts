import type { Kysely } from 'kysely'
import { type Clock, type FailureData, type Log, Secret } from '#base'
import type { Connections } from '#connections'
import type { Envelope } from '#crypto'
import { whenReachable } from '#database'
import type { Storage } from '#storage'
import type { ClientTools } from '../definition/connector.ts'
import type { Mashup } from '../definition/mashup.ts'
import type { RunFiles } from '../definition/step.ts'
import type { Recorder } from '../progress/recorder.ts'
import { RunProgress } from '../progress/run-progress.ts'
import { isOver, type Pause, type Run } from '../run-view.ts'
import { findRun } from '../store/run.ts'
import { loadRunSecret, saveRunSecret } from '../store/run-secret.ts'
import type { RunTables } from '../store/tables.ts'
import { openRunAccounts, type RunAccounts } from './run-accounts.ts'
import { createStep } from './run-step.ts'
import { EngineInterrupted, MashupMistake, RunStopped } from './run-stopped.ts'
import type { Rest } from './slots.ts'
import { whyNotData } from './step-outcome.ts'

export type ExecuteDeps = {
  readonly tables: Kysely<RunTables>
  readonly load: (runId: string) => Promise<Run | undefined>
  readonly recorder: Recorder
  readonly connections: Pick<Connections, 'account' | 'list'>
  readonly storage: Pick<Storage, 'write' | 'stream'>
  readonly envelope: Envelope
  readonly services: (name: string) => unknown
  readonly mashups: (id: string) => Mashup | undefined
  readonly rest: Rest
  readonly clock: Clock
  readonly log: Log
}

/**
 * The body of the one DBOS workflow there is: does a run, from the first line or, after a crash, again over its
 * checkpoints. Reads its row outside a step, which is safe because nothing it branches on changes while it runs.
 */
export async function execute(deps: ExecuteDeps, runId: string): Promise<void> {
  const run = await whenReachable(() => deps.load(runId))
  if (!run || isOver(run.status)) return
  const mashup = deps.mashups(run.mashup)
  const progress = new RunProgress(run, { ...deps, declaredSteps: mashup?.steps.length ?? 1 })
  if (!mashup || mashup.version !== run.version) {
    const message =
      'The mash-up was changed while this run was under way. What you entered is kept: press Retry to start it anew.'
    return progress.finished({ status: 'failed', error: { code: 'mashup_changed', message } })
  }
  try {
    const reload = (id: string) => findRun(deps.tables, id)
    const accounts = await whenReachable(() => openRunAccounts({ ...deps, reload }, run, mashup))
    const result = await mashup.run(argumentsOf(deps, run, mashup, progress, accounts))
    const why = whyNotData(result)
    if (why !== undefined) {
      const message = `The result of the mash-up cannot be kept: ${why}.`
      return await progress.finished({ status: 'failed', error: { code: 'step_result_not_data', message } })
    }
    await progress.finished({ status: 'succeeded', result })
  } catch (error) {
    if (error instanceof EngineInterrupted) throw error.cause
    if (error instanceof RunStopped) return progress.finished(error.end)
    deps.log.error({ run: run.id, mashup: run.mashup, err: error }, 'A mash-up threw an error outside its steps')
    const message =
      error instanceof MashupMistake
        ? `The mash-up has a mistake. ${error.message}`
        : 'The mash-up stopped with an error of its own. The log of the server says more.'
    await progress.finished({ status: 'failed', error: { code: 'mashup_error', message } })
  }
}

function argumentsOf(
  deps: ExecuteDeps,
  run: Run,
  mashup: Mashup,
  progress: RunProgress,
  accounts: RunAccounts,
): Record<string, unknown> {
  const work: Record<string, unknown> = { input: run.input }
  for (const [name, service] of Object.entries(mashup.use)) work[name] = deps.services(service.service)
  for (const [name, connector] of Object.entries(mashup.connect)) {
    work[name] = connector.client(accounts.handle(name), clientTools(deps, run))
  }
  const files = runFiles(deps, run)
  // After a crash in the middle of a pause it is still the same one: what was connected meanwhile counts. For that one only.
  let earlier = run.pause?.marks
  work.step = createStep({
    progress,
    context: (step, attempt) => ({ key: `${run.id}:${step}`, attempt, files }),
    pauseFor: (failure) => whenReachable(() => pauseFor(accounts, mashup, failure, earlier)),
    pauseEnded: () => {
      earlier = undefined
      return whenReachable(accounts.renew)
    },
    rest: deps.rest,
    now: () => deps.clock.now(),
    logFailure: (step, attempt, error) =>
      deps.log.warn({ run: run.id, step, attempt, err: error }, 'A step did not succeed'),
  })
  return work
}

/** The owner is the one of when the run began to work; a file goes to whoever has the run when it is there. */
function runFiles(deps: ExecuteDeps, run: Run): RunFiles {
  const owned = { ownerId: run.ownerId, runId: run.id }
  return { ...owned, write: (file) => deps.storage.write({ ...file, ...owned }) }
}

function clientTools(deps: ExecuteDeps, run: Run): ClientTools {
  const of = (name: string) => ({ runId: run.id, name })
  return {
    openFile: (file) => deps.storage.stream(file),
    secrets: {
      load: async (name) => (await loadRunSecret(deps.tables, deps.envelope, of(name)))?.reveal(),
      save: (name, value) => saveRunSecret(deps.tables, deps.envelope, { ...of(name), value: new Secret(value) }),
    },
  }
}

/** What to ask the person for: the need of the one `connect` entry that the failing connection serves. */
async function pauseFor(
  accounts: RunAccounts,
  mashup: Mashup,
  failure: FailureData,
  earlier: readonly string[] | undefined,
): Promise<Pause | undefined> {
  const connect = accounts.nameOf(failure.connectionId) ?? Object.keys(mashup.connect)[0]
  const connector = connect === undefined ? undefined : mashup.connect[connect]
  if (!connector || connect === undefined) return undefined
  const { provider, scopes } = connector
  const { message, kind, connectionId } = failure
  const marks = earlier ?? (await accounts.marks(provider))
  const pause = { provider, scopes, message, connect, marks }
  // Disconnected meanwhile: there is nothing to reconnect, any account that the person connects now will do.
  const gone = failure.code === 'connection_not_found' || connectionId === undefined
  if (gone) return { ...pause, reason: 'connection_required' }
  return { ...pause, reason: kind === 'missing_scope' ? kind : 'needs_reconnect', connection_id: connectionId }
}
