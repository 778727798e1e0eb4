import type { FastifyInstance } from 'fastify'
import { apiRunRoutes } from './endpoints/api-run.ts'
import { apiRunEventsRoute } from './endpoints/api-run-events.ts'
import { apiStartRoute } from './endpoints/api-start.ts'
import type { EndpointDeps } from './endpoints/deps.ts'
import { formRoutes } from './endpoints/form.ts'
import { runFileRoute } from './endpoints/run-file.ts'
import { runPageRoutes } from './endpoints/run-page.ts'
import { runsPageRoute } from './endpoints/runs-page.ts'

/** All addresses of this room. */
export function runRoutes(server: FastifyInstance, deps: EndpointDeps): void {
  for (const mashup of deps.mashups) formRoutes(server, deps, mashup)
  runsPageRoute(server, deps)
  runPageRoutes(server, deps)
  runFileRoute(server, deps)
  apiRunRoutes(server, deps)
  apiRunEventsRoute(server, deps)
  apiStartRoute(server, deps)
}
