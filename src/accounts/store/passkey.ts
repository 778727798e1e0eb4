import { type Kysely, sql } from 'kysely'
import { isSessionThere } from './browser-session.ts'
import type { Note } from './note.ts'
import type { AccountTables } from './tables.ts'

/** A passkey as its owner sees it. */
export type PasskeyView = {
  readonly id: string
  readonly name: string
  /** Kept by the person's account at a platform or password manager, and so on all their devices. */
  readonly isSynced: boolean
  readonly createdAt: Date
  readonly usedAt: Date | null
}

/** The latest first, by the index on the owner. */
export function listPasskeys(tables: Kysely<AccountTables>, ownerId: string): Promise<PasskeyView[]> {
  return tables
    .selectFrom('passkey')
    .select(['id', 'name', 'is_synced as isSynced', 'created_at as createdAt', 'used_at as usedAt'])
    .where('owner_id', '=', ownerId)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .execute()
}

export type NewPasskey = {
  readonly id: string
  readonly ownerId: string
  /** In which it is added. */
  readonly sessionId: string
  /** As the authenticator names it, base64url. */
  readonly credentialId: string
  /** COSE_Key (RFC 9052 §7). */
  readonly publicKey: Buffer
  readonly signCount: number
  readonly transports: readonly string[]
  readonly isSynced: boolean
  readonly name: string
}

/**
 * The lock on the account makes additions wait for each other, so that `most` holds whatever is sent at once.
 *
 * @returns false when the key is somebody's already, there are `most` of them, or the session has ended meanwhile
 */
export function insertPasskey(
  tables: Kysely<AccountTables>,
  passkey: NewPasskey,
  { most, note }: { readonly most: number; readonly note: Note },
): Promise<boolean> {
  return tables.transaction().execute(async (trx) => {
    await trx.selectFrom('user_account').select('id').where('id', '=', passkey.ownerId).forNoKeyUpdate().execute()
    if (!(await isSessionThere(trx, { id: passkey.sessionId, ownerId: passkey.ownerId }))) return false
    if ((await listPasskeys(trx, passkey.ownerId)).length >= most) return false
    const { numInsertedOrUpdatedRows } = await trx
      .insertInto('passkey')
      .values({
        id: passkey.id,
        owner_id: passkey.ownerId,
        credential_id: passkey.credentialId,
        public_key: passkey.publicKey,
        sign_count: passkey.signCount,
        transports: [...passkey.transports],
        is_synced: passkey.isSynced,
        name: passkey.name,
      })
      .onConflict((conflict) => conflict.column('credential_id').doNothing())
      .executeTakeFirst()
    if (numInsertedOrUpdatedRows !== 1n) return false
    await note(trx)
    return true
  })
}

export type StoredPasskey = {
  readonly id: string
  readonly ownerId: string
  readonly credentialId: string
  readonly publicKey: Buffer
  readonly signCount: number
  readonly transports: string[]
}

const stored = (tables: Kysely<AccountTables>) =>
  tables
    .selectFrom('passkey')
    .select([
      'id',
      'owner_id as ownerId',
      'credential_id as credentialId',
      'public_key as publicKey',
      sql<number>`sign_count::float8`.as('signCount'),
      'transports',
    ])

/** By the unique index on `credential_id`. */
export function findPasskey(tables: Kysely<AccountTables>, credentialId: string): Promise<StoredPasskey | undefined> {
  return stored(tables).where('credential_id', '=', credentialId).executeTakeFirst()
}

export function findPasskeysOf(tables: Kysely<AccountTables>, ownerId: string): Promise<StoredPasskey[]> {
  return stored(tables).where('owner_id', '=', ownerId).execute()
}

/**
 * Notes a use (WebAuthn §7.2, step 22): a counter that does not go up, where there is one, is of a copy of the key. In
 * one statement, so that of two at once with the same count one is refused.
 */
export async function notePasskeyUse(
  tables: Kysely<AccountTables>,
  use: { readonly id: string; readonly signCount: number; readonly isSynced: boolean },
): Promise<boolean> {
  const { numUpdatedRows } = await tables
    .updateTable('passkey')
    .set({ sign_count: use.signCount, is_synced: use.isSynced, used_at: sql<Date>`trivet.clock()` })
    .where('id', '=', use.id)
    .where(sql<boolean>`(sign_count < ${use.signCount}::bigint or (sign_count = 0 and ${use.signCount}::bigint = 0))`)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

type OwnPasskey = { readonly id: string; readonly ownerId: string }

export async function renamePasskey(tables: Kysely<AccountTables>, { id, ownerId }: OwnPasskey, name: string) {
  const query = tables.updateTable('passkey').set({ name }).where('id', '=', id).where('owner_id', '=', ownerId)
  return (await query.executeTakeFirst()).numUpdatedRows > 0n
}

/** @returns its name */
export async function deletePasskey(tables: Kysely<AccountTables>, passkey: OwnPasskey): Promise<string | undefined> {
  const row = await tables
    .deleteFrom('passkey')
    .where('id', '=', passkey.id)
    .where('owner_id', '=', passkey.ownerId)
    .returning('name')
    .executeTakeFirst()
  return row?.name
}
