import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '#base'

const EVERY_MS = 10 * 60 * 1000

/**
 * Does all chores at once, and every ten minutes from then on. One that fails is noted and holds up no other.
 *
 * @returns what ends it: resolves when the chore under way has got through, or stopped by its signal.
 */
export function keepHouse(
  log: Log,
  chores: readonly ((signal: AbortSignal) => Promise<void>)[],
  everyMs = EVERY_MS,
): () => Promise<void> {
  const controller = new AbortController()
  const { signal } = controller
  const rounds = async () => {
    while (!signal.aborted) {
      for (const chore of chores) {
        if (signal.aborted) return
        await chore(signal).catch((error) => log.warn({ err: error }, 'Housekeeping did not get through'))
      }
      await sleep(everyMs, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }
  const over = rounds()
  return async () => {
    controller.abort()
    await over
  }
}
