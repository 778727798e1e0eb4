import type { Secret } from '#base'
import type { Provider } from '../provider/provider.ts'
import type { ConnectionRow } from '../store/connection.ts'
import { markDead } from '../store/connection-lease.ts'
import type { RenewDeps } from './deps.ts'
import { needsReconnect } from './ended.ts'

/**
 * Opens what is sealed in a row. What does not open was changed, or moved here from another row: no repeat helps, only
 * the account connected anew, which seals new tokens.
 *
 * @throws Failure `connection_needs_reconnect`
 */
export async function openSealed(
  deps: RenewDeps,
  provider: Provider,
  row: ConnectionRow,
  open: () => Secret,
): Promise<Secret> {
  try {
    return open()
  } catch (error) {
    deps.log.error({ connection: row.id, error: String(error) }, 'The sealed tokens of a connection do not open')
    const reason = 'tokens_unreadable'
    await markDead(deps.tables, { connectionId: row.id, seenVersion: row.tokenVersion, reason })
    throw needsReconnect(provider, { ...row, reason })
  }
}
