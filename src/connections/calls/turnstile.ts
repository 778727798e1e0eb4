import { failure } from '../errors.ts'
import type { Provider } from '../provider/provider.ts'

/** Three tabs that sign in at once: each has one call waiting at a time. */
const MOST_WAITING = 3

/** Lets a few calls of one browser wait in this process; a browser that begins hundreds keeps nobody else's turn. */
export function createTurnstile() {
  const waiting = new Map<string, number>()

  /** @throws Failure `provider_busy`, and what the work throws */
  return async (provider: Provider, sessionId: string | undefined, work: () => Promise<void>): Promise<void> => {
    if (sessionId === undefined) return work()
    const key = `${provider.definition.id} ${sessionId}`
    const count = waiting.get(key) ?? 0
    if (count >= MOST_WAITING) {
      const message = `This browser has ${count} sign-ins at ${provider.definition.name} waiting already. Try again when they are done.`
      throw failure('provider_busy', message, { retryAfter: 10 })
    }
    waiting.set(key, count + 1)
    try {
      await work()
    } finally {
      const left = (waiting.get(key) ?? 1) - 1
      if (left > 0) waiting.set(key, left)
      else waiting.delete(key)
    }
  }
}
