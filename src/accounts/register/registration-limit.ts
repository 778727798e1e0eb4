import { createHmac } from 'node:crypto'
import type { Kysely } from 'kysely'
import { networkOf } from '../login/origin.ts'
import { blockedFor, countFailure, type FailureRule } from '../store/login-failure.ts'
import type { AccountTables } from '../store/tables.ts'

/** New accounts, counted per network in PostgreSQL: for all processes together, over restarts. */
export type RegistrationLimit = {
  /** Counts one more. @returns seconds to wait when it was one too many: then no account is to be made; else 0 */
  take(address: string): Promise<number>
}

/** A class that signs up together has enough; the hundredth in an hour is the last for ten minutes. */
const NETWORK: FailureRule = { free: 100, windowSeconds: 3600, firstSeconds: 600, mostSeconds: 3600 }

export function createRegistrationLimit(deps: { tables: Kysely<AccountTables>; key: Buffer }): RegistrationLimit {
  return {
    async take(address) {
      const key = createHmac('sha256', deps.key)
        .update(`registration:${networkOf(address)}`)
        .digest('base64url')
      const { counted } = await countFailure(deps.tables, key, NETWORK)
      return counted ? 0 : Math.max(1, await blockedFor(deps.tables, [key]))
    },
  }
}

/** What somebody reads who has to wait. */
export function tooManyAccounts(seconds: number): string {
  const wait = seconds < 90 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`
  return `Too many accounts were made from your network. Wait ${wait}, then try again.`
}
