import { createSingleFlight, Failure, type Secret } from '#base'
import type { Provider } from '../provider/provider.ts'
import { type ConnectionRow, findConnection } from '../store/connection.ts'
import { coolDown, markDead } from '../store/connection-lease.ts'
import type { RenewDeps } from './deps.ts'
import { accountPaused, connectionGone, needsReconnect, renewalFailed, stillCoolingDown } from './ended.ts'
import { cannotRenew, isFresh, isValid } from './freshness.ts'
import { openSealed } from './open-sealed.ts'
import { renew } from './renew.ts'

/** A token to send, and the row that it comes from. */
export type Access = {
  readonly token: Secret
  readonly row: ConnectionRow
  /** It was renewed because a renewed one had been refused: if this one is too, that is the end. */
  readonly isLastTry: boolean
}

export type AccessSource = {
  /** A token that works, renewed first where it is about to end. @throws Failure */
  current(provider: Provider, key: { readonly id: string; readonly ownerId: string }): Promise<Access>
  /** Another token than the refused one. @throws Failure */
  renewed(provider: Provider, refused: Access): Promise<Access>
  /**
   * Notes that a token was refused though it had just been renewed. Asked over and over, that would end with a ban of
   * this server's address (Discord: 10,000 refused requests in 10 minutes; discord-api-docs issue 6769).
   *
   * @returns what to throw
   */
  refused(provider: Provider, access: Access): Promise<Failure>
}

/** What a provider that refuses everything for a moment needs to come to itself. */
const REFUSED_SECONDS = 60

export function createAccessSource(deps: RenewDeps): AccessSource {
  const once = createSingleFlight<ConnectionRow>()
  const open = async (provider: Provider, row: ConnectionRow, isLastTry = false): Promise<Access> => {
    const token = await openSealed(deps, provider, row, () => deps.vault.openAccessToken(row.sealedAccessToken, row))
    return { token, row, isLastTry }
  }
  const renewOnce = (provider: Provider, row: ConnectionRow) =>
    once(`${row.id}:${row.tokenVersion}`, () => renew(deps, provider, row))

  async function end(provider: Provider, row: ConnectionRow, reason = 'access_ended'): Promise<Failure> {
    await markDead(deps.tables, { connectionId: row.id, seenVersion: row.tokenVersion, reason })
    return needsReconnect(provider, { ...row, reason })
  }

  return {
    async current(provider, key) {
      const row = await findConnection(deps.tables, key)
      if (!row || row.issuer !== provider.config.issuer) throw connectionGone(key.id)
      if (row.status === 'needs_reconnect') throw needsReconnect(provider, row)
      if (row.callsPaused > 0) throw accountPaused(provider, row.id, row.callsPaused)
      const { tokens } = provider.definition
      if (wasRefused(row)) {
        if (row.coolDown > 0) throw stillCoolingDown(provider, row)
        return open(provider, await renewOnce(provider, row), true)
      }
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
      if (!cannotRenew(row, provider.definition.tokens)) {
        const next = await renewOnce(provider, row)
        if (wasRefused(next) && next.coolDown > 0) throw stillCoolingDown(provider, next)
        return open(provider, next)
      }
      // Somebody may have connected the account anew while the call was under way.
      const fresh = await findConnection(deps.tables, row)
      if (fresh && fresh.tokenVersion !== row.tokenVersion && fresh.status === 'active') return open(provider, fresh)
      throw await end(provider, row)
    },
    async refused(provider, { row, isLastTry }) {
      if (isLastTry) return end(provider, row, 'token_refused')
      const failed = { connectionId: row.id, seenVersion: row.tokenVersion, seconds: REFUSED_SECONDS }
      await coolDown(deps.tables, { ...failed, failure: 'token_refused' })
      deps.log.warn({ connection: row.id, provider: provider.definition.id }, 'A token was refused right after renewal')
      return renewalFailed(provider, row, 'token_refused', { retryAfter: REFUSED_SECONDS })
    },
  }
}

const wasRefused = (row: ConnectionRow) => row.lastFailure === 'token_refused'
