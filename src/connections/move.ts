import type { Move } from '#accounts'
import type { Log } from '#base'
import type { TablesOf } from '#database'
import { missingScopes } from './provider/scopes.ts'
import {
  dropConnection,
  giveConnection,
  type LockedConnection,
  lockConnections,
  type Resealed,
  takeGrantOf,
} from './store/connection-move.ts'
import type { ConnectionTables } from './store/tables.ts'
import type { Vault } from './vault/vault.ts'

/**
 * Gives connections to another owner. Tokens are sealed for their owner, so they are sealed anew, and nobody may renew
 * one meanwhile: its lease is free and stays so until the transaction ends, because the row that holds it is locked. An
 * account that the new owner had connected as well stays one connection, with the better of the two grants; nothing is
 * given back at the provider, where that would end the other one too.
 *
 * @returns false when one of them is being renewed
 */
export async function moveConnections(
  deps: { readonly vault: Vault; readonly log: Log },
  tablesOf: TablesOf,
  { from, to, ids, became }: Move,
): Promise<boolean> {
  const tables = tablesOf<ConnectionTables>()
  const all = await lockConnections(tables, [from, to])
  for (const row of all.filter(({ id, ownerId }) => ownerId === from && ids.has(id))) {
    const twin = all.find((other) => other.ownerId === to && isSameAccount(other, row))
    if (row.isLeased || twin?.isLeased) return false
    const place = { id: twin?.id ?? row.id, ownerId: to }
    const resealed = reseal(deps, row, place)
    if (!twin) {
      // What does not open is said to be so at its next use, as it would have been without the move.
      await giveConnection(tables, { id: row.id, to, ...(resealed ?? row) })
      continue
    }
    if (resealed && isBetter(row, twin)) await takeGrantOf(tables, { into: twin.id, from: row.id, ...resealed })
    await dropConnection(tables, row.id)
    became.set(row.id, twin.id)
  }
  return true
}

function isSameAccount(one: LockedConnection, other: LockedConnection): boolean {
  return one.provider === other.provider && one.issuer === other.issuer && one.accountId === other.accountId
}

/** One that works, before one that allows more, before one that is newer. */
function isBetter(one: LockedConnection, other: LockedConnection): boolean {
  if (one.status !== other.status) return one.status === 'active'
  const covers = missingScopes(other.grantedScopes, one.grantedScopes).length === 0
  const isCovered = missingScopes(one.grantedScopes, other.grantedScopes).length === 0
  if (covers !== isCovered) return covers
  return one.connectedAt > other.connectedAt
}

function reseal(
  deps: { readonly vault: Vault; readonly log: Log },
  row: LockedConnection,
  place: { readonly id: string; readonly ownerId: string },
): Resealed | undefined {
  const { vault, log } = deps
  const { sealedAccessToken: access, sealedRefreshToken: refresh } = row
  try {
    return {
      sealedAccessToken: vault.sealAccessToken(vault.openAccessToken(access, row), place),
      sealedRefreshToken: refresh === null ? null : vault.sealRefreshToken(vault.openRefreshToken(refresh, row), place),
    }
  } catch (error) {
    log.error({ connection: row.id, error: String(error) }, 'The sealed tokens of a connection do not open')
    return undefined
  }
}
