import type { FastifyInstance } from 'fastify'
import { createActions } from './actions/actions.ts'
import { auditApi } from './api/audit.ts'
import { clientApi } from './api/clients.ts'
import { keyApi } from './api/keys.ts'
import { overviewApi } from './api/overview.ts'
import { registrationTokenApi } from './api/registration-tokens.ts'
import { routeApi } from './api/routes.ts'
import { userApi } from './api/users.ts'
import { ADMIN_CONTRACTS } from './contracts/index.ts'
import type { ConsoleDeps } from './deps.ts'
import { auditRoute } from './endpoints/audit.ts'
import { clientNewRoutes } from './endpoints/client-new.ts'
import { clientRoutes } from './endpoints/clients.ts'
import { keyRoutes } from './endpoints/keys.ts'
import { overviewRoute } from './endpoints/overview.ts'
import { registrationTokenRoutes } from './endpoints/registration-tokens.ts'
import { routeRoutes } from './endpoints/routes.ts'
import { userRoutes } from './endpoints/users.ts'
import { consolePages } from './gate/console-pages.ts'
import { openApiRoute } from './openapi/route.ts'

/** `/console…` for people, `/api/admin/…` for programs, both for administrators; `/openapi.json` for everybody. */
export function consoleRoutes(server: FastifyInstance, deps: ConsoleDeps): void {
  const actions = createActions(deps)
  const pages = consolePages(server, deps)
  overviewRoute(pages, deps, actions)
  userRoutes(pages, deps, actions)
  clientRoutes(pages, deps, actions)
  clientNewRoutes(pages, deps, actions)
  keyRoutes(pages, deps, actions)
  registrationTokenRoutes(pages, deps, actions)
  routeRoutes(pages, deps)
  auditRoute(pages, deps)

  overviewApi(server, deps)
  userApi(server, deps, actions)
  clientApi(server, deps, actions)
  keyApi(server, deps, actions)
  registrationTokenApi(server, deps, actions)
  routeApi(server, deps)
  auditApi(server, deps)
  openApiRoute(server, { ...deps, contracts: [...deps.contracts, ...ADMIN_CONTRACTS] })
}
