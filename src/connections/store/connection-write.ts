import { type Kysely, sql } from 'kysely'
import type { Identity } from '../oauth/identity.ts'
import { type ConnectionRow, connectionColumns } from './connection.ts'
import { expiryIn } from './expiry.ts'
import type { ConnectionTables } from './tables.ts'

export type NewTokens = {
  readonly accountName: string
  readonly accountPicture: string | null
  readonly requestedScopes: readonly string[]
  readonly grantedScopes: readonly string[]
  readonly sealedAccessToken: string
  /** Null keeps the one that is there. */
  readonly sealedRefreshToken: string | null
  readonly expiresIn: number | null
}

/** False when this owner's row for the account came to be in the meantime. */
export async function insertConnection(
  tables: Kysely<ConnectionTables>,
  connection: NewTokens & {
    readonly id: string
    readonly ownerId: string
    readonly provider: string
    readonly issuer: string
    readonly accountId: string
  },
): Promise<boolean> {
  const result = await tables
    .insertInto('connection')
    .values({
      id: connection.id,
      owner_id: connection.ownerId,
      provider: connection.provider,
      issuer: connection.issuer,
      account_id: connection.accountId,
      account_name: connection.accountName,
      account_picture: connection.accountPicture,
      status: 'active',
      requested_scopes: [...connection.requestedScopes],
      granted_scopes: [...connection.grantedScopes],
      sealed_access_token: connection.sealedAccessToken,
      sealed_refresh_token: connection.sealedRefreshToken,
      access_expires_at: expiryIn(connection.expiresIn),
    })
    .onConflict((conflict) => conflict.columns(['owner_id', 'provider', 'issuer', 'account_id']).doNothing())
    .executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}

/** New consent for an account that is there already. The version moves on, so that a refresh under way cannot overwrite it. */
export async function reconnectConnection(
  tables: Kysely<ConnectionTables>,
  connection: NewTokens & { readonly id: string; readonly ownerId: string },
): Promise<boolean> {
  const result = await tables
    .updateTable('connection')
    .set({
      account_name: connection.accountName,
      account_picture: connection.accountPicture,
      status: 'active',
      reason: null,
      requested_scopes: [...connection.requestedScopes],
      granted_scopes: [...connection.grantedScopes],
      sealed_access_token: connection.sealedAccessToken,
      ...(connection.sealedRefreshToken === null ? {} : { sealed_refresh_token: connection.sealedRefreshToken }),
      access_expires_at: expiryIn(connection.expiresIn),
      token_version: sql`token_version + 1`,
      retry_not_before: null,
      refresh_failures: 0,
      last_failure: null,
      connected_at: sql`trivet.clock()`,
      refreshed_at: null,
    })
    .where('id', '=', connection.id)
    .where('owner_id', '=', connection.ownerId)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

export async function touchConnection(tables: Kysely<ConnectionTables>, id: string): Promise<void> {
  await tables.updateTable('connection').set({ used_at: sql`trivet.clock()` }).where('id', '=', id).execute()
}

/** Follows a name or picture that the person has changed there; writes nothing where nothing is new. */
export async function renameAccount(
  tables: Kysely<ConnectionTables>,
  renamed: {
    readonly connectionId: string
    readonly ownerId: string
    readonly identity: Identity
  },
): Promise<void> {
  const { id, name, picture } = renamed.identity
  await tables
    .updateTable('connection')
    .set({ account_name: name, account_picture: picture })
    .where('id', '=', renamed.connectionId)
    .where('owner_id', '=', renamed.ownerId)
    .where('account_id', '=', id)
    .where(sql<boolean>`(account_name, account_picture) is distinct from (${name}::text, ${picture}::text)`)
    .execute()
}

export function deleteConnection(
  tables: Kysely<ConnectionTables>,
  key: { readonly id: string; readonly ownerId: string },
): Promise<ConnectionRow | undefined> {
  return tables
    .deleteFrom('connection')
    .where('id', '=', key.id)
    .where('owner_id', '=', key.ownerId)
    .returning(connectionColumns)
    .executeTakeFirst()
}
