import { type Clock, describeError, type Log } from '#base'
import type { Lease } from '../authenticate/who.ts'

/** What goes on between a caller and an upstream, after the request was let through. */
export type Going = {
  /** Whether it lasts by its nature, as event streams and WebSockets do, so that nobody loses half of an answer. */
  isSubscription(): boolean
  end(why: EndedBy): void
}

/** The token has ended by itself; or it was revoked, its session ended, its user disabled, its client deleted. */
export type EndedBy = 'expired' | 'revoked'

/** What is going on, held against what opened it. */
export type Leases = {
  /** @returns to be called once it is over */
  hold(lease: Lease, going: Going): () => void
  close(): void
}

/** What is revoked is known everywhere within 1 s or so, and has to have ended everywhere within 2. */
const LOOK_MS = 500

/**
 * Ends what a caller may not have any more (OWASP ASVS 5.0, 7.4.1, 7.4.2): whatever was revoked, at once; with a token
 * that ends by itself only what would go on for ever, since a download that was begun in time is an answer to a
 * question that was asked in time (RFC 6750 §5.2 is about requests).
 */
export function createLeases({ clock, log }: { readonly clock: Clock; readonly log: Log }): Leases {
  const held = new Map<Going, Lease>()
  const asked = new Set<Going>()
  let timer: NodeJS.Timeout | undefined
  let isFailing = false

  async function ask(going: Going, lease: Lease): Promise<void> {
    asked.add(going)
    try {
      const isLive = await lease.isLive()
      isFailing = false
      if (!isLive && held.delete(going)) going.end('revoked')
    } catch (error) {
      // Said once while it lasts: what cannot be looked at goes on, as it would have a moment before.
      if (!isFailing)
        log.warn({ error: describeError(error) }, 'gateway: open streams could not be looked at; trying on')
      isFailing = true
    } finally {
      asked.delete(going)
    }
  }

  function look(): void {
    const now = clock.now().getTime() / 1000
    for (const [going, lease] of held) {
      if (lease.until !== undefined && lease.until <= now && going.isSubscription()) {
        held.delete(going)
        going.end('expired')
      } else if (!asked.has(going)) void ask(going, lease)
    }
  }

  return {
    hold(lease, going) {
      timer ??= setInterval(look, LOOK_MS).unref()
      held.set(going, lease)
      return () => void held.delete(going)
    },
    close: () => clearInterval(timer),
  }
}
