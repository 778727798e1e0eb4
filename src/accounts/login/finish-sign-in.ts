import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Kysely } from 'kysely'
import { newId } from '#base'
import type { Accounts } from '../accounts.ts'
import type { SecondFactor } from '../factors/second-factor.ts'
import type { GuestMerge } from '../merge/guest-merge.ts'
import { insertLoginEvent } from '../store/login-event.ts'
import type { AccountTables } from '../store/tables.ts'
import type { User } from '../user.ts'
import { originOf } from './origin.ts'
import type { PendingSignIns } from './pending.ts'
import { afterSignIn, type WayOn, withWayOn } from './way-on.ts'

/** Somebody who has proved who they are, by whatever means. */
export type Proof = {
  readonly user: Pick<User, 'id' | 'loginEpoch'>
  /** What they proved it with, by RFC 8176; `mfa` when it was more than one factor, and we saw both of them. */
  readonly amr: readonly string[]
  readonly way: WayOn
}

/**
 * All that follows once somebody has proved who they are on a page: every way to sign in ends here. Whoever has a second
 * factor and has not shown it is not signed in yet.
 *
 * @returns the path to go to, by 303
 * @throws Problem `sign_in_outdated`
 */
export type FinishSignIn = (request: FastifyRequest, reply: FastifyReply, proof: Proof) => Promise<string>

export function createFinishSignIn(deps: {
  tables: Kysely<AccountTables>
  accounts: Pick<Accounts, 'signIn'>
  secondFactor: SecondFactor
  pendingSignIns: PendingSignIns
  guestMerge: Pick<GuestMerge, 'offered'>
}): FinishSignIn {
  return async (request, reply, { user, amr, way }) => {
    if (!amr.includes('mfa') && (await deps.secondFactor.state(user.id)).state === 'on') {
      await deps.pendingSignIns.begin(request, reply, { ownerId: user.id, loginEpoch: user.loginEpoch, amr, way })
      const event = { id: newId(), ownerId: user.id, outcome: 'half' as const, method: 'second_factor' }
      await insertLoginEvent(deps.tables, { ...event, ...originOf(request) })
      return '/login/code'
    }
    const wasGuest = request.caller?.kind === 'guest'
    const caller = await deps.accounts.signIn(request, reply, user.id, { amr, loginEpoch: user.loginEpoch })
    const session = { id: caller.sessionId, ownerId: caller.ownerId }
    const isAsked = wasGuest && (await deps.guestMerge.offered(session)).length > 0
    return isAsked ? withWayOn('/account/merge', way) : afterSignIn(way)
  }
}
