import { type Kysely, sql } from 'kysely'
import type { AccountTables } from './tables.ts'

/** @returns whether it was one of theirs and unused until now; of two at once, one gets true */
export async function useRecoveryCode(
  tables: Kysely<AccountTables>,
  code: { readonly ownerId: string; readonly hash: Buffer },
): Promise<boolean> {
  const { numUpdatedRows } = await tables
    .updateTable('recovery_code')
    .set({ used_at: sql<Date>`trivet.clock()` })
    .where('owner_id', '=', code.ownerId)
    .where('code_hash', '=', code.hash)
    .where('used_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

export async function countRecoveryCodes(tables: Kysely<AccountTables>, ownerId: string): Promise<number> {
  const { left } = await tables
    .selectFrom('recovery_code')
    .select(sql<number>`count(*)::int`.as('left'))
    .where('owner_id', '=', ownerId)
    .where('used_at', 'is', null)
    .executeTakeFirstOrThrow()
  return left
}
