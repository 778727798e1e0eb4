import { type Kysely, sql } from 'kysely'
import type { AccountTables, LoginOutcome } from './tables.ts'

export type NewLoginEvent = {
  readonly id: string
  /** Null for a name that nobody has. */
  readonly ownerId: string | null
  readonly outcome: LoginOutcome
  readonly method: string
  readonly address: string
  readonly userAgent: string
}

export async function insertLoginEvent(tables: Kysely<AccountTables>, event: NewLoginEvent): Promise<void> {
  const { id, ownerId, outcome, method, address, userAgent } = event
  await tables
    .insertInto('login_event')
    .values((rows) => ({
      id,
      // Null when the account has been deleted meanwhile.
      owner_id: rows.selectFrom('user_account').select('id').where('id', '=', ownerId),
      outcome,
      method,
      address,
      user_agent: userAgent,
    }))
    .execute()
}

export type LoginEvent = {
  readonly outcome: LoginOutcome
  readonly method: string
  readonly address: string
  readonly userAgent: string
  readonly at: Date
}

/** The latest first, by the index on owner and time. */
export function listLoginEvents(tables: Kysely<AccountTables>, ownerId: string, most: number): Promise<LoginEvent[]> {
  return tables
    .selectFrom('login_event')
    .select(['outcome', 'method', 'address', 'user_agent as userAgent', 'at'])
    .where('owner_id', '=', ownerId)
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(most)
    .execute()
}

export async function deleteOldLoginEvents(tables: Kysely<AccountTables>): Promise<void> {
  await tables.deleteFrom('login_event').where(sql<boolean>`at < trivet.clock() - interval '90 days'`).execute()
}
