import { isDeepStrictEqual } from 'node:util'
import { type Clock, type Log, newId } from '#base'
import type { Role } from '#config'
import type { Connections } from '#connections'
import type { Envelope } from '#crypto'
import type { Database } from '#database'
import type { Storage } from '#storage'
import type { Mashup } from './definition/mashup.ts'
import { createEngine } from './engine/engine.ts'
import { execute } from './engine/execute.ts'
import { startSweep } from './engine/sweep.ts'
import { problem } from './errors.ts'
import { type Needs, needsOf } from './needs.ts'
import { createRecorder } from './progress/recorder.ts'
import { hasBegun, type Pause, type Run, type RunStatus, type RunStep } from './run-view.ts'
import { RUN_CHANNEL } from './store/changes.ts'
import {
  cancelRun,
  failRun,
  findOwnRun,
  findRun,
  insertRun,
  listOwnRuns,
  listPausedRuns,
  queuePausedRun,
  replaceAnswers,
  replaceConnections,
  replacePause,
  requeueFailedRun,
} from './store/run.ts'
import { listSteps } from './store/run-step.ts'
import type { RunTables } from './store/tables.ts'
import { listStrandedRuns, type StrandedRun } from './store/workflow.ts'

export type StartInput = {
  readonly ownerId: string
  readonly mashup: Mashup
  readonly input: Readonly<Record<string, unknown>>
  /** Of the form: the same one twice is one run. */
  readonly submission: string | null
  /** Name in `connect` → the connection the person chose. */
  readonly chosen?: Readonly<Record<string, string>>
}

export type Runs = {
  /** Accounts that a start would use or ask for. */
  needs(ownerId: string | undefined, mashup: Mashup, chosen?: Readonly<Record<string, string>>): Promise<Needs>
  /** Stores the run; begins it when nothing is missing, else it waits, `paused`, for the accounts it names. */
  start(wanted: StartInput): Promise<Run>
  find(id: string, ownerId: string): Promise<Run | undefined>
  steps(id: string, afterRevision?: number): Promise<RunStep[]>
  list(ownerId: string, most: number): Promise<Run[]>
  /** @throws Problem `run_not_found` */
  cancel(id: string, ownerId: string): Promise<void>
  /** From the step that failed; from the beginning where the mash-up has changed. @throws Problem */
  retry(id: string, ownerId: string): Promise<void>
  /** Called when an account became usable: wakes every run of the owner that waits for one. */
  onUsable(ownerId: string): Promise<void>
  /** Calls back after every change of the run, in any process, with its status now. */
  watch(id: string, changed: (status: RunStatus) => void): () => void
  mashup(id: string): Mashup | undefined
  startEngine(): Promise<void>
  stop(): Promise<void>
}

const SWEEP_BATCH = 200

