import type { FastifyInstance } from 'fastify'
import { listRoutes, problemToWire, routeToWire } from '../contracts/routes.ts'
import type { ConsoleDeps } from '../deps.ts'
import { adminEndpoint } from './admin-endpoint.ts'

/** `GET /api/admin/routes` */
export function routeApi(server: FastifyInstance, deps: ConsoleDeps): void {
  const { gateway } = deps
  adminEndpoint(server, deps, listRoutes, async () => ({
    routes: gateway.routesNow().map(routeToWire),
    problems: gateway.problems().map(problemToWire),
  }))
}
