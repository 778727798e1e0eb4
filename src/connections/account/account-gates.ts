import type { CallGate } from '../calls/calls.ts'
import type { Provider } from '../provider/provider.ts'
import { accountPaused } from '../refresh/ended.ts'
import type { ConnectionRow } from '../store/connection.ts'

/** Another call has heard meanwhile that this token is refused. Never leaves the account handle. */
export class TokenRefused extends Error {}

/** One gate per call. What each of them hears, all calls of the account in this process know before they are sent. */
export type AccountGates = (provider: Provider, row: ConnectionRow) => CallGate

/** How long a refused token is known as such: it is renewed at once, or not usable for longer than this. */
const REFUSED_MS = 60_000
/** Who says "at once" in a 429 is not asked at once, but after this. */
const LEAST_PAUSE_SECONDS = 1
/** After a pause one call finds out whether it is over; the others wait for its answer, no longer than this. */
const PROBE_MS = 2000

/** @param pause notes for all processes that the provider wants nothing from an account for so many seconds */
export function createAccountGates(pause: (row: ConnectionRow, seconds: number) => Promise<void>): AccountGates {
  const closed = createMoments()
  const refused = createMoments()

  return (provider, row) => {
    const account = JSON.stringify([row.provider, row.issuer, row.accountId])
    const token = `${row.id}:${row.tokenVersion}`
    let isProbe = false
    return {
      pass() {
        const now = performance.now()
        if (now < (refused.get(token) ?? 0)) throw new TokenRefused()
        const end = closed.get(account)
        if (end === undefined) return
        if (now < end) throw accountPaused(provider, row.id, (end - now) / 1000)
        isProbe = true
        closed.set(account, now + PROBE_MS)
      },
      async answered(status, pauseSeconds) {
        if (status === 401) refused.set(token, performance.now() + REFUSED_MS)
        if (pauseSeconds !== undefined) {
          const seconds = Math.max(LEAST_PAUSE_SECONDS, pauseSeconds)
          const end = performance.now() + seconds * 1000
          closed.set(account, isProbe ? end : Math.max(closed.get(account) ?? 0, end))
          await pause(row, seconds)
        } else if (isProbe) closed.delete(account)
      },
    }
  }
}

/** Above this many what is long over goes. */
const MANY = 1000
/** An account stays known for a while after its pause, so that only one call finds out that it is over. */
const KEPT_MS = 60_000

/** When something ends, by `performance.now()`. */
function createMoments() {
  const ends = new Map<string, number>()
  return {
    get: (key: string) => ends.get(key),
    set(key: string, end: number) {
      if (ends.size >= MANY) {
        const past = performance.now() - KEPT_MS
        for (const [other, its] of ends) if (its < past) ends.delete(other)
      }
      ends.set(key, end)
    },
    delete: (key: string) => void ends.delete(key),
  }
}