export function createRuns(deps: {
  database: Database
  connections: Pick<Connections, 'account' | 'check' | 'list' | 'providers'>
  storage: Pick<Storage, 'write' | 'stream'>
  envelope: Envelope
  services: (name: string) => unknown
  mashups: readonly Mashup[]
  role: Role
  migrate: boolean
  clock: Clock
  log: Log
}): Runs {
  const tables = deps.database.tables<RunTables>()
  const recorder = createRecorder(deps)
  const catalogue = new Map(deps.mashups.map((mashup) => [mashup.id, mashup]))
  const mashups = (id: string) => catalogue.get(id)
  const engine = createEngine({
    ...deps,
    execute: (runId, rest) => execute({ ...deps, tables, recorder, mashups, load, rest }, runId),
  })
  /** Runs stored a moment ago, on their way to the engine: it need not read them again. */
  const fresh = new Map<string, Run>()

  async function load(id: string): Promise<Run | undefined> {
    const run = fresh.get(id) ?? (await findRun(tables, id))
    fresh.delete(id)
    return run
  }

  const watchers = new Map<string, Set<(status: RunStatus) => void>>()
  let sweeper: ReturnType<typeof startSweep> | undefined
  let stopListening: (() => void) | undefined

  const announce = (id: string, status: RunStatus) => deps.database.notify(RUN_CHANNEL, `${id} ${status}`)
  const needs: Runs['needs'] = (ownerId, mashup, chosen = {}) => needsOf(deps.connections, ownerId, mashup, chosen)

  async function start(wanted: StartInput): Promise<Run> {
    const needed = await needs(wanted.ownerId, wanted.mashup, wanted.chosen)
    const draft = {
      id: newId(deps.clock.now().getTime()),
      ownerId: wanted.ownerId,
      mashup: wanted.mashup.id,
      version: wanted.mashup.version,
      input: wanted.input,
      submission: wanted.submission,
      // The choice of an account that cannot be used yet is kept: the run waits for that one, not for any.
      connections: { ...wanted.chosen, ...needed.connections },
      pause: needed.pause,
    }
    const run = await insertRun(deps.database, draft)
    if (run.id === draft.id) {
      if (run.status === 'queued') {
        fresh.set(run.id, run)
        await engine.launch(run.id).finally(() => fresh.delete(run.id))
      }
      return run
    }
    return startAgain(run, wanted, needed)
  }

  /** The submission is known: the same form again, or the person came back to it and changed it. */
  async function startAgain(run: Run, again: StartInput, needed: Needs): Promise<Run> {
    const same = isDeepStrictEqual(run.input, again.input) && run.mashup === again.mashup.id
    if (hasBegun(run)) return same ? run : start({ ...again, submission: null })
    await replaceAnswers(tables, run.id, {
      input: again.input,
      connections: { ...again.chosen, ...needed.connections },
      pause: needed.pause ?? run.pause,
    })
    if (!needed.pause) await begin(run.id, needed)
    return (await findRun(tables, run.id)) ?? run
  }
  async function begin(id: string, needed: Needs): Promise<void> {
    if (await queuePausedRun(tables, id, needed.connections)) {
      await announce(id, 'queued')
      await engine.launch(id)
    }
  }

  /** It still waits, but for something else: the account is there now, without a permission. */
  async function waitFor(id: string, pause: Pause): Promise<void> {
    if (await replacePause(tables, id, pause)) await announce(id, 'paused')
  }

  /** A run that waits goes on if what it waits for is there now. */
  async function goOn(run: Run): Promise<void> {
    const mashup = mashups(run.mashup)
    if (!mashup || !run.pause) return
    if (run.startedAt === null) {
      const needed = await needs(run.ownerId, mashup, run.connections)
      if (!needed.pause) await begin(run.id, needed)
      else if (!isDeepStrictEqual(needed.pause, run.pause)) await waitFor(run.id, needed.pause)
      return
    }
    if (run.pause.connection_id === undefined) {
      const needed = await needs(run.ownerId, mashup, run.connections)
      if (needed.pause) return
      await replaceConnections(tables, run.id, needed.connections)
      await engine.wake(run.id)
    } else if (await isUsableAgain(deps.connections, run, run.pause)) await engine.wake(run.id)
  }

  async function retry(id: string, ownerId: string): Promise<void> {
    const run = await findOwnRun(tables, id, ownerId)
    const mashup = run && mashups(run.mashup)
    if (!run || !mashup) throw problem('run_not_found', 'It may have been removed, or it belongs to somebody else.')
    const failed = (await listSteps(tables, id)).find((step) => step.status === 'failed')
    const anew = run.version !== mashup.version
    if (await requeueFailedRun(tables, id, { version: mashup.version, anew })) {
      await announce(id, 'queued')
      // It fails while the engine is still putting the run down, or where the sweep was quicker: then that one does it.
      await engine
        .rewind(id, anew ? 'beginning' : { step: failed?.name })
        .catch((error) => deps.log.debug({ run: id, error: String(error) }, 'A retry is left to the sweep'))
    }
  }

  async function cancel(id: string, ownerId: string): Promise<void> {
    const run = await findOwnRun(tables, id, ownerId)
    if (!run) throw problem('run_not_found', 'It may have been removed, or it belongs to somebody else.')
    if (await cancelRun(tables, id)) {
      await announce(id, 'cancelled')
      // Also where it had not begun when it was read: it may have since. Without a workflow this does nothing.
      await engine.cancel(id)
    }
  }

  async function mend(stranded: StrandedRun): Promise<void> {
    deps.log.info({ run: stranded.id, how: stranded.how }, 'Mending a stranded run')
    if (stranded.how === 'unstarted') await engine.launch(stranded.id)
    else if (stranded.how === 'unwound') {
      await engine.rewind(stranded.id, stranded.hasSteps ? { step: stranded.failedStep ?? undefined } : 'beginning')
    } else {
      const message = 'The run was interrupted too often. What you entered is kept: press Retry.'
      await failRun(tables, stranded.id, { code: 'engine_gave_up', message })
      await announce(stranded.id, 'failed')
    }
  }

  async function sweep(): Promise<void> {
    await forEach(await listStrandedRuns(deps.database.tables(), SWEEP_BATCH), mend)
    await forEach(await listPausedRuns(tables, { most: SWEEP_BATCH }), goOn)
  }

  /** One that cannot be helped keeps nobody else waiting. */
  async function forEach<T extends { readonly id: string }>(runs: readonly T[], help: (run: T) => Promise<void>) {
    for (const run of runs) {
      await help(run).catch((error) => deps.log.warn({ run: run.id, err: error }, 'A run could not be helped on'))
    }
  }

  return {
    needs,
    start,
    find: (id, ownerId) => findOwnRun(tables, id, ownerId),
    steps: (id, afterRevision) => listSteps(tables, id, afterRevision),
    list: (ownerId, most) => listOwnRuns(tables, ownerId, most),
    cancel,
    retry,
    async onUsable(ownerId) {
      await forEach(await listPausedRuns(tables, { ownerId, most: SWEEP_BATCH }), goOn)
    },
    watch(id, changed) {
      const set = watchers.get(id) ?? new Set()
      watchers.set(id, set.add(changed))
      return () => {
        set.delete(changed)
        if (set.size === 0) watchers.delete(id)
      }
    },
    mashup: mashups,
    async startEngine() {
      stopListening = deps.database.listen(RUN_CHANNEL, (payload) => {
        const [id = '', status] = payload.split(' ')
        for (const changed of watchers.get(id) ?? []) changed(status as RunStatus)
      })
      await engine.start()
      sweeper = startSweep({ sweep, log: deps.log })
    },
    async stop() {
      stopListening?.()
      await sweeper?.stop()
      await engine.stop()
      await recorder.close()
    },
  }
}

/** The very account that the run began with: going on with another one would mix two people's things. */
async function isUsableAgain(connections: Pick<Connections, 'check'>, run: Run, pause: Pause): Promise<boolean> {
  const usability = await connections.check(
    run.ownerId,
    { provider: pause.provider, scopes: pause.scopes },
    pause.connection_id,
  )
  return usability.status === 'usable' && (!pause.connection_id || usability.connection.id === pause.connection_id)
}
