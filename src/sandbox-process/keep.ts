import { type SandboxOptions, startSandbox } from './start.ts'

const MOST_RESTARTS = 3
const WITHIN_MS = 60_000

export type KeptSandbox = {
  /** Resolves with a reason when it cannot be kept running. */
  readonly gaveUp: Promise<string>
  stop(): Promise<void>
}

/**
 * Starts the sandbox, and starts it again when it ends by itself: its state is on disk, and runs try their calls again
 * meanwhile. Three times within a minute; then something is wrong that starting again does not mend.
 *
 * @throws StartError when it does not come up the first time.
 */
export async function keepSandbox(options: SandboxOptions): Promise<KeptSandbox> {
  let current = await startSandbox(options)
  let stopping = false
  const restarts: number[] = []

  /** Goes on for as long as it can be kept; gives the reason why not, nothing when it was stopped. */
  async function keep(): Promise<string | undefined> {
    for (;;) {
      await current.ended
      if (stopping) return undefined
      const now = performance.now()
      if (restarts.filter((at) => now - at < WITHIN_MS).length >= MOST_RESTARTS) {
        return `The sandbox ended ${MOST_RESTARTS + 1} times within a minute. Its own words are in the log at LOG_LEVEL=debug; TRIVET_SANDBOX=off does without it.`
      }
      restarts.push(now)
      try {
        current = await startSandbox(options)
      } catch (error) {
        return error instanceof Error ? error.message : 'The sandbox could not be started again.'
      }
      options.log.warn({ restarts: restarts.length }, 'The sandbox was started again')
      if (stopping) await current.stop()
    }
  }

  const kept = keep()
  return {
    gaveUp: new Promise((resolve) => void kept.then((reason) => reason !== undefined && resolve(reason))),
    async stop() {
      stopping = true
      await current.stop()
      await kept
    },
  }
}
