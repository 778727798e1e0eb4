import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Kysely } from 'kysely'
import { newId } from '#base'
import { hashSecret, randomToken } from '#crypto'
import type { Caller, Cookies, SignedIn } from '#http'
import { problem } from '../errors.ts'
import { type Origin, originOf } from '../login/origin.ts'
import { changeSessionSecret, deleteSession, insertUserSession, renewSession } from '../store/browser-session.ts'
import { insertLoginEvent } from '../store/login-event.ts'
import type { AccountTables } from '../store/tables.ts'
import { endLogins, findUser } from '../store/user.ts'
import type { User } from '../user.ts'
import { COOKIE_SECONDS } from '../visitors/visitors.ts'

export type Sessions = {
  /**
   * Puts a user who has just proved who they are into this browser. The session gets a new secret whatever there was
   * before (fixation, security §9.5): what a guest's or another user's cookie opened is closed.
   *
   * @param how.amr what they proved it with, by RFC 8176
   * @param how.loginEpoch of the user when it was proved: a password changed since then ends this sign-in as well
   * @throws Problem `sign_in_outdated`
   */
  signIn(
    request: FastifyRequest,
    reply: FastifyReply,
    userId: string,
    how: { readonly amr: readonly string[]; readonly loginEpoch?: number },
  ): Promise<Caller>
  /** A new secret for the session of this browser: something about how its user signs in has changed (security §10.16). */
  changeSecret(request: FastifyRequest, reply: FastifyReply): Promise<void>
  /**
   * Ends the session of this browser, and all login tokens of its user. A guest's is left alone: it is all that leads to
   * what the guest has, and nobody had signed in.
   */
  signOut(request: FastifyRequest, reply: FastifyReply): Promise<void>
  /** The same for a user's session that is not the one of this request. */
  endSession(caller: Pick<Caller, 'ownerId' | 'sessionId'>, from: Origin): Promise<void>
}

export function createSessions(deps: { tables: Kysely<AccountTables>; cookies: Cookies }): Sessions {
  const { tables, cookies } = deps

  /** The session of the same user goes on, under the `sid` that apps know it by. */
  async function renew(before: Caller | null, user: User, secretHash: Buffer, amr: readonly string[]) {
    if (before?.ownerId !== user.id) return undefined
    const session = { id: before.sessionId, ownerId: user.id, secretHash, amr }
    const renewed = await renewSession(tables, session)
    return renewed && { sessionId: before.sessionId, sid: renewed.publicId, authTime: renewed.authTime }
  }

  async function begin(request: FastifyRequest, user: User, secretHash: Buffer, amr: readonly string[]) {
    const [sessionId, sid] = [newId(), randomToken().slice(0, 22)]
    const authTime = await insertUserSession(tables, {
      ...{ id: sessionId, publicId: sid, secretHash, ownerId: user.id, loginEpoch: user.loginEpoch, amr },
      ...originOf(request),
      replaces: request.caller?.sessionId,
    })
    return authTime && { sessionId, sid, authTime }
  }

  async function endSession({ ownerId, sessionId }: Pick<Caller, 'ownerId' | 'sessionId'>, from: Origin) {
    await deleteSession(tables, { id: sessionId, ownerId })
    await endLogins(tables, ownerId)
    await insertLoginEvent(tables, { id: newId(), ownerId, outcome: 'logged_out', method: 'session', ...from })
  }

  return {
    endSession,
    async signIn(request, reply, userId, { amr, loginEpoch }) {
      const user = await findUser(tables, userId)
      const secret = randomToken()
      const session =
        user && user.loginEpoch === (loginEpoch ?? user.loginEpoch)
          ? ((await renew(request.caller, user, hashSecret(secret), amr)) ??
            (await begin(request, user, hashSecret(secret), amr)))
          : undefined
      if (!user || !session) throw problem('sign_in_outdated', 'Sign in again.')
      const { sessionId, sid, authTime } = session
      const { publicId, username, isAdmin } = user
      const signedIn: SignedIn = { publicId, username, isAdmin, authTime, amr, sid }
      request.caller = { ownerId: user.id, kind: 'user', sessionId, user: signedIn }
      cookies.session.set(reply, secret, COOKIE_SECONDS)
      return request.caller
    },
    async changeSecret({ caller }, reply) {
      if (!caller) return
      const secret = randomToken()
      const session = { id: caller.sessionId, ownerId: caller.ownerId, secretHash: hashSecret(secret) }
      if (await changeSessionSecret(tables, session)) cookies.session.set(reply, secret, COOKIE_SECONDS)
    },
    async signOut(request, reply) {
      const { caller } = request
      if (caller?.kind === 'guest') return
      cookies.session.clear(reply)
      request.caller = null
      if (caller) await endSession(caller, originOf(request))
    },
  }
}
