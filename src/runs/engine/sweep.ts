import type { Log } from '#base'

const PERIOD_MS = 2000

/**
 * Finds what a death left between two writes and finishes it: runs that nobody handed to the engine, retries that were
 * noted but not begun, workflows that gave up, and paused runs whose account is there again. Every process does it;
 * each remedy may be given twice.
 */
export function startSweep(deps: { sweep: () => Promise<void>; log: Log }) {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> = Promise.resolve()
  let stopped = false

  function schedule(): void {
    if (stopped) return
    timer = setTimeout(() => {
      running = deps
        .sweep()
        .catch((error) => deps.log.debug({ error: String(error) }, 'The sweep of runs did not get through'))
        .finally(schedule)
    }, PERIOD_MS)
  }

  schedule()
  return {
    async stop(): Promise<void> {
      stopped = true
      clearTimeout(timer)
      await running
    },
  }
}
