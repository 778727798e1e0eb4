import { type Kysely, sql } from 'kysely'
import { expiryIn } from './expiry.ts'
import type { ConnectionTables } from './tables.ts'

/** Short, because its holder may be killed: who lives prolongs it every second, see `prolongLease`. */
const LEASE = sql<Date>`trivet.clock() + interval '4 seconds'`

/**
 * Takes the right to renew a connection, unless somebody has it or the last failure is too fresh. The holder's name is
 * new each time, so that nobody can release the lease of another.
 */
export async function takeLease(
  tables: Kysely<ConnectionTables>,
  lease: { readonly connectionId: string; readonly holder: string },
): Promise<boolean> {
  const result = await tables
    .updateTable('connection')
    .set({ lease_owner: lease.holder, lease_until: LEASE })
    .where('id', '=', lease.connectionId)
    .where(sql<boolean>`(lease_until is null or lease_until < trivet.clock())`)
    .where(sql<boolean>`(retry_not_before is null or retry_not_before <= trivet.clock())`)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

/** The holder is still at it. Does nothing for one that has lost its lease. */
export async function prolongLease(
  tables: Kysely<ConnectionTables>,
  lease: { readonly connectionId: string; readonly holder: string },
): Promise<void> {
  await tables
    .updateTable('connection')
    .set({ lease_until: LEASE })
    .where('id', '=', lease.connectionId)
    .where('lease_owner', '=', lease.holder)
    .execute()
}

export async function releaseLease(
  tables: Kysely<ConnectionTables>,
  lease: { readonly connectionId: string; readonly holder: string },
): Promise<void> {
  await tables
    .updateTable('connection')
    .set({ lease_owner: null, lease_until: null })
    .where('id', '=', lease.connectionId)
    .where('lease_owner', '=', lease.holder)
    .execute()
}

/**
 * Stores what a refresh brought. Guarded by the version and not by the lease: a late but good answer must never be
 * thrown away. And by the owner that the tokens are sealed for. False: a newer version is there, the row is gone, or it
 * is somebody else's by now.
 */
export async function storeRenewed(
  tables: Kysely<ConnectionTables>,
  renewed: {
    readonly connectionId: string
    readonly ownerId: string
    readonly seenVersion: number
    readonly sealedAccessToken: string
    readonly sealedRefreshToken: string | null
    readonly expiresIn: number | null
    readonly grantedScopes: readonly string[] | null
  },
): Promise<boolean> {
  const result = await tables
    .updateTable('connection')
    .set({
      sealed_access_token: renewed.sealedAccessToken,
      ...(renewed.sealedRefreshToken === null ? {} : { sealed_refresh_token: renewed.sealedRefreshToken }),
      ...(renewed.grantedScopes === null ? {} : { granted_scopes: [...renewed.grantedScopes] }),
      access_expires_at: expiryIn(renewed.expiresIn),
      token_version: sql`token_version + 1`,
      status: 'active',
      reason: null,
      retry_not_before: null,
      refresh_failures: 0,
      last_failure: null,
      refreshed_at: sql`trivet.clock()`,
    })
    .where('id', '=', renewed.connectionId)
    .where('owner_id', '=', renewed.ownerId)
    .where('token_version', '=', renewed.seenVersion)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

/** A refused grant is of no further use, so its refresh token goes. False: the version has moved, it is not dead. */
export async function markDead(
  tables: Kysely<ConnectionTables>,
  dead: { readonly connectionId: string; readonly seenVersion: number; readonly reason: string },
): Promise<boolean> {
  const result = await tables
    .updateTable('connection')
    .set({ status: 'needs_reconnect', reason: dead.reason, sealed_refresh_token: null })
    .where('id', '=', dead.connectionId)
    .where('token_version', '=', dead.seenVersion)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

/** The provider wants nothing from an account for so many seconds, whoever here has it connected. */
export async function pauseAccount(
  tables: Kysely<ConnectionTables>,
  account: { readonly provider: string; readonly issuer: string; readonly accountId: string },
  seconds: number,
): Promise<void> {
  await tables
    .updateTable('connection')
    .set({
      calls_not_before: sql<Date>`greatest(calls_not_before, trivet.clock() + make_interval(secs => ${seconds}))`,
    })
    .where('provider', '=', account.provider)
    .where('issuer', '=', account.issuer)
    .where('account_id', '=', account.accountId)
    .execute()
}

/** Nobody tries again before the pause is over. */
export async function coolDown(
  tables: Kysely<ConnectionTables>,
  failed: {
    readonly connectionId: string
    readonly seenVersion: number
    readonly seconds: number
    readonly failure: string
  },
): Promise<void> {
  await tables
    .updateTable('connection')
    .set({
      retry_not_before: sql<Date>`trivet.clock() + make_interval(secs => ${failed.seconds})`,
      refresh_failures: sql`refresh_failures + 1`,
      last_failure: failed.failure,
    })
    .where('id', '=', failed.connectionId)
    .where('token_version', '=', failed.seenVersion)
    .execute()
}
