import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Belonging, Move } from '#accounts'
import { type Clock, type Log, newId } from '#base'
import type { Role } from '#config'
import type { Connections } from '#connections'
import type { Envelope } from '#crypto'
import type { Database, TablesOf } from '#database'
import type { Storage } from '#storage'
import type { Mashup } from './definition/mashup.ts'
import { createEngine } from './engine/engine.ts'
import { execute } from './engine/execute.ts'
import { startSweep } from './engine/sweep.ts'
import { problem } from './errors.ts'
import { createMender } from './mend.ts'
import { describeRuns, moveRuns } from './move.ts'
import { type Needs, needsOf } from './needs.ts'
import { createRecorder } from './progress/recorder.ts'
import { hasBegun, type Run, type RunStep } from './run-view.ts'
import {
  cancelRun,
  findLastSucceeded,
  findOwnRun,
  findRun,
  insertRun,
  listOwnRuns,
  listPausedRuns,
  listRunIds,
  replaceAnswers,
  requeueFailedRun,
} from './store/run.ts'
import { listSteps } from './store/run-step.ts'
import type { RunTables } from './store/tables.ts'
import { createWaiting } from './waiting.ts'
import { createWatchers, type RunWatcher } from './watchers.ts'

export type StartInput = {
  readonly ownerId: string
  readonly mashup: Mashup
  readonly input: Readonly<Record<string, unknown>>
  /** Of the form: the same one twice is one run. */
  readonly submission: string | null
  /** The same submission with other answers, after its run has begun: `another` run (the default), or an error. */
  readonly reuse?: 'another' | 'refuse'
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
  /** The newest run of a mash-up that brought a result. */
  lastSucceeded(ownerId: string, mashupId: string): Promise<Run | undefined>
  /** @throws Problem `run_not_found` */
  cancel(id: string, ownerId: string): Promise<void>
  /** From the step that failed; from the beginning where the mash-up has changed. @throws Problem */
  retry(id: string, ownerId: string): Promise<void>
  /** Removes the runs of an owner with their files and all that the engine keeps of them. May be repeated. */
  erase(ownerId: string): Promise<void>
  /** All runs of an owner, for who may take them along. */
  describe(tables: TablesOf, ownerId: string): Promise<readonly Belonging[]>
  /** Gives runs to another owner with their files and secrets, within a transaction; what is at work goes on. */
  move(tables: TablesOf, move: Move): Promise<void>
  /** Called when an account became usable: wakes every run of the owner that waits for one. */
  onUsable(ownerId: string): Promise<void>
  /** Calls back after every change of the run, in any process. */
  watch(id: string, changed: RunWatcher): () => void
  mashup(id: string): Mashup | undefined
  startEngine(): Promise<void>
  stop(): Promise<void>
}

/** Paused runs of one owner that are looked at when an account of theirs became usable, the newest first. */
const OWN_RUNS = 200

/**
 * The service behind mash-ups: stores runs, has them done, tells how they stand. The engine (DBOS) is one per process,
 * so this is, too; nothing runs before `startEngine`.
 *
 * @param deps.services what stands behind the names in a mash-up's `use`
 * @param deps.role `all` does runs here while there is room, `web` only hands them over, `worker` only takes them
 * @param deps.migrate whether to bring the engine's own schema up to date; true also says that no other process works on
 *   this database
 */
