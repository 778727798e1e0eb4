import type { Log } from '#base'

const PERIOD_MS = 2000

/** A round every two seconds, one after the other; one that fails is followed by the next. */
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
