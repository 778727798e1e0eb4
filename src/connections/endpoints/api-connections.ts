import type { FastifyInstance } from 'fastify'
import { createBasePath } from '#http'
import type { ConnectionView } from '../connection-view.ts'
import type { EndpointDeps } from './deps.ts'

/** `GET /api/connections`: one's own connections; for a visitor without a session, an empty list. */
export function apiConnectionsRoute(server: FastifyInstance, deps: EndpointDeps): void {
  const { href } = createBasePath(deps.config.publicUrl)
  server.get('/api/connections', async (request) => {
    const { caller } = request
    const connections = caller ? await deps.connections.list(caller.ownerId) : []
    return connections.map((connection) => toWire(connection, href))
  })
}

function toWire(connection: ConnectionView, href: (path: string) => string) {
  const { accountPicture } = connection
  return {
    id: connection.id,
    provider: connection.provider,
    account: {
      id: connection.accountId,
      name: connection.accountName,
      picture: accountPicture === null ? null : href(accountPicture),
    },
    status: connection.status,
    reason: connection.reasonCode === null ? null : { code: connection.reasonCode, message: connection.reason },
    granted_scopes: connection.grantedScopes,
    missing_scopes: connection.missingScopes,
    connected_at: connection.connectedAt,
    access_expires_at: connection.accessExpiresAt,
    renews_itself: connection.hasRefreshToken,
    used_at: connection.usedAt,
  }
}
