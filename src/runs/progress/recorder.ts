import type { Kysely } from 'kysely'
import type { Log } from '#base'
import type { RunChange, StepChange } from '../store/changes.ts'
import { writeChanges } from '../store/changes.ts'
import type { RunTables } from '../store/tables.ts'

/** Step rows are written behind by this much: a write at each start and end would cost a fifth of the throughput. */
const DELAY_MS = 50
const RETRY_MS = 250

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
export function createRecorder(deps: { tables: Kysely<RunTables>; log: Log }): Recorder {
  const waiting = new Set<() => Changed>()
  let stored = Promise.withResolvers<void>()
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> | undefined
  let closed = false

  function schedule(ms: number): void {
    if (closed) return
    clearTimeout(timer)
    timer = setTimeout(() => void flush(), ms)
  }

  /** One flush at a time; whoever asks meanwhile is in the next one, which is what makes batches. */
  async function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    if (writing) {
      await writing
      if (waiting.size === 0) return
    }
    writing ??= write()
    await writing
  }

  async function write(): Promise<void> {
    const takes = [...waiting]
    const done = stored
    waiting.clear()
    stored = Promise.withResolvers<void>()
    const changes = takes.map((take) => take())
    try {
      if (changes.length > 0) {
        await writeChanges(
          deps.tables,
          changes.map((change) => change.run),
          changes.flatMap((change) => change.steps),
        )
      }
      done.resolve()
    } catch (error) {
      deps.log.warn({ error: String(error) }, 'The progress of runs could not be stored; trying again')
      for (const [index, take] of takes.entries()) waiting.add(merged(take, changes[index]))
      stored.promise.then(done.resolve)
      schedule(RETRY_MS)
    } finally {
      writing = undefined
    }
  }

  return {
    later(take) {
      if (closed) return
      waiting.add(take)
      if (!timer) schedule(DELAY_MS)
    },
    async now(take) {
      if (closed) return
      waiting.add(take)
      const { promise } = stored
      void flush()
      await promise
    },
    async close() {
      if (waiting.size > 0) await flush()
      closed = true
      clearTimeout(timer)
    },
  }
}

/** A take that also gives the steps of a write that failed, unless they changed again. */
function merged(take: () => Changed, lost: Changed | undefined): () => Changed {
  return () => {
    const fresh = take()
    const names = new Set(fresh.steps.map((step) => step.name))
    return { run: fresh.run, steps: [...(lost?.steps ?? []).filter((step) => !names.has(step.name)), ...fresh.steps] }
  }
}
