import { type Kysely, sql } from 'kysely'
import { type ConnectionRow, connectionColumns } from './connection.ts'
import type { ConnectionTables } from './tables.ts'

/** A row that nobody else changes, or renews, until the transaction ends. */
export type LockedConnection = ConnectionRow & {
  /** Somebody is renewing it right now. */
  readonly isLeased: boolean
}

/** In the order of their ids, so that two who lock the same ones wait for each other instead of for ever. */
export function lockConnections(
  tables: Kysely<ConnectionTables>,
  ownerIds: readonly string[],
): Promise<LockedConnection[]> {
  return tables
    .selectFrom('connection')
    .select(connectionColumns)
    .select(sql<boolean>`coalesce(lease_until > trivet.clock(), false)`.as('isLeased'))
    .where('owner_id', 'in', [...ownerIds])
    .orderBy('id')
    .forUpdate()
    .execute()
}

/** Sealed for the owner that they go to; what a move leaves as it was is not named: version, state and times. */
export type Resealed = { readonly sealedAccessToken: string; readonly sealedRefreshToken: string | null }

export async function giveConnection(
  tables: Kysely<ConnectionTables>,
  given: Resealed & { readonly id: string; readonly to: string },
): Promise<void> {
  await tables
    .updateTable('connection')
    .set({
      owner_id: given.to,
      sealed_access_token: given.sealedAccessToken,
      sealed_refresh_token: given.sealedRefreshToken,
    })
    .where('id', '=', given.id)
    .execute()
}

/**
 * Puts the grant of one connection into another one of the same account. The version moves on, as with new consent, so
 * that a late answer to the grant that was there cannot overwrite it.
 */
export async function takeGrantOf(
  tables: Kysely<ConnectionTables>,
  grant: Resealed & { readonly into: string; readonly from: string },
): Promise<void> {
  await tables
    .updateTable('connection as kept')
    .from('connection as taken')
    .set((eb) => ({
      status: eb.ref('taken.status'),
      reason: eb.ref('taken.reason'),
      account_name: eb.ref('taken.account_name'),
      account_picture: eb.ref('taken.account_picture'),
      requested_scopes: eb.ref('taken.requested_scopes'),
      granted_scopes: eb.ref('taken.granted_scopes'),
      sealed_access_token: grant.sealedAccessToken,
      sealed_refresh_token: grant.sealedRefreshToken,
      access_expires_at: eb.ref('taken.access_expires_at'),
      token_version: sql<number>`greatest(kept.token_version, taken.token_version) + 1`,
      retry_not_before: eb.ref('taken.retry_not_before'),
      refresh_failures: eb.ref('taken.refresh_failures'),
      last_failure: eb.ref('taken.last_failure'),
      calls_not_before: eb.ref('taken.calls_not_before'),
      connected_at: eb.ref('taken.connected_at'),
      refreshed_at: eb.ref('taken.refreshed_at'),
    }))
    .where('kept.id', '=', grant.into)
    .where('taken.id', '=', grant.from)
    .execute()
}

/** Only the row: the grant lives on in another one. */
export async function dropConnection(tables: Kysely<ConnectionTables>, id: string): Promise<void> {
  await tables.deleteFrom('connection').where('id', '=', id).execute()
}
