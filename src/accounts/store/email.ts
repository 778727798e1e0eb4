import { type Kysely, sql } from 'kysely'
import type { Note } from './note.ts'
import type { AccountTables } from './tables.ts'

/**
 * Accounts with an address, which is nobody's alone: whoever may sign in. First those whose mailbox said that it is
 * theirs, so that nobody pushes them out with accounts made in that address; then the oldest. By the index on
 * `email_folded`.
 */
export async function listUsersByEmail(
  tables: Kysely<AccountTables>,
  folded: string,
  most: number,
): Promise<{ id: string; email: string }[]> {
  return tables
    .selectFrom('user_account')
    .select(['id', sql<string>`email`.as('email')])
    .where('email_folded', '=', folded)
    .where('kind', '=', 'user')
    .where('disabled_at', 'is', null)
    .where('erasing_at', 'is', null)
    .orderBy(sql`email_verified_at is null`)
    .orderBy('created_at')
    .limit(most)
    .execute()
}

export async function insertEmailVerification(
  tables: Kysely<AccountTables>,
  verification: {
    readonly id: string
    readonly ownerId: string
    readonly tokenHash: Buffer
    readonly email: string
    readonly seconds: number
  },
): Promise<void> {
  const { id, ownerId, tokenHash, email, seconds } = verification
  await tables
    .insertInto('email_verification')
    .values({
      ...{ id, owner_id: ownerId, token_hash: tokenHash, email },
      ends_at: sql`trivet.clock() + make_interval(secs => ${seconds})`,
    })
    .execute()
}

type Verification = { readonly tokenHash: Buffer; readonly ownerId: string }

/** The address that a link confirms: of this user, as long as it is still theirs. */
export async function findEmailVerification(
  tables: Kysely<AccountTables>,
  { tokenHash, ownerId }: Verification,
): Promise<string | undefined> {
  const row = await tables
    .selectFrom('email_verification as verification')
    .innerJoin('user_account as account', (join) =>
      join.onRef('account.id', '=', 'verification.owner_id').onRef('account.email', '=', 'verification.email'),
    )
    .select('verification.email')
    .where('verification.token_hash', '=', tokenHash)
    .where('verification.owner_id', '=', ownerId)
    .where(sql<boolean>`verification.ends_at > trivet.clock()`)
    .executeTakeFirst()
  return row?.email
}

/** @returns whether the address is confirmed now; not when it was changed since the link was sent */
export function confirmEmail(
  tables: Kysely<AccountTables>,
  { tokenHash, ownerId, note }: Verification & { readonly note: Note },
): Promise<boolean> {
  return tables.transaction().execute(async (trx) => {
    const used = await trx
      .deleteFrom('email_verification')
      .where('token_hash', '=', tokenHash)
      .where('owner_id', '=', ownerId)
      .where(sql<boolean>`ends_at > trivet.clock()`)
      .returning('email')
      .executeTakeFirst()
    if (!used) return false
    const changed = await trx
      .updateTable('user_account')
      // It is a claim that apps are told of: `updated_at` of OpenID Connect Core §5.1 moves with it.
      .set({ email_verified_at: sql`trivet.clock()`, updated_at: sql`trivet.clock()` })
      .where('id', '=', ownerId)
      .where('email', '=', used.email)
      .executeTakeFirst()
    if (changed.numUpdatedRows === 0n) return false
    await trx.deleteFrom('email_verification').where('owner_id', '=', ownerId).execute()
    await note(trx)
    return true
  })
}

export async function deleteEndedVerifications(tables: Kysely<AccountTables>): Promise<void> {
  await tables.deleteFrom('email_verification').where(sql<boolean>`ends_at < trivet.clock()`).execute()
}
