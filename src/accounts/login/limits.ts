import { createHmac } from 'node:crypto'
import type { Kysely } from 'kysely'
import { blockedFor, countFailure, type FailureRule, forgetUnlessBlocked } from '../store/login-failure.ts'
import type { AccountTables } from '../store/tables.ts'
import { networkOf } from './origin.ts'

/**
 * Wrong passwords, counted in PostgreSQL: for all processes together, over restarts. Ten wrong ones for a name are free,
 * then each costs a pause that doubles from 30 s to 15 min: about a hundred guesses a day, from however many addresses.
 * Who is at a blocked name with the right password waits as well, or the answer would tell that it is the right one.
 */
export type LoginLimits = {
  /** Seconds to wait before the next attempt; 0 for none. */
  wait(attempt: Keys): Promise<number>
  /** Counts a wrong password. `over`: a block began while it was being checked, so it is not to be answered. */
  fail(attempt: Keys): Promise<{ over: boolean; blocks: boolean }>
  /**
   * Forgets the failures of a name whose password was given. Those of the address stay: one's own account is no way out.
   *
   * @returns seconds to wait, when a block began while it was being checked: then nothing is forgotten, nor answered
   */
  pass(attempt: Keys): Promise<number>
  keys(folded: string, address: string): Keys
  /**
   * Of who is signed in and proves it again, apart from those at the sign-in: what strangers try there does not keep
   * anybody from their own account.
   */
  keysOfConfirmation(folded: string, address: string): Keys
  /** Of codes, apart from passwords: a right password does not make wrong codes forgotten. */
  keysOfCode(ownerId: string, address: string): Keys
}

export type Keys = { readonly name: string; readonly network: string }

const NAME: FailureRule = { free: 10, windowSeconds: 24 * 3600, firstSeconds: 30, mostSeconds: 15 * 60 }
/** Many people may be behind one address, so that it takes more. */
const NETWORK: FailureRule = { free: 50, windowSeconds: 3600, firstSeconds: 30, mostSeconds: 15 * 60 }

export function createLoginLimits(deps: { tables: Kysely<AccountTables>; key: Buffer }): LoginLimits {
  const { tables } = deps
  const hash = (kind: string, text: string) =>
    createHmac('sha256', deps.key).update(`${kind}:${text}`).digest('base64url')

  return {
    keys: (folded, address) => ({ name: hash('name', folded), network: hash('network', networkOf(address)) }),
    keysOfConfirmation: (folded, address) => ({
      ...{ name: hash('confirmation', folded), network: hash('network', networkOf(address)) },
    }),
    keysOfCode: (ownerId, address) => ({ name: hash('code', ownerId), network: hash('network', networkOf(address)) }),
    wait: ({ name, network }) => blockedFor(tables, [name, network]),
    async fail({ name, network }) {
      const both = await Promise.all([countFailure(tables, name, NAME), countFailure(tables, network, NETWORK)])
      return { over: both.some(({ counted }) => !counted), blocks: both.some(({ blocks }) => blocks) }
    },
    pass: ({ name, network }) => forgetUnlessBlocked(tables, name, [name, network]),
  }
}
