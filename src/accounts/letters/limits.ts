import { createHmac } from 'node:crypto'
import type { Kysely } from 'kysely'
import { networkOf } from '../login/origin.ts'
import { blockedFor, countFailure, type FailureRule } from '../store/login-failure.ts'
import type { AccountTables } from '../store/tables.ts'

/**
 * Letters that strangers can cause, counted in PostgreSQL per address and per network (ASVS 5.0, 6.3.1): so that nobody
 * fills somebody's mailbox from here. Counted is what was typed, so that the answer tells of no account.
 */
export type LetterLimits = {
  /** Counts one more. @returns seconds to wait when it was one too many: then it is not to be sent; else 0 */
  take(kind: 'reset' | 'verification', to: { readonly email: string; readonly address: string }): Promise<number>
}

/** The third in an hour is the last for a quarter of an hour, each further one for twice as long. */
const ADDRESS: FailureRule = { free: 3, windowSeconds: 3600, firstSeconds: 900, mostSeconds: 3600 }
/** Many people may be behind one network. */
const NETWORK: FailureRule = { free: 20, windowSeconds: 3600, firstSeconds: 60, mostSeconds: 900 }

export function createLetterLimits(deps: { tables: Kysely<AccountTables>; key: Buffer }): LetterLimits {
  const { tables } = deps
  const hash = (kind: string, text: string) =>
    createHmac('sha256', deps.key).update(`${kind}:${text}`).digest('base64url')

  return {
    async take(kind, { email, address }) {
      const mailbox = hash(`${kind} mailbox`, email.toLowerCase())
      const network = hash(`${kind} network`, networkOf(address))
      const wait = await blockedFor(tables, [mailbox, network])
      if (wait > 0) return wait
      const counts = await Promise.all([countFailure(tables, mailbox, ADDRESS), countFailure(tables, network, NETWORK)])
      // Others at the same moment were one too many.
      return counts.every(({ counted }) => counted) ? 0 : Math.max(1, await blockedFor(tables, [mailbox, network]))
    },
  }
}
