import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Accounts } from '../accounts.ts'
import type { User } from '../user.ts'
import { afterSignIn, type WayOn } from './way-on.ts'

/** Somebody who has proved who they are, by whatever means. */
export type Proof = {
  readonly user: Pick<User, 'id' | 'loginEpoch'>
  /** What they proved it with, by RFC 8176. */
  readonly amr: readonly string[]
  readonly way: WayOn
}

/**
 * All that follows once somebody has proved who they are on a page: every way to sign in ends here.
 *
 * @returns the path to go to, by 303
 * @throws Problem `sign_in_outdated`
 */
export type FinishSignIn = (request: FastifyRequest, reply: FastifyReply, proof: Proof) => Promise<string>

export function createFinishSignIn(deps: { accounts: Pick<Accounts, 'signIn'> }): FinishSignIn {
  return async (request, reply, { user, amr, way }) => {
    await deps.accounts.signIn(request, reply, user.id, { amr, loginEpoch: user.loginEpoch })
    return afterSignIn(way)
  }
}
