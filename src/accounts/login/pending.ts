import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Kysely } from 'kysely'
import { newId } from '#base'
import { hashSecret, randomToken } from '#crypto'
import type { Cookies } from '#http'
import {
  deletePendingSignIn,
  findPendingSignIn,
  insertPendingSignIn,
  type PendingSignIn,
} from '../store/pending-sign-in.ts'
import type { AccountTables } from '../store/tables.ts'

/** Long enough to look for a phone. */
const SECONDS = 10 * 60

/**
 * Sign-ins of which one factor of two has been shown. They are in a cookie of their own, which opens nothing: until the
 * second is shown, this browser is who it was before (security §9.18, §10.16).
 */
export type PendingSignIns = {
  begin(request: FastifyRequest, reply: FastifyReply, pending: Omit<PendingSignIn, 'id'>): Promise<void>
  find(request: FastifyRequest): Promise<PendingSignIn | undefined>
  /** @returns false when it was ended meanwhile, in another tab */
  end(reply: FastifyReply, pending: PendingSignIn): Promise<boolean>
}

export function createPendingSignIns(deps: { tables: Kysely<AccountTables>; cookies: Cookies }): PendingSignIns {
  const { tables, cookies } = deps

  async function find(request: FastifyRequest): Promise<PendingSignIn | undefined> {
    const secret = cookies.pending.get(request)
    return secret === undefined ? undefined : findPendingSignIn(tables, hashSecret(secret))
  }

  return {
    find,
    async begin(request, reply, pending) {
      const before = await find(request)
      if (before) await deletePendingSignIn(tables, before.id)
      const secret = randomToken()
      await insertPendingSignIn(tables, { ...pending, id: newId(), secretHash: hashSecret(secret), seconds: SECONDS })
      cookies.pending.set(reply, secret, SECONDS)
    },
    end(reply, { id }) {
      cookies.pending.clear(reply)
      return deletePendingSignIn(tables, id)
    },
  }
}
