import type { Log } from '#base'
import type { LivenessLock } from '#database'
import { takeOver } from './dbos.ts'

const SWEEP_MS = 1000
/** So long an executor must look dead: after a restart of PostgreSQL the living need a moment to retake their locks. */
const GRACE_MS = 2000

/** The advisory lock of an executor. */
export function executorLock(id: string): string {
  return `run-executor:${id}`
}

/**
 * Takes over the runs of processes that died: every second each process looks which executors have work, and whether
 * their lock, which dies with its process, can be had.
 */
export function watchForDead(deps: {
  me: string
  lock: LivenessLock
  executorsWithWork: () => Promise<string[]>
  log: Log
}) {
  const suspects = new Map<string, number>()
  let timer: NodeJS.Timeout | undefined
  let sweeping: Promise<void> = Promise.resolve()
  let stopped = false

  async function sweep(graceMs: number): Promise<void> {
    // Without our own lock we may be the one who looks dead: judge nobody.
    if (!deps.lock.held()) return suspects.clear()
    const working = (await deps.executorsWithWork()).filter((id) => id !== deps.me)
    for (const id of suspects.keys()) if (!working.includes(id)) suspects.delete(id)
    for (const id of working) await judge(id, graceMs)
  }

  async function judge(id: string, graceMs: number): Promise<void> {
    const now = performance.now()
    const dead = await deps.lock.ifDead(id, async () => {
      const since = suspects.get(id) ?? now
      suspects.set(id, since)
      if (now - since < graceMs) return
      deps.log.info({ executor: id }, 'A process died: taking over its runs')
      await takeOver(id)
      suspects.delete(id)
    })
    if (!dead) suspects.delete(id)
  }

  function schedule(): void {
    if (stopped) return
    timer = setTimeout(() => {
      sweeping = sweep(GRACE_MS)
        .catch((error) => deps.log.debug({ error: String(error) }, 'The sweep for dead processes did not get through'))
        .finally(schedule)
    }, SWEEP_MS)
  }

  return {
    /** Where nobody else can be alive the first sweep has no grace: a boot after a crash continues its runs at once. */
    async start({ alone }: { alone: boolean }): Promise<void> {
      await sweep(alone ? 0 : GRACE_MS)
      schedule()
    },
    async stop(): Promise<void> {
      stopped = true
      clearTimeout(timer)
      await sweeping
    },
  }
}
