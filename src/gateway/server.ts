import type { ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import type { Apis } from '#authorization'
import { describeError } from '#base'
import { createBasePath, type Front } from '#http'
import { createAuthenticate } from './authenticate/authenticate.ts'
import { createForeignTokens } from './authenticate/foreign-tokens.ts'
import { createPeople } from './authenticate/people.ts'
import { demoRoute } from './demo/demo-route.ts'
import { type DemoService, startDemoService } from './demo/demo-service.ts'
import type { GatewayDeps } from './deps.ts'
import { createHostMetadata } from './endpoints/host-metadata.ts'
import { gatewayEndpoints } from './endpoints/index.ts'
import { createForwardAuth, FORWARD_AUTH_PATH } from './forward-auth/forward-auth.ts'
import { createIdentify } from './identity/identify.ts'
import { createLimits } from './limits/limits.ts'
import { createWindows } from './limits/windows.ts'
import { logFinished } from './log.ts'
import { measuredOf } from './measured.ts'
import { createPipeline, type Finished } from './pipeline.ts'
import { createLeases } from './proxy/leases.ts'
import { createOpenConnections } from './proxy/open-connections.ts'
import { apisOf } from './routes/apis.ts'
import type { Route } from './routes/route.ts'
import type { FileProblem } from './routes/route-file.ts'
import { createRouteSource, type RouteSource } from './routes/route-source.ts'
import { callbacksOf } from './sessions/addresses.ts'
import { createSessionDoors } from './sessions/session-doors.ts'

/** The gateway: what stands in front of APIs of one's own, and asks for tokens. */
export type Gateway = Required<Front> & {
  /** Reads trivet.yaml, listens for changes of it, and starts the demo service. Until then nothing is its own. */
  start(): Promise<void>
  /** As they are now, those that come with Trivet included. */
  routesNow(): readonly Route[]
  /** What tokens can be asked for, and what scopes mean: for the authorization server. */
  readonly apis: Apis
  /** Where people come back to from signing in, on the hosts of routes with sessions: for the authorization server. */
  callbacks(): readonly string[]
  /** What is wrong with trivet.yaml as it stands; the routes before it are used on. */
  problems(): readonly FileProblem[]
  /** What is likely to be meant otherwise in it. */
  warnings(): readonly FileProblem[]
  /** Addresses that the router answers: the metadata of routes. */
  endpoints(server: FastifyInstance): void
  close(): Promise<void>
}

/** What the demo may and services of others may not. */
const FALLBACK = { takesLoginToken: false, clientCredentials: 'verified' } as const

/** Assembles the room. Nothing is started here. */
export function createGateway(deps: GatewayDeps): Gateway {
  const { settings, peers, forwarder, clock, log } = deps
  const { publicUrl } = settings
  const ownHost = new URL(publicUrl).host
  const table = () => requireStarted(source).table()
  const record = logFinished(log)
  const finished = (what: Finished) => {
    record(what)
    deps.measure?.(measuredOf(what))
  }
  const { authenticateSession, sessionEndpoints } = createSessionDoors({ ...deps, publicUrl, table, finished })
  const authenticate = createAuthenticate({
    ...{ issuer: publicUrl, tokens: deps.tokens, clock, authenticateSession },
    loginToken: deps.accounts.loginToken,
    people: createPeople(deps),
    foreignTokens: createForeignTokens(deps),
  })
  const identify = createIdentify({ signer: deps.identitySigner, publicUrl, clock })
  const basePath = createBasePath(publicUrl)
  let source: RouteSource | undefined
  let demo: DemoService | undefined
  let wasCut: (response: ServerResponse) => boolean = () => false
  const openConnections = createOpenConnections()
  const leases = createLeases(deps)
  const limits = createLimits(createWindows(clock))
  const pipeline = createPipeline({
    ...{ publicUrl, ownHost, table, peers, authenticate, identify, forwarder, clock, finished },
    basePath,
    limits,
    ...{ openConnections, leases },
    wasCut: (response) => wasCut(response),
    isOwnCookie: deps.isOwnCookie,
    fault: (id, error) => log.error({ id, error: describeError(error) }, 'A request could not be passed on'),
  })
  const forwardAuth = createForwardAuth({
    ...{ publicUrl, basePath, table, peers, authenticate, identify, finished, limits, isOwnCookie: deps.isOwnCookie },
    // Its metadata are those of the demo: of a token for this server.
    file: () => {
      const { isAbsent, problems } = requireStarted(source)
      if (problems().length > 0) return 'unusable'
      return isAbsent() ? 'absent' : 'read'
    },
    fallback: { ...demoRoute('', publicUrl), name: FORWARD_AUTH_PATH, ...FALLBACK },
  })

  const hostMetadata = createHostMetadata({ issuer: publicUrl, ownHost, table, peers })
  const unanswered = (connection: { destroy(): unknown }) => (error: unknown) => {
    log.error({ error: describeError(error) }, 'A question of a proxy could not be answered')
    connection.destroy()
  }

  return {
    async start() {
      demo = await startDemoService()
      source = createRouteSource({
        file: settings.file,
        rules: { publicUrl, port: settings.port, ownSegments: deps.ownSegments },
        builtIn: [demoRoute(demo.origin, publicUrl)],
        ...{ ownHost, log },
      })
      await source.start()
    },
    request(request, response) {
      if (source === undefined) return false
      if (!forwardAuth.isAsked(request)) {
        return (
          hostMetadata.request(request, response) ||
          sessionEndpoints.request(request, response) ||
          pipeline.request(request, response)
        )
      }
      forwardAuth.request(request, response).catch(unanswered(response))
      return true
    },
    // Caddy asks about a WebSocket with the caller's `Upgrade` still in the question. It is a question all the same.
    takesUpgrade: (request) => source !== undefined && !forwardAuth.isAsked(request) && pipeline.takesUpgrade(request),
    upgrade: pipeline.upgrade,
    leave(told) {
      wasCut = told
      openConnections.leave()
    },
    routesNow: () => source?.table().routes ?? [],
    apis: {
      list: () => apisOf(source?.table().routes ?? [], publicUrl),
      describe: (scope) => source?.scopeWords().get(scope),
    },
    callbacks: () => callbacksOf(source?.table().routes ?? [], publicUrl),
    problems: () => source?.problems() ?? [],
    warnings: () => source?.warnings() ?? [],
    endpoints(server) {
      gatewayEndpoints(server, {
        issuer: publicUrl,
        routes: () => source?.table().routes ?? [],
        identityKeys: () => deps.identitySigner.jwks(),
      })
    },
    async close() {
      source?.close()
      leases.close()
      await demo?.close()
      await forwarder.close()
    },
  }
}

function requireStarted(source: RouteSource | undefined): RouteSource {
  if (source) return source
  throw new Error('The gateway was asked before it was started')
}
