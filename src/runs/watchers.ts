import type { Database } from '#database'
import type { RunStatus } from './run-view.ts'
import { RUN_CHANNEL } from './store/changes.ts'

/** Told of every change of a run, in any process, with its status now; `undefined` when changes may have been missed. */
export type RunWatcher = (status: RunStatus | undefined) => void

export type Watchers = {
  watch(runId: string, changed: RunWatcher): () => void
  announce(runId: string, status: RunStatus): Promise<void>
  open(): void
  close(): void
}

export function createWatchers(database: Pick<Database, 'listen' | 'notify'>): Watchers {
  const watchers = new Map<string, Set<RunWatcher>>()
  let stop: (() => void) | undefined

  function tell(payload: string): void {
    const [id = '', status] = payload.split(' ')
    for (const changed of watchers.get(id) ?? []) changed(status as RunStatus)
  }

  function tellAll(): void {
    for (const set of watchers.values()) for (const changed of set) changed(undefined)
  }

  return {
    watch(id, changed) {
      const set = watchers.get(id) ?? new Set()
      watchers.set(id, set.add(changed))
      return () => {
        set.delete(changed)
        if (set.size === 0) watchers.delete(id)
      }
    },
    announce: (id, status) => database.notify(RUN_CHANNEL, `${id} ${status}`),
    open() {
      stop = database.listen(RUN_CHANNEL, tell, tellAll)
    },
    close: () => stop?.(),
  }
}
