import { type Kysely, sql } from 'kysely'
import type { AuthorizationTables } from './tables.ts'

/** Grants of a user, of a client, or that a user gave a client. */
export type GrantsOf =
  | { readonly ownerId: string; readonly clientId?: string }
  | { readonly clientId: string; readonly ownerId?: undefined }

/** Ends them, and with them what was issued from them. By index `tinyoauth_grant_owner` where a user is named. */
export async function revokeGrantsOf(tables: Kysely<AuthorizationTables>, whose: GrantsOf): Promise<void> {
  let update = tables
    .updateTable('tinyoauth_grant')
    .set({ revoked_at: sql<Date>`trivet.clock()` })
    .where('revoked_at', 'is', null)
    .where(sql<boolean>`expires_at > trivet.clock()`)
  if (whose.ownerId !== undefined) update = update.where('owner_id', '=', whose.ownerId)
  if (whose.clientId !== undefined) update = update.where('client_id', '=', whose.clientId)
  await update.execute()
}
