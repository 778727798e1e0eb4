import { type Kysely, sql } from 'kysely'
import type { IdentityKey } from '../identities/identity.ts'
import type { AccountTables } from './tables.ts'

export type LoginIdentity = {
  readonly id: string
  readonly ownerId: string
  readonly provider: string
  readonly issuer: string
  readonly name: string
  readonly linkedAt: Date
  readonly usedAt: Date | null
}

const COLUMNS = [
  'id',
  'owner_id as ownerId',
  'provider',
  'issuer',
  'name',
  'linked_at as linkedAt',
  'used_at as usedAt',
] as const

/** By the unique index on issuer and subject. */
export function findIdentity(tables: Kysely<AccountTables>, key: IdentityKey): Promise<LoginIdentity | undefined> {
  return tables
    .selectFrom('login_identity')
    .select(COLUMNS)
    .where('issuer', '=', key.issuer)
    .where('subject', '=', key.subject)
    .executeTakeFirst()
}

/** The oldest first. */
export function listIdentities(tables: Kysely<AccountTables>, ownerId: string): Promise<LoginIdentity[]> {
  return tables
    .selectFrom('login_identity')
    .select(COLUMNS)
    .where('owner_id', '=', ownerId)
    .orderBy('linked_at')
    .orderBy('id')
    .execute()
}

/** False when somebody has it already, whoever was first by a moment. */
export async function insertIdentity(
  tables: Kysely<AccountTables>,
  identity: IdentityKey & {
    readonly id: string
    readonly ownerId: string
    readonly provider: string
    readonly name: string
  },
): Promise<boolean> {
  const { id, ownerId, provider, issuer, subject, name } = identity
  const result = await tables
    .insertInto('login_identity')
    .values({ id, owner_id: ownerId, provider, issuer, subject, name })
    .onConflict((conflict) => conflict.columns(['issuer', 'subject']).doNothing())
    .executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}

/** It has just signed somebody in, under the name that it has by now. */
export async function touchIdentity(
  tables: Kysely<AccountTables>,
  identity: { readonly id: string; readonly name: string },
): Promise<void> {
  await tables
    .updateTable('login_identity')
    .set({ name: identity.name, used_at: sql`trivet.clock()` })
    .where('id', '=', identity.id)
    .execute()
}

/** Whether it signs anybody in here; `except` is an owner who goes, and whose identities go too. */
export async function isIdentityHeld(
  tables: Kysely<AccountTables>,
  key: IdentityKey,
  except: string | undefined,
): Promise<boolean> {
  const row = await findIdentity(tables, key)
  return row !== undefined && row.ownerId !== except
}

/** Of somebody else, or none at all: the same. */
export function findIdentityOfOwner(
  tables: Kysely<AccountTables>,
  key: { readonly id: string; readonly ownerId: string },
): Promise<LoginIdentity | undefined> {
  return tables
    .selectFrom('login_identity')
    .select(COLUMNS)
    .where('id', '=', key.id)
    .where('owner_id', '=', key.ownerId)
    .executeTakeFirst()
}

export async function deleteIdentity(tables: Kysely<AccountTables>, id: string): Promise<void> {
  await tables.deleteFrom('login_identity').where('id', '=', id).execute()
}