export function createRuns(deps: {
  database: Database
  connections: Pick<Connections, 'account' | 'check' | 'describe' | 'list' | 'providers'>
  storage: Pick<Storage, 'write' | 'stream' | 'removeRun'>
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
  const { watch, announce, ...watchers } = createWatchers(deps.database)
  const engine = createEngine({
    ...deps,
    execute: (runId, rest) => execute({ ...deps, tables, recorder, mashups, load, rest }, runId),
  })
  /** Runs stored a moment ago, on their way to the engine: it need not read them again. */
  const fresh = new Map<string, Run>()
  const needs: Runs['needs'] = (ownerId, mashup, chosen = {}) => needsOf(deps.connections, ownerId, mashup, chosen)
  const waiting = createWaiting({ ...deps, tables, engine, mashups, needs, announce })
  const mend = createMender({
    ...deps,
    tables,
    workflows: deps.database.tables(),
    engine,
    goOn: waiting.goOn,
    announce,
  })
  let sweeper: ReturnType<typeof startSweep> | undefined

  async function load(id: string): Promise<Run | undefined> {
    const run = fresh.get(id) ?? (await findRun(tables, id))
    fresh.delete(id)
    return run
  }

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
    if (run.id !== draft.id) return startAgain(run, wanted, needed)
    if (run.status === 'queued') {
      fresh.set(run.id, run)
      await engine.launch(run.id).finally(() => fresh.delete(run.id))
    }
    return run
  }

  /** The submission is known: the same form again, or the person came back to it and changed it. */
  async function startAgain(run: Run, again: StartInput, needed: Needs): Promise<Run> {
    const same = isDeepStrictEqual(run.input, again.input) && run.mashup === again.mashup.id
    if (hasBegun(run)) return same ? run : startAnother(again)
    await replaceAnswers(tables, run.id, {
      version: again.mashup.version,
      input: again.input,
      connections: { ...again.chosen, ...needed.connections },
      pause: needed.pause ?? run.pause,
    })
    if (!needed.pause) await waiting.begin(run, needed)
    return (await findRun(tables, run.id)) ?? run
  }

  /** Other answers under a submission whose run has begun are a submission of their own, which a double click repeats. */
  async function startAnother(again: StartInput): Promise<Run> {
    if (again.reuse === 'refuse') {
      throw problem('idempotency_key_reused', 'This Idempotency-Key was sent before with other fields. Use a new one.')
    }
    const answers = createHash('sha256')
      .update(JSON.stringify([again.mashup.id, again.input]))
      .digest('hex')
    return start({ ...again, submission: `${again.submission}:${answers.slice(0, 16)}` })
  }

  async function requireOwn(id: string, ownerId: string): Promise<Run> {
    const run = await findOwnRun(tables, id, ownerId)
    if (!run) throw problem('run_not_found', 'It may have been removed, or it belongs to somebody else.')
    return run
  }

  async function retry(id: string, ownerId: string): Promise<void> {
    const run = await requireOwn(id, ownerId)
    const mashup = mashups(run.mashup)
    if (!mashup) throw problem('mashup_not_found', 'The mash-up of this run is not here any more.')
    // Pressed twice is no mistake, even where the first press has succeeded by now.
    if (run.status === 'cancelled') {
      throw problem('run_not_failed', 'Only a run that failed can be tried again. Start a new one with its form.')
    }
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
    await requireOwn(id, ownerId)
    if (await cancelRun(tables, id)) {
      await announce(id, 'cancelled')
      // Also where it had not begun when it was read: it may have since. Without a workflow this does nothing.
      await engine.cancel(id)
    }
  }

  async function erase(ownerId: string): Promise<void> {
    for (const id of await listRunIds(tables, ownerId)) {
      if (await cancelRun(tables, id)) await engine.cancel(id)
      await deps.storage.removeRun(id)
      await engine.forget([id])
    }
  }

  return {
    needs,
    start,
    find: (id, ownerId) => findOwnRun(tables, id, ownerId),
    steps: (id, afterRevision) => listSteps(tables, id, afterRevision),
    list: (ownerId, most) => listOwnRuns(tables, ownerId, most),
    lastSucceeded: (ownerId, mashupId) => findLastSucceeded(tables, ownerId, mashupId),
    cancel,
    retry,
    erase,
    describe: (tablesOf, ownerId) => describeRuns(tablesOf, ownerId, mashups),
    move: (tablesOf, move) => moveRuns(deps, tablesOf, move),
    async onUsable(ownerId) {
      for (const run of await listPausedRuns(tables, { ownerId, most: OWN_RUNS })) {
        await waiting
          .goOn(run)
          .catch((error) => deps.log.warn({ run: run.id, err: error }, 'A run is left to the sweep'))
      }
    },
    watch,
    mashup: mashups,
    async startEngine() {
      watchers.open()
      await engine.start()
      sweeper = startSweep({ sweep: mend, log: deps.log })
    },
    async stop() {
      watchers.close()
      await sweeper?.stop()
      await engine.stop()
      await recorder.close()
    },
  }
}
