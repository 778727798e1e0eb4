import type { Accounts } from '#accounts'
import { acrOf, type GatewayClient } from '#authorization'
import { Secret } from '#base'
import type { Envelope } from '#crypto'
import type { Admitted } from '../authenticate/who.ts'
import { createBatch } from './batch.ts'
import type { SessionCookies } from './session-cookies.ts'

/** Who browsers speak for on the hosts of routes. */
export type Sessions = {
  /** @param host that the cookie has to be of; @returns undefined for whoever is not signed in there, or not any more */
  who(raw: readonly string[], host: string): Promise<Admitted | undefined>
  /** The grant that the cookie of a browser names, alive or not. */
  grantOf(raw: readonly string[], host: string): string | undefined
  /** A cookie for a grant that was just given, as a value of `Set-Cookie`. */
  cookieFor(grantId: string, host: string): string
}

/** As long as the session that it comes from may last at most. */
const COOKIE_SECONDS = 30 * 24 * 60 * 60
/** Below the 2 s within which the end of a session is known everywhere. */
const KEEP_MS = 1000
const MOST_KEPT = 10_000

/**
 * A session here is no more than a sealed name of a grant: it lives as long as the grant and the session at the
 * authorization server do, both of which are asked every second. So logout, "remove access", a password change and
 * disabling end it without a message to anybody.
 */
export function createSessions(deps: {
  readonly cookies: SessionCookies
  readonly envelope: Envelope
  readonly client: Pick<GatewayClient, 'grant' | 'liveGrants'>
  readonly accounts: Pick<Accounts, 'callerOfSession' | 'liveSessions'>
  readonly issuer: string
}): Sessions {
  const { cookies, envelope, client, accounts, issuer } = deps
  const kept = new Map<string, { readonly who: Promise<Admitted | undefined>; readonly until: number }>()

  const grantIsLive = createBatch(client.liveGrants)
  const sessionIsLive = createBatch(accounts.liveSessions)

  async function look(grantId: string): Promise<Admitted | undefined> {
    const grant = await client.grant(grantId)
    const caller = grant && (await accounts.callerOfSession(grant.sid))
    if (!grant || !caller?.user || caller.ownerId !== grant.ownerId) return undefined
    const { publicId, username, authTime, amr } = caller.user
    const who = {
      ...{ subject: publicId, isUser: true, username, issuer },
      // A session is of the person, not of an app with a part of their rights.
      ...{ clientId: undefined, scopes: [] },
      authTime: Math.floor(authTime.getTime() / 1000),
      acr: acrOf(amr),
    }
    const { sid } = grant
    // A stream that is open is no use of the session: nobody may be before the screen.
    const isLive = async () => (await Promise.all([grantIsLive(grantId), sessionIsLive(sid)])).every((live) => live)
    return { who, lease: { until: undefined, isLive } }
  }

  function read(raw: readonly string[], host: string): string | undefined {
    const value = cookies.session.read(raw)
    if (value === undefined) return undefined
    try {
      return envelope.open(value, place(host)).reveal()
    } catch {
      return undefined
    }
  }

  return {
    grantOf: read,
    cookieFor: (grantId, host) => cookies.session.set(envelope.seal(new Secret(grantId), place(host)), COOKIE_SECONDS),
    async who(raw, host) {
      const grantId = read(raw, host)
      if (grantId === undefined) return undefined
      const now = performance.now()
      const known = kept.get(grantId)
      if (known && known.until > now) return known.who
      const who = look(grantId)
      const fresh = { who, until: now + KEEP_MS }
      kept.delete(grantId)
      if (kept.size >= MOST_KEPT) kept.delete(kept.keys().next().value ?? '')
      kept.set(grantId, fresh)
      // A database that is away for a moment is not remembered.
      who.catch(() => kept.get(grantId) === fresh && kept.delete(grantId))
      return who
    },
  }
}

/** A cookie that was copied to another host does not open there. */
function place(host: string) {
  return { table: 'gateway', column: 'session', row: host, owner: 'browser' }
}
