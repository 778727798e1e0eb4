import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '#base'
import type { Database } from '#database'
import { callCancelled } from '#outbound'
import { failure } from '../errors.ts'
import type { Provider } from '../provider/provider.ts'
import { countRefusal, hold, type Reservation, reserve } from '../store/provider-budget.ts'
import { createTurnstile } from './turnstile.ts'

/** Who waits for a call: a `person` in front of a blank page, or a `run`, which can be put off without holding anything. */
export type Waits = 'person' | 'run'

export type BudgetCaller = {
  readonly waits: Waits
  /** Of the browser that asks: it may have a few calls waiting at once, and no more. */
  readonly sessionId?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** What a provider takes in a second, shared by all processes on one database. */
export type Budget = {
  /**
   * Waits for a turn. Does nothing where no limit is known.
   *
   * @throws Failure `provider_busy` with `retryAfter` when the turn would come too late for who waits.
   */
  take(provider: Provider, caller: BudgetCaller): Promise<void>
  /** The provider said no: nobody sends anything for so many seconds. */
  hold(provider: Provider, seconds: number): Promise<void>
  /** The provider refused a request: long before it would block this server's address for that, nobody sends anything. */
  refused(provider: Provider): Promise<void>
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

/** Any stretch as long as a window touches two of them at most: twice this is the most that there ever is in one. */
const REFUSALS_SHARE = 0.4

export function createBudget(deps: { readonly database: Pick<Database, 'prepared'>; readonly log: Log }): Budget {
  const { database, log } = deps
  const turnstile = createTurnstile()
  /** When holds end that this process has met itself, by `performance.now()`: those who have a turn already look here. */
  const held = new Map<string, number>()
  const holdHere = ({ definition }: Provider, seconds: number) => {
    held.set(definition.id, Math.max(held.get(definition.id) ?? 0, performance.now() + seconds * 1000))
  }

  async function take(provider: Provider, requestsPerSecond: number, { waits, signal }: BudgetCaller): Promise<void> {
    const key = keyOf(provider)
    const spacing = (1 + JITTER) / requestsPerSecond
    const end = performance.now() + PATIENCE[waits] * 1000
    for (;;) {
      const patience = Math.max(0, (end - performance.now()) / 1000)
      const reservation = await reserve(database, key, { spacing, patience })
      if (!reservation.granted) throw busy(provider, reservation)
      const { wait } = reservation
      const due = performance.now() + wait * 1000
      await pause(wait * 1000, signal)
      const now = performance.now()
      if (now - due < LATE_MS && now >= (held.get(provider.definition.id) ?? 0)) return
    }
  }

  return {
    async take(provider, caller) {
      const { requestsPerSecond } = provider.config
      if (requestsPerSecond === undefined) return
      await turnstile(provider, caller.sessionId, () => take(provider, requestsPerSecond, caller))
    },
    async hold(provider, seconds) {
      if (provider.config.requestsPerSecond === undefined) return
      holdHere(provider, seconds)
      await hold(database, keyOf(provider), seconds)
    },
    async refused(provider) {
      const { refusalLimit, id } = provider.definition
      if (!refusalLimit || provider.config.requestsPerSecond === undefined) return
      const most = Math.floor(refusalLimit.most * REFUSALS_SHARE)
      const { count, secondsLeft } = await countRefusal(database, keyOf(provider), { ...refusalLimit, most })
      if (count < most) return
      holdHere(provider, secondsLeft)
      if (count > most) return
      const words = 'A provider refused so many requests that it may soon block this address; it gets none for a while'
      log.error({ provider: id, refused: count, seconds: Math.ceil(secondsLeft) }, words)
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

function busy({ definition }: Provider, { wait, isHeld }: Reservation) {
  const retryAfter = Math.max(1, Math.ceil(wait))
  const why = isHeld
    ? `${definition.name} gets no requests for the moment: it has asked for a pause, or refused very many.`
    : `${definition.name} takes only so many requests in a second, and others are waiting already.`
  return failure('provider_busy', `${why} Trivet goes on by itself in ${retryAfter} seconds.`, { retryAfter })
}
