import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { newId } from '#base'
import { hashSecret, randomToken } from '#crypto'
import type { Database } from '#database'
import type { Caller, Cookies } from '#http'
import { createGuestbook, type Guest } from './guestbook.ts'
import { deleteEndedSessions, findLiveSession, insertSession, touchSession } from './store/browser-session.ts'
import type { AccountTables } from './store/tables.ts'
import { deleteIdleGuest, insertAccount, listIdleGuests } from './store/user-account.ts'

/** People of this server, and the browsers that speak for them. */
export type Accounts = {
  /** Makes `request.caller` known on every route registered after it. */
  resolveCallers(server: FastifyInstance): void
  /**
   * The caller; a visitor without a session becomes a guest here. Only ever called by a POST. Two at once from one
   * visit, such as a double click, are one guest, with one session.
   */
  ensureOwner(request: FastifyRequest, reply: FastifyReply): Promise<Caller>
  /**
   * Ends what is over: old sessions, and guests idle for 30 days with all that is theirs. May be broken off and repeated.
   *
   * @param signal stops after the guest that is being removed
   * @throws AggregateError when guests could not be removed; the others are gone by then.
   */
  prune(signal?: AbortSignal): Promise<void>
}

/** A room that keeps things of owners which do not go with their row: files, and later machines. Filled by `app/rooms.ts`. */
export type Owned = {
  /** Removes everything of this owner. May be repeated. */
  erase(ownerId: string): Promise<void>
}

const COOKIE_SECONDS = 30 * 24 * 60 * 60
const PRUNE_BATCH = 500

/**
 * Guests and their browser sessions.
 *
 * @param deps.owned rooms that have to remove something before the row of an owner goes
 */
export function createAccounts(deps: { database: Database; cookies: Cookies; owned: readonly Owned[] }): Accounts {
  const tables = deps.database.tables<AccountTables>()

  async function resolve(request: FastifyRequest): Promise<Caller | null> {
    const secret = deps.cookies.session.get(request)
    if (secret === undefined || secret.length > 100) return null
    const session = await findLiveSession(tables, hashSecret(secret))
    if (!session) return null
    if (session.stale) await touchSession(tables, session.id)
    return { ownerId: session.ownerId, kind: session.kind, sessionId: session.id }
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

  /** The row last: while it is there, a removal that broke off is found and repeated. */
  async function removeGuest(id: string): Promise<void> {
    for (const owned of deps.owned) await owned.erase(id)
    await deleteIdleGuest(tables, id)
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
    async prune(signal) {
      await deleteEndedSessions(tables)
      const failures: unknown[] = []
      for (const id of await listIdleGuests(tables, PRUNE_BATCH)) {
        if (signal?.aborted) break
        await removeGuest(id).catch((error) => failures.push(error))
      }
      if (failures.length > 0) throw new AggregateError(failures, `${failures.length} idle guests could not be removed`)
    },
  }
}
