import type { ConnectionView } from './connection-view.ts'
import { missingScopes } from './provider/scopes.ts'

/** Whether a need is met, and if not, what the person has to do about it. */
export type Usability =
  | { readonly status: 'usable'; readonly connection: ConnectionView }
  | { readonly status: 'missing' }
  | {
      readonly status: 'needs_reconnect' | 'missing_scope'
      readonly connection: ConnectionView
      /** Full names of the scopes that are needed and not granted. */
      readonly missing: readonly string[]
    }

/**
 * Picks the connection for a need among those of the right provider and issuer, the last used one first. The preferred
 * one is the person's choice: while it is there, no other account takes its place, whatever its state.
 */
export function chooseConnection(
  connections: readonly ConnectionView[],
  needed: readonly string[],
  preferredId: string | undefined,
): Usability {
  const preferred = connections.find((connection) => connection.id === preferredId)
  if (preferred) return usabilityOf(preferred, needed)
  const all = connections.map((connection) => usabilityOf(connection, needed))
  return all.find(({ status }) => status === 'usable') ?? all[0] ?? { status: 'missing' }
}

function usabilityOf(connection: ConnectionView, needed: readonly string[]): Usability {
  const missing = missingScopes(needed, connection.grantedScopes)
  if (connection.status === 'needs_reconnect') return { status: 'needs_reconnect', connection, missing }
  if (missing.length > 0) return { status: 'missing_scope', connection, missing }
  return { status: 'usable', connection }
}
