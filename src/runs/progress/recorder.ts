import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '#base'
import { type Database, isConnectionLost } from '#database'
import type { RunChange, StepChange } from '../store/changes.ts'
import { writeChanges } from '../store/changes.ts'

/** Step rows are written behind by this much: a write at each start and end would cost a fifth of the throughput. */
const DELAY_MS = 50
/** Ends that come together are written together. */
const COALESCE_MS = 1
const RETRY_MS = 250
const PATIENCE_MS = 2000

/** What has changed in one run since it was last taken. */
export type Changed = { readonly run: RunChange; readonly steps: readonly StepChange[] }

export type Recorder = {
  /** Has `take` called within 50 ms, together with all others that asked, and writes what it gives in one statement. */
  later(take: () => Changed): void
  /** The same at once; resolves when it is stored. */
  now(take: () => Changed): Promise<void>
  /** Writes what is left. Afterwards nothing is written any more. */
  close(): Promise<void>
}

/** The write-behind of one process. When the database is away it tries again until it is back. */
export function createRecorder(deps: { database: Pick<Database, 'prepared'>; log: Log }): Recorder {
  /** Who has something to write, and from when on it is due. */
  const due = new Map<() => Changed, number>()
  /** Steps of writes that failed, to be written with the next one of the same run. */
  const lost = new Map<() => Changed, readonly StepChange[]>()
  /** When the next write is stored, and when the one under way is. */
  let stored = Promise.withResolvers<void>()
  let storing: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  let writing = false
  let closed = false

  function schedule(ms: number): void {
    clearTimeout(timer)
    timer = closed ? undefined : setTimeout(() => void flush(), ms)
  }

  /** One write at a time: whoever becomes due meanwhile is in the next one, which is what makes batches. */
  async function flush(): Promise<void> {
    if (writing) return
    writing = true
    clearTimeout(timer)
    timer = undefined
    const now = performance.now()
    // Only what is due: a run that ends within the delay is written once, not with every other run that ends.
    const takes = [...due].filter(([, from]) => from <= now).map(([take]) => take)
    for (const take of takes) due.delete(take)
    const wait = takes.length === 0 || (await write(takes)) ? 0 : RETRY_MS
    writing = false
    const next = Math.min(...due.values())
    if (due.size > 0) schedule(Math.max(wait, next - performance.now(), 0))
  }

  async function write(takes: readonly (() => Changed)[]): Promise<boolean> {
    const done = stored
    stored = Promise.withResolvers<void>()
    storing = done.promise
    const changes = takes.map((take) => withLost(take(), lost.get(take)))
    try {
      await store(changes)
      for (const take of takes) lost.delete(take)
      done.resolve()
      return true
    } catch (error) {
      deps.log.warn({ error: String(error) }, 'The progress of runs could not be stored; trying again')
      for (const [index, take] of takes.entries()) {
        lost.set(take, changes[index]?.steps ?? [])
        due.set(take, 0)
      }
      stored.promise.then(done.resolve)
      return false
    }
  }

  /** One that cannot be stored for what it is keeps nobody else from being stored. @throws when the database is away */
  async function store(changes: readonly Changed[]): Promise<void> {
    try {
      await writeChanges(
        deps.database,
        changes.map((change) => change.run),
        changes.flatMap((change) => change.steps),
      )
    } catch (error) {
      if (isConnectionLost(error)) throw error
      if (changes.length > 1) for (const change of changes) await store([change])
      else deps.log.error({ run: changes[0]?.run.id, err: error }, 'What a run told of itself cannot be stored')
    }
  }

  return {
    later(take) {
      if (closed || due.has(take)) return
      due.set(take, performance.now() + DELAY_MS)
      if (!writing && !timer) schedule(DELAY_MS)
    },
    async now(take) {
      if (closed) return
      due.set(take, 0)
      const { promise } = stored
      if (!writing) schedule(COALESCE_MS)
      await promise
    },
    async close() {
      for (const take of due.keys()) due.set(take, 0)
      const left = due.size > 0 ? stored.promise : undefined
      if (left) void flush()
      // Without the database there is nothing to wait for: the replay of the checkpoints refills what is missing.
      await Promise.race([Promise.all([left, storing]), sleep(PATIENCE_MS, undefined, { ref: false })])
      closed = true
      clearTimeout(timer)
    },
  }
}

function withLost(fresh: Changed, lost: readonly StepChange[] = []): Changed {
  const names = new Set(fresh.steps.map((step) => step.name))
  return { run: fresh.run, steps: [...lost.filter((step) => !names.has(step.name)), ...fresh.steps] }
}
