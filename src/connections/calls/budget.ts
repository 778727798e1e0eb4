import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '#database'
import { callCancelled } from '#outbound'
import { failure } from '../errors.ts'
import type { Provider } from '../provider/provider.ts'
import { hold, reserve } from '../store/provider-budget.ts'

/** Who waits for a call: a `person` in front of a blank page, or a `run`, which can be put off without holding anything. */
export type Waits = 'person' | 'run'

/** What a provider takes in a second, shared by all processes on one database. */
export type Budget = {
  /**
   * Waits for a turn. Does nothing where no limit is known.
   *
   * @throws Failure `provider_busy` with `retryAfter` when the turn would come too late for who waits.
   */
  take(provider: Provider, caller: { readonly waits: Waits; readonly signal?: AbortSignal | undefined }): Promise<void>
  /** The provider said no: nobody sends anything for so many seconds. */
  hold(provider: Provider, seconds: number): Promise<void>
}

/** Seconds. Persons stand in the same queue, and may stand further back: where it is long, runs step aside. */
const PATIENCE = { person: 10, run: 2 } as const

/**
 * Seconds by which calls may take differently long from here to there. Calls leave `(1 + JITTER) / limit` apart, 80 %
 * of the limit; then those that arrive within any one second have left within `1 + JITTER` seconds, and are never more
 * than the limit. There are no bursts: what is sent at once by all processes would arrive at once.
 */
const JITTER = 0.25
/** A turn that was slept through is not taken: after a process stood still, all of its turns would come at once. */
const LATE_MS = (JITTER / 2) * 1000

export function createBudget(database: Pick<Database, 'prepared'>): Budget {
  /** When holds end that this process has met itself, by `performance.now()`: those who have a turn already look here. */
  const held = new Map<string, number>()

  return {
    async take(provider, { waits, signal }) {
      const { requestsPerSecond } = provider.config
      if (requestsPerSecond === undefined) return
      const key = keyOf(provider)
      const spacing = (1 + JITTER) / requestsPerSecond
      const end = performance.now() + PATIENCE[waits] * 1000
      for (;;) {
        const patience = Math.max(0, (end - performance.now()) / 1000)
        const { granted, wait } = await reserve(database, key, { spacing, patience })
        if (!granted) throw busy(provider, wait)
        const due = performance.now() + wait * 1000
        await pause(wait * 1000, signal)
        const now = performance.now()
        if (now - due < LATE_MS && now >= (held.get(provider.definition.id) ?? 0)) return
      }
    },
    async hold(provider, seconds) {
      if (provider.config.requestsPerSecond === undefined) return
      held.set(provider.definition.id, performance.now() + seconds * 1000)
      await hold(database, keyOf(provider), seconds)
    },
  }
}

function keyOf({ definition, config }: Provider) {
  return { provider: definition.id, issuer: config.issuer }
}

async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  // `sleep(0)` is a timer all the same.
  if (milliseconds <= 0) return
  try {
    await sleep(milliseconds, undefined, signal === undefined ? {} : { signal })
  } catch {
    throw callCancelled(signal, 'not_sent')
  }
}

function busy({ definition }: Provider, seconds: number) {
  const wait = Math.max(1, Math.ceil(seconds))
  const message = `${definition.name} takes only so many requests in a second, and others are waiting already. Trivet goes on by itself in ${wait} seconds.`
  return failure('provider_busy', message, { retryAfter: wait })
}
