import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { ACCOUNT_CONTRACTS, ACCOUNT_PROBLEMS } from '#accounts'
import { API_ERRORS } from '#apis'
import { systemClock } from '#base'
import { type Config, isLoopbackUrl } from '#config'
import { CONNECTION_CONTRACTS, CONNECTION_PROBLEMS } from '#connections'
import { CONSOLE_PROBLEMS, consoleRoutes } from '#console'
import type { Database } from '#database'
import { GATEWAY_PROBLEMS } from '#gateway'
import { createServer, failureProblems, HTTP_PROBLEMS, type Traffic } from '#http'
import { type BrokenMashup, mashupRoutes } from '#mashups'
import { OUTBOUND_FAILURES } from '#outbound'
import { PICTURE_ERRORS } from '#pictures'
import { type Mashup, RUN_CONTRACTS, RUN_PROBLEMS, runRoutes } from '#runs'
import { mountSandbox } from '#sandbox-process'
import {
  assetRoute,
  type BuiltAssets,
  healthRoutes,
  metricsRoute,
  privacyRoute,
  problemRoutes,
  SITE_PROBLEMS,
} from '#site'
import { STORAGE_ERRORS } from '#storage'
import { ErrorPage, renderPage } from '#ui'
import type { Rooms } from './rooms.ts'

/** Every code there is: the closed catalogue behind `/problems`. */
const PROBLEMS = {
  ...failureProblems({ ...OUTBOUND_FAILURES, ...STORAGE_ERRORS, ...PICTURE_ERRORS, ...API_ERRORS }),
  ...HTTP_PROBLEMS,
  ...RUN_PROBLEMS,
  ...CONNECTION_PROBLEMS,
  ...ACCOUNT_PROBLEMS,
  ...CONSOLE_PROBLEMS,
  ...GATEWAY_PROBLEMS,
  ...SITE_PROBLEMS,
}

/** The server with the routes of every room; a worker answers for its health only. */
export async function createSite(deps: {
  config: Config
  log: FastifyBaseLogger
  database: Database
  assets: BuiltAssets
  rooms: Rooms
  mashups: readonly Mashup[]
  /** Files of one's own that are none. */
  broken: readonly BrokenMashup[]
  /** Of the product. */
  version: string
  traffic: Traffic
}): Promise<FastifyInstance> {
  const { config, log, rooms, mashups, traffic } = deps
  const server = await createServer({
    config,
    log,
    // A worker is no way in.
    ...(config.role === 'worker' ? {} : { front: rooms.gateway }),
    ...{ traffic, drainSeconds: config.stop.timeoutSeconds },
    renderError: (request, reply, { detail, ...shown }) =>
      renderPage(ErrorPage({ page: rooms.pages.context(request, reply), message: detail, ...shown })),
  })
  server.addHook('onRoute', ({ url }) => void rooms.ownSegments.add(url.split('/')[1] ?? ''))
  healthRoutes(server, { ready: deps.database.ping, isLeaving: traffic.isLeaving })
  metricsRoute(server, rooms.metrics)
  if (config.role === 'worker') return server
  assetRoute(server, deps.assets)
  if (config.usesSandbox) await mountSandbox(server, config.sandbox)
  await server.register(async (site) => {
    rooms.accounts.resolveCallers(site)
    // Names and code of the files are for those who may see them: whoever runs it on their own machine.
    const reasons = isLoopbackUrl(config.publicUrl)
    mashupRoutes(site, { ...rooms, mashups, broken: { files: deps.broken, reasons }, home: config.home })
    runRoutes(site, {
      ...rooms,
      mashups,
      services: rooms.services.client,
      serviceSource: rooms.services.shown,
      clock: systemClock,
      publicUrl: config.publicUrl,
    })
    await rooms.connections.routes(site)
    rooms.accounts.routes(site)
    rooms.authorization.routes(site)
    rooms.playground.routes(site)
    rooms.gateway.endpoints(site)
    consoleRoutes(site, {
      ...rooms,
      clients: rooms.authorization.clients,
      clock: systemClock,
      publicUrl: config.publicUrl,
      takesRegistrationTokens: config.authorization.registration !== 'off',
      version: deps.version,
      sessionCookie: rooms.cookies.session.name,
      contracts: [...ACCOUNT_CONTRACTS, ...CONNECTION_CONTRACTS, ...RUN_CONTRACTS],
    })
    privacyRoute(site, rooms)
    problemRoutes(site, { ...rooms, catalogue: PROBLEMS })
  })
  return server
}
