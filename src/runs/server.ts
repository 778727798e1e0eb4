import type { FastifyInstance } from 'fastify'
import type { Accounts } from '#accounts'
import type { Connections } from '#connections'
import type { Csrf } from '#http'
import type { Storage } from '#storage'
import type { Pages } from '#ui'
import type { Mashup } from './definition/mashup.ts'
import { apiRunRoutes } from './endpoints/api-run.ts'
import { apiRunEventsRoute } from './endpoints/api-run-events.ts'
import { apiStartRoute } from './endpoints/api-start.ts'
import { formRoutes } from './endpoints/form.ts'
import { runFileRoute } from './endpoints/run-file.ts'
import { runPageRoutes } from './endpoints/run-page.ts'
import { runsPageRoute } from './endpoints/runs-page.ts'
import type { Runs } from './runs.ts'

/** What the endpoints of this room need; each takes what it uses. */
export type EndpointDeps = {
  readonly runs: Runs
  readonly mashups: readonly Mashup[]
  readonly services: (name: string) => unknown
  readonly accounts: Pick<Accounts, 'ensureOwner'>
  readonly connections: Pick<Connections, 'begin' | 'list'>
  readonly storage: Pick<Storage, 'open'>
  readonly csrf: Csrf
  readonly pages: Pages
  readonly publicUrl: string
}

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
