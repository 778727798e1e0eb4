import { type Kysely, sql } from 'kysely'
import type { WayOn } from '../login/way-on.ts'
import type { AccountTables } from './tables.ts'

/** Somebody who has shown one factor of two, on their way to somewhere. */
export type PendingSignIn = {
  readonly id: string
  readonly ownerId: string
  /** Of the account when the first factor was shown. */
  readonly loginEpoch: number
  readonly amr: readonly string[]
  readonly way: WayOn
}

export async function insertPendingSignIn(
  tables: Kysely<AccountTables>,
  pending: PendingSignIn & { readonly secretHash: Buffer; readonly seconds: number },
): Promise<void> {
  await tables
    .insertInto('pending_sign_in')
    .values({
      id: pending.id,
      secret_hash: pending.secretHash,
      owner_id: pending.ownerId,
      login_epoch: pending.loginEpoch,
      amr: [...pending.amr],
      interaction: pending.way.interaction ?? null,
      return_to: pending.way.returnTo ?? null,
      ends_at: sql<Date>`trivet.clock() + make_interval(secs => ${pending.seconds})`,
    })
    .execute()
}

/** Not when the account has been changed, disabled or deleted since. */
export async function findPendingSignIn(
  tables: Kysely<AccountTables>,
  secretHash: Buffer,
): Promise<PendingSignIn | undefined> {
  const row = await tables
    .selectFrom('pending_sign_in as pending')
    .innerJoin('user_account as account', 'account.id', 'pending.owner_id')
    .select([
      'pending.id',
      'pending.owner_id as ownerId',
      'pending.login_epoch as loginEpoch',
      'pending.amr',
      'pending.interaction',
      'pending.return_to as returnTo',
    ])
    .where('pending.secret_hash', '=', secretHash)
    .where(sql<boolean>`pending.ends_at > trivet.clock()`)
    .where('account.disabled_at', 'is', null)
    .where('account.erasing_at', 'is', null)
    .where((where) => where('account.login_epoch', '=', where.ref('pending.login_epoch')))
    .executeTakeFirst()
  if (!row) return undefined
  const { interaction, returnTo, ...pending } = row
  return { ...pending, way: { interaction: interaction ?? undefined, returnTo: returnTo ?? undefined } }
}

/** @returns whether it was there: of two that end it at once, one gets true */
export async function deletePendingSignIn(tables: Kysely<AccountTables>, id: string): Promise<boolean> {
  const { numDeletedRows } = await tables.deleteFrom('pending_sign_in').where('id', '=', id).executeTakeFirst()
  return numDeletedRows > 0n
}

export async function deleteEndedPendingSignIns(tables: Kysely<AccountTables>): Promise<void> {
  await tables.deleteFrom('pending_sign_in').where(sql<boolean>`ends_at < trivet.clock()`).execute()
}
