import { createSingleFlight, Failure, type Secret } from '#base'
import type { Provider } from '../provider/provider.ts'
import { type ConnectionRow, findConnection } from '../store/connection.ts'
import { markDead } from '../store/connection-lease.ts'
import type { RenewDeps } from './deps.ts'
import { connectionGone, needsReconnect, stillCoolingDown } from './ended.ts'
import { cannotRenew, isFresh, isValid } from './freshness.ts'
import { openSealed } from './open-sealed.ts'
import { renew } from './renew.ts'

/** A token to send, and the row that it comes from. */
export type Access = { readonly token: Secret; readonly row: ConnectionRow }

export type AccessSource = {
  /** A token that works, renewed first where it is about to end. @throws Failure */
  current(provider: Provider, key: { readonly id: string; readonly ownerId: string }): Promise<Access>
  /** Another token than the refused one. @throws Failure */
  renewed(provider: Provider, refused: Access): Promise<Access>
}

export function createAccessSource(deps: RenewDeps): AccessSource {
  const once = createSingleFlight<ConnectionRow>()
  const open = async (provider: Provider, row: ConnectionRow): Promise<Access> => {
    const token = await openSealed(deps, provider, row, () => deps.vault.openAccessToken(row.sealedAccessToken, row))
    return { token, row }
  }
  const renewOnce = (provider: Provider, row: ConnectionRow) =>
    once(`${row.id}:${row.tokenVersion}`, () => renew(deps, provider, row))

  async function end(provider: Provider, row: ConnectionRow): Promise<Failure> {
    const reason = 'access_ended'
    await markDead(deps.tables, { connectionId: row.id, seenVersion: row.tokenVersion, reason })
    return needsReconnect(provider, { ...row, reason })
  }

  return {
    async current(provider, key) {
      const row = await findConnection(deps.tables, key)
      if (!row || row.issuer !== provider.config.issuer) throw connectionGone(key.id)
      if (row.status === 'needs_reconnect') throw needsReconnect(provider, row)
      const { tokens } = provider.definition
      if (isFresh(row, tokens, deps.random)) return open(provider, row)
      if (cannotRenew(row, tokens)) {
        if (isValid(row)) return open(provider, row)
        throw await end(provider, row)
      }
      if (row.coolDown > 0) {
        if (isValid(row)) return open(provider, row)
        throw stillCoolingDown(provider, row)
      }
      try {
        return await open(provider, await renewOnce(provider, row))
      } catch (error) {
        // A bad moment of the token endpoint is no reason to stop while the old token still opens everything.
        if (isValid(row) && error instanceof Failure && error.data.kind !== 'needs_reconnect')
          return open(provider, row)
        throw error
      }
    },
    async renewed(provider, { row }) {
      if (!cannotRenew(row, provider.definition.tokens)) return open(provider, await renewOnce(provider, row))
      // Somebody may have connected the account anew while the call was under way.
      const fresh = await findConnection(deps.tables, row)
      if (fresh && fresh.tokenVersion !== row.tokenVersion && fresh.status === 'active') return open(provider, fresh)
      throw await end(provider, row)
    },
  }
}
