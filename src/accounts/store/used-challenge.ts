import { type Kysely, sql } from 'kysely'
import type { AccountTables } from './tables.ts'

/** @returns whether it was alive and unused until now; of two at once, one gets true */
export async function useChallenge(
  tables: Kysely<AccountTables>,
  challenge: { readonly hash: Buffer; readonly endsAt: Date },
): Promise<boolean> {
  const used = await tables
    .insertInto('used_challenge')
    .values({ challenge_hash: challenge.hash, ends_at: challenge.endsAt })
    .onConflict((conflict) => conflict.column('challenge_hash').doNothing())
    .returning(sql<boolean>`ends_at > trivet.clock()`.as('isAlive'))
    .executeTakeFirst()
  return used?.isAlive ?? false
}

export async function deleteEndedChallenges(tables: Kysely<AccountTables>): Promise<void> {
  await tables.deleteFrom('used_challenge').where(sql<boolean>`ends_at < trivet.clock()`).execute()
}
