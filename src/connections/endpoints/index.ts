import type { FastifyInstance } from 'fastify'
import { apiConnectionsRoute } from './api-connections.ts'
import { connectRoutes } from './connect.ts'
import { callbackRoutes } from './connect-callback.ts'
import { outcomeRoute } from './connect-outcome.ts'
import { connectionsRoute } from './connections.ts'
import { disconnectRoute } from './connections-disconnect.ts'
import { pictureRoute } from './connections-picture.ts'
import type { EndpointDeps } from './deps.ts'
import { signInRoutes } from './login-provider.ts'
import { setupRoute } from './setup.ts'

/** All addresses of this room. */
export function connectionRoutes(server: FastifyInstance, deps: EndpointDeps): void {
  connectionsRoute(server, deps)
  disconnectRoute(server, deps)
  pictureRoute(server, deps)
  apiConnectionsRoute(server, deps)
  connectRoutes(server, deps)
  callbackRoutes(server, deps)
  outcomeRoute(server, deps)
  signInRoutes(server, deps)
  setupRoute(server, deps)
}
