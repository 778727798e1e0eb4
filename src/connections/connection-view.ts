import type { Provider } from './provider/provider.ts'
import { missingScopes } from './provider/scopes.ts'
import { cannotRenew, isValid } from './refresh/freshness.ts'
import { describeReason } from './refresh/reasons.ts'
import type { ConnectionRow } from './store/connection.ts'

/** One person's account at one provider, as pages and the API show it. Holds nothing secret. */
export type ConnectionView = {
  readonly id: string
  readonly provider: string
  readonly providerName: string
  /** The account's id at the provider: stable, never reused. */
  readonly accountId: string
  /** As people know it: "ana@example.com". */
  readonly accountName: string
  /** A path on our origin. */
  readonly accountPicture: string | null
  readonly status: 'active' | 'needs_reconnect'
  /** Why it has to be connected again, in a sentence; null while it works. */
  readonly reason: string | null
  /** The same as a word: `grant_dead`, `access_ended`, `renewal_lost`, or a diagnosis of the provider. */
  readonly reasonCode: string | null
  /** Full names. */
  readonly grantedScopes: readonly string[]
  /** Asked for, and not given. */
  readonly missingScopes: readonly string[]
  readonly connectedAt: Date
  readonly accessExpiresAt: Date | null
  /** False: it ends with `accessExpiresAt`, if there is one. */
  readonly hasRefreshToken: boolean
  readonly usedAt: Date | null
}

export function viewConnection(provider: Provider, row: ConnectionRow, options: { pictures: boolean }): ConnectionView {
  const { definition } = provider
  const renewable = !cannotRenew(row, definition.tokens)
  const reasonCode = reasonOf(row, renewable)
  return {
    id: row.id,
    provider: definition.id,
    providerName: definition.name,
    accountId: row.accountId,
    accountName: row.accountName,
    accountPicture: options.pictures && row.accountPicture !== null ? `/connections/${row.id}/picture` : null,
    status: reasonCode === null ? 'active' : 'needs_reconnect',
    reason: reasonCode === null ? null : describeReason(definition, reasonCode),
    reasonCode,
    grantedScopes: row.grantedScopes,
    missingScopes: missingScopes(row.requestedScopes, row.grantedScopes),
    connectedAt: row.connectedAt,
    accessExpiresAt: row.accessExpiresAt,
    hasRefreshToken: renewable,
    usedAt: row.usedAt,
  }
}

function reasonOf(row: ConnectionRow, renewable: boolean): string | null {
  if (row.status === 'needs_reconnect') return row.reason ?? 'grant_dead'
  return renewable || isValid(row) ? null : 'access_ended'
}
