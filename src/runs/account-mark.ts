import type { ConnectionView } from '#connections'

/** An account as it is now: connecting it again changes its mark. */
export function markOf(connection: Pick<ConnectionView, 'id' | 'connectedAt'>): string {
  return `${connection.id} ${connection.connectedAt.toISOString()}`
}
