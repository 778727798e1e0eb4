import { type Kysely, sql } from 'kysely'
import type { AccountTables } from './tables.ts'

/** Passkeys and linked identities, by what a new password by letter does to them. */
export type WaysAfterReset = { readonly removed: number; readonly kept: number }

/** Of whoever had the account before its mailbox said anything: perhaps of somebody else. */
const ADDED = {
  passkey: sql<boolean>`passkey.created_at < coalesce(account.email_verified_at, 'infinity')`,
  identity: sql<boolean>`login_identity.linked_at < coalesce(account.email_verified_at, 'infinity')`,
}

/** @param cookieHash of a link that was opened; one that is no letter removes nothing */
export async function findWaysAfterReset(
  tables: Kysely<AccountTables>,
  cookieHash: Buffer,
): Promise<WaysAfterReset | undefined> {
  const row = await tables
    .selectFrom('password_reset as reset')
    .innerJoin('user_account as account', 'account.id', 'reset.owner_id')
    .select([
      'reset.way',
      sql<number>`((select count(*) from trivet.passkey where owner_id = account.id)
        + (select count(*) from trivet.login_identity where owner_id = account.id))::int`.as('all'),
      sql<number>`((select count(*) from trivet.passkey where owner_id = account.id and ${ADDED.passkey})
        + (select count(*) from trivet.login_identity where owner_id = account.id and ${ADDED.identity}))::int`.as(
        'unproved',
      ),
    ])
    .where('reset.cookie_hash', '=', cookieHash)
    .executeTakeFirst()
  if (!row) return undefined
  const removed = row.way === 'mail' ? row.unproved : 0
  return { removed, kept: row.all - removed }
}

/**
 * Takes away what was added to an account before its address was confirmed: whoever registers with somebody else's
 * address must not keep a way in once its owner has the account (pre-hijacking, Sudhodanan and Paverd 2022, "trojan
 * identifier"). In the transaction that holds the account.
 *
 * @returns how many passkeys and identities went
 */
export async function deleteUnprovedWays(trx: Kysely<AccountTables>, ownerId: string): Promise<number> {
  const passkeys = await trx
    .deleteFrom('passkey')
    .using('user_account as account')
    .whereRef('account.id', '=', 'owner_id')
    .where('owner_id', '=', ownerId)
    .where(ADDED.passkey)
    .executeTakeFirst()
  const identities = await trx
    .deleteFrom('login_identity')
    .using('user_account as account')
    .whereRef('account.id', '=', 'owner_id')
    .where('owner_id', '=', ownerId)
    .where(ADDED.identity)
    .executeTakeFirst()
  return Number(passkeys.numDeletedRows + identities.numDeletedRows)
}
