import type { Kysely } from 'kysely'
import type { Log } from '#base'
import type { ProviderCalls } from './calls/calls.ts'
import type { ConnectionsDeps } from './deps.ts'
import { revokeToken } from './oauth/revoke.ts'
import type { Provider } from './provider/provider.ts'
import { isValid } from './refresh/freshness.ts'
import { mayBeHeld } from './refresh/reasons.ts'
import { type ConnectionRow, isAccountConnected } from './store/connection.ts'
import { deleteConnection } from './store/connection-write.ts'
import type { ConnectionTables } from './store/tables.ts'
import type { Vault } from './vault/vault.ts'

/**
 * What became of the access at the provider: `revoked` there; `kept`, because somebody else here uses the same account
 * and a revocation would end theirs too; `kept_for_sign_in`, because somebody signs in here with it; `failed` to be
 * revoked; `none` was left or could be revoked.
 */
export type Upstream = 'revoked' | 'kept' | 'kept_for_sign_in' | 'failed' | 'none'

export type DisconnectDeps = {
  readonly tables: Kysely<ConnectionTables>
  readonly calls: ProviderCalls
  readonly vault: Vault
  readonly accounts: Pick<ConnectionsDeps['accounts'], 'identities'>
  readonly log: Log
}

/** Deletes an owner's connection, then gives the access back. Undefined: there is no such connection. */
export async function disconnect(
  deps: DisconnectDeps,
  provider: Provider,
  key: {
    readonly id: string
    readonly ownerId: string
    /** The owner is being erased, and what signs them in goes as well. */
    readonly ownerGoes?: boolean
  },
): Promise<Upstream | undefined> {
  // Deleted first: of two owners who leave at once, the later one sees nobody else and revokes.
  const row = await deleteConnection(deps.tables, key)
  if (!row) return undefined
  const { revoke } = provider.definition
  if (!revoke || row.issuer !== provider.config.issuer) return 'none'
  if (!mayBeHeld(row)) return 'none'
  if (revoke.drops === 'project' && (await isAccountConnected(deps.tables, row))) return 'kept'
  const { issuer, accountId: subject } = row
  const except = key.ownerGoes ? key.ownerId : undefined
  if (revoke.drops === 'project' && (await deps.accounts.identities.isHeld({ issuer, subject }, except))) {
    return 'kept_for_sign_in'
  }
  try {
    const isRevoked = await revokeToken(deps.calls, provider, openToken(deps, row))
    return isRevoked && saysOfGrant(row) ? 'revoked' : 'failed'
  } catch (error) {
    deps.log.warn({ provider: row.provider, error: String(error) }, 'Access could not be revoked at the provider')
    return 'failed'
  }
}

/** Of an access token that has ended every provider says that it is gone, whatever became of the grant. */
function saysOfGrant(row: ConnectionRow): boolean {
  return row.status === 'active' || row.sealedRefreshToken !== null || isValid(row)
}

/** The refresh token where there is one: ending that ends its access tokens too (RFC 7009 §2.1). */
function openToken(deps: DisconnectDeps, row: ConnectionRow) {
  return row.sealedRefreshToken === null
    ? deps.vault.openAccessToken(row.sealedAccessToken, row)
    : deps.vault.openRefreshToken(row.sealedRefreshToken, row)
}
