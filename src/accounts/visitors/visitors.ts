import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { newId } from '#base'
import { hashSecret, randomToken } from '#crypto'
import type { Database } from '#database'
import type { Caller, Cookies } from '#http'
import { removeOwner } from '../erasure/remove-owner.ts'
import { deleteOldAuditEvents } from '../store/audit-event.ts'
import {
  deleteEndedSessions,
  findLiveSession,
  findLiveSessionOf,
  insertSession,
  type LiveSession,
  listLiveSessions,
  touchSession,
} from '../store/browser-session.ts'
import { deleteEndedVerifications } from '../store/email.ts'
import { deleteOldLoginEvents } from '../store/login-event.ts'
import { deleteOldFailures } from '../store/login-failure.ts'
import { deleteEndedResets } from '../store/password-reset.ts'
import { deleteOldPendingIdentities } from '../store/pending-identity.ts'
import { deleteEndedPendingSignIns } from '../store/pending-sign-in.ts'
import type { AccountTables } from '../store/tables.ts'
import { deleteEndedChallenges } from '../store/used-challenge.ts'
import { insertAccount, markIdleGuests } from '../store/user-account.ts'
import { deleteErasing, listErasing } from '../store/user-erasure.ts'
import { createGuestbook, type Guest } from './guestbook.ts'
import type { Owned } from './owned.ts'

/** Who browsers speak for, by their cookie, and what happens to those who never come back. */
export type Visitors = {
  /** Makes `request.caller` known on every route registered after it. */
  resolveCallers(server: FastifyInstance): void
  /**
   * The caller; a visitor without a session becomes a guest here. Only ever called by a POST. Two at once from one
   * visit, such as a double click, are one guest, with one session.
   */
  ensureOwner(request: FastifyRequest, reply: FastifyReply): Promise<Caller>
  /**
   * Who a session is of, by its `sid`, for what was begun from it on another host. This is a use of the session.
   *
   * @returns undefined for one that has ended, and for people who are disabled
   */
  callerOfSession(sid: string): Promise<Caller | undefined>
  /** Which of these sessions, by `sid`, `callerOfSession` would still know. This is no use of them. */
  liveSessions(sids: readonly string[]): Promise<readonly string[]>
  /**
   * Ends what is over: old sessions, old lines of the login log, guests idle for 30 days with all that is theirs, and
   * accounts whose deletion broke off. May be broken off and repeated.
   *
   * @param signal stops after the owner that is being removed
   * @throws AggregateError when some could not be removed; the others are gone by then.
   */
  prune(signal?: AbortSignal): Promise<void>
}

export const COOKIE_SECONDS = 30 * 24 * 60 * 60
const PRUNE_BATCH = 500

/**
 * Guests and browser sessions, without names and passwords.
 *
 * @param deps.owned rooms that have to remove something before the row of an owner goes
 */
export function createVisitors(deps: { database: Database; cookies: Cookies; owned: readonly Owned[] }): Visitors {
  const tables = deps.database.tables<AccountTables>()

  async function resolve(request: FastifyRequest): Promise<Caller | null> {
    // Decision "CSRF": who brings a bearer token speaks by it alone, whatever cookies the browser adds.
    if (/^bearer\b/i.test(request.headers.authorization ?? '')) return null
    const secret = deps.cookies.session.get(request)
    if (secret === undefined || secret.length > 100) return null
    const session = await findLiveSession(tables, hashSecret(secret))
    if (!session) return null
    if (session.stale) await touchSession(tables, session.id)
    return callerOf(session)
  }

  async function makeGuest(): Promise<Guest> {
    const caller: Caller = { ownerId: newId(), kind: 'guest', sessionId: newId() }
    const secret = randomToken()
    await insertAccount(tables, { id: caller.ownerId, kind: 'guest' })
    await insertSession(tables, { id: caller.sessionId, secretHash: hashSecret(secret), ownerId: caller.ownerId })
    return { caller, secret }
  }

  const guestbook = createGuestbook({
    make: makeGuest,
    isLive: async ({ secret }) => (await findLiveSession(tables, hashSecret(secret))) !== undefined,
  })

  async function welcome(request: FastifyRequest, reply: FastifyReply): Promise<Caller> {
    const { caller, secret } = await guestbook(deps.cookies.visit.get(request), request)
    deps.cookies.session.set(reply, secret, COOKIE_SECONDS)
    return caller
  }

  return {
    resolveCallers(server) {
      server.addHook('onRequest', async (request) => {
        request.caller = await resolve(request)
      })
    },
    async ensureOwner(request, reply) {
      request.caller ??= await welcome(request, reply)
      return request.caller
    },
    async callerOfSession(sid) {
      const session = await findLiveSessionOf(tables, sid)
      if (session?.stale) await touchSession(tables, session.id)
      return session && callerOf(session)
    },
    liveSessions: (sids) => listLiveSessions(tables, sids),
    async prune(signal) {
      await deleteEndedSessions(tables)
      await deleteOldLoginEvents(tables)
      await deleteOldFailures(tables)
      await deleteOldAuditEvents(tables)
      await deleteEndedPendingSignIns(tables)
      await deleteEndedChallenges(tables)
      await deleteEndedResets(tables)
      await deleteEndedVerifications(tables)
      await deleteOldPendingIdentities(tables)
      await markIdleGuests(tables, PRUNE_BATCH)
      const failures: unknown[] = []
      for (const id of await listErasing(tables)) {
        if (signal?.aborted) break
        await removeOwner(deps.owned, id, (row) => deleteErasing(tables, row)).catch((error) => failures.push(error))
      }
      if (failures.length > 0) throw new AggregateError(failures, `${failures.length} owners could not be removed`)
    },
  }
}

function callerOf(session: LiveSession): Caller {
  const { id, ownerId, kind, publicId, username, isAdmin, authTime, amr, sid } = session
  const caller = { ownerId, kind, sessionId: id }
  if (publicId === null || username === null || authTime === null || sid === null) return caller
  return { ...caller, user: { publicId, username, isAdmin, authTime, amr, sid } }
}
