import type { UpgradedConnection } from './upgrade.ts'

/** Going away, as a server does that stops (RFC 6455 §7.4.1). */
const GOING_AWAY = 1001

/** The connections of other protocols that go through this process, which no HTTP server knows of any more. */
export type OpenConnections = {
  /** @returns to be called once it has ended */
  add(connection: UpgradedConnection): () => void
  /** Ends all of them, and each that is still opened. */
  leave(): void
}

export function createOpenConnections(): OpenConnections {
  const open = new Set<UpgradedConnection>()
  let leaving = false
  return {
    add(connection) {
      open.add(connection)
      if (leaving) connection.end(GOING_AWAY)
      return () => void open.delete(connection)
    },
    leave() {
      leaving = true
      for (const connection of open) connection.end(GOING_AWAY)
    },
  }
}
