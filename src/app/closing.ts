import type { Log } from '#base'

/** What was started, to be stopped in the opposite order. */
export type Closing = {
  add(step: () => Promise<void>): void
  /** May be called again, and after a start that got half-way. A step that fails holds up no other. */
  close(): Promise<void>
}

export function createClosing(log: Log): Closing {
  const steps: (() => Promise<void>)[] = []
  return {
    add: (step) => void steps.push(step),
    async close() {
      for (let step = steps.pop(); step; step = steps.pop()) {
        await step().catch((error) => log.error({ err: error }, 'Could not be closed'))
      }
    },
  }
}

/**
 * Starts that go on side by side. When one fails the others are waited for all the same: what a late one starts has to
 * be known before everything is stopped again.
 */
export async function startTogether<const T extends readonly Promise<unknown>[]>(
  starts: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(starts)
  return await Promise.all(starts)
}
