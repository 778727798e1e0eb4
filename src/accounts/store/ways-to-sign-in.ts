import { type Kysely, sql } from 'kysely'
import type { AccountTables } from './tables.ts'

/** By what somebody can sign in: nobody may be left without any. */
export type WaysToSignIn = {
  readonly hasPassword: boolean
  /** Issuers of linked identities, one for each identity; of providers that may no longer be set up, too. */
  readonly issuers: readonly string[]
  readonly passkeys: number
}

/** In one statement. Of a user who is not there: none. */
export async function findWaysToSignIn(tables: Kysely<AccountTables>, ownerId: string): Promise<WaysToSignIn> {
  const row = await tables
    .selectFrom('user_account')
    .select([
      sql<boolean>`password_hash is not null`.as('hasPassword'),
      sql<string[]>`array(select issuer from trivet.login_identity where owner_id = user_account.id)`.as('issuers'),
      sql<number>`(select count(*)::int from trivet.passkey where owner_id = user_account.id)`.as('passkeys'),
    ])
    .where('id', '=', ownerId)
    .executeTakeFirst()
  return row ?? { hasPassword: false, issuers: [], passkeys: 0 }
}

/** In a transaction that takes a way away: two of them at once cannot each leave the other's as the last one. */
export async function lockWaysToSignIn(trx: Kysely<AccountTables>, ownerId: string): Promise<WaysToSignIn> {
  await trx.selectFrom('user_account').select('id').where('id', '=', ownerId).forNoKeyUpdate().executeTakeFirst()
  return findWaysToSignIn(trx, ownerId)
}
