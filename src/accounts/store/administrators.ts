import type { Kysely } from 'kysely'
import type { AccountTables } from './tables.ts'

/**
 * Whether nobody could open the console without this account. In a transaction that takes it away: administrators are
 * locked, so that of two who go at the same time one stays.
 */
export async function isLastAdministrator(trx: Kysely<AccountTables>, id: string): Promise<boolean> {
  const account = await trx.selectFrom('user_account').select('is_admin').where('id', '=', id).executeTakeFirst()
  if (!account?.is_admin) return false
  const live = await trx
    .selectFrom('user_account')
    .select('id')
    .where('is_admin', '=', true)
    .where('disabled_at', 'is', null)
    .where('erasing_at', 'is', null)
    .orderBy('id')
    .forNoKeyUpdate()
    .execute()
  return live.length === 1 && live[0]?.id === id
}
