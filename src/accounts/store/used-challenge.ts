import { type Kysely, sql } from 'kysely'
import type { AccountTables } from './tables.ts'

/** @returns `ended` when it is too late for it; `fresh` for one of two at once */
export async function useChallenge(
  tables: Kysely<AccountTables>,
  challenge: { readonly hash: Buffer; readonly endsAt: Date },
): Promise<'fresh' | 'used' | 'ended'> {
  const used = await tables
    .insertInto('used_challenge')
    .values({ challenge_hash: challenge.hash, ends_at: challenge.endsAt })
    .onConflict((conflict) => conflict.column('challenge_hash').doNothing())
    .returning(sql<boolean>`ends_at > trivet.clock()`.as('isAlive'))
    .executeTakeFirst()
  if (!used) return 'used'
  return used.isAlive ? 'fresh' : 'ended'
}

export async function deleteEndedChallenges(tables: Kysely<AccountTables>): Promise<void> {
  await tables.deleteFrom('used_challenge').where(sql<boolean>`ends_at < trivet.clock()`).execute()
}
