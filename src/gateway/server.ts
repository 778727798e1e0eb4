import type { FastifyInstance } from 'fastify'
import { describeError } from '#base'
import { createBasePath, type Front } from '#http'
import { createAuthenticate } from './authenticate/authenticate.ts'
import { createPeople } from './authenticate/people.ts'
import { demoRoute } from './demo/demo-route.ts'
import { type DemoService, startDemoService } from './demo/demo-service.ts'
import type { GatewayDeps } from './deps.ts'
import { gatewayEndpoints } from './endpoints/index.ts'
import { createForwardAuth, FORWARD_AUTH_PATH } from './forward-auth/forward-auth.ts'
import { createWindows } from './limits/windows.ts'
import { logFinished } from './log.ts'
import { createPipeline } from './pipeline.ts'
import type { FileProblem } from './routes/read-routes.ts'
import type { Route } from './routes/route.ts'
import { createRouteSource, type RouteSource } from './routes/route-source.ts'

/** The gateway: what stands in front of APIs of one's own, and asks for tokens. */
export type Gateway = Front & {
  /** Reads trivet.yaml, listens for changes of it, and starts the demo service. Until then nothing is its own. */
  start(): Promise<void>
  /** As they are now, those that come with Trivet included. */
  routesNow(): readonly Route[]
  /** What is wrong with trivet.yaml as it stands; the routes before it are used on. */
  problems(): readonly FileProblem[]
  /** Addresses that the router answers: the metadata of routes. */
  endpoints(server: FastifyInstance): void
  close(): Promise<void>
}

/** Assembles the room. Nothing is started here. */
export function createGateway(deps: GatewayDeps): Gateway {
  const { settings, peers, forwarder, clock, log } = deps
  const { publicUrl } = settings
  const ownHost = new URL(publicUrl).host
  const authenticate = createAuthenticate({
    ...{ issuer: publicUrl, tokens: deps.tokens, clock },
    loginToken: deps.accounts.loginToken,
    people: createPeople(deps),
  })
  let source: RouteSource | undefined
  let demo: DemoService | undefined
  const table = () => requireStarted(source).table()
  const finished = logFinished(log)
  const pipeline = createPipeline({
    ...{ publicUrl, ownHost, table, peers, authenticate, forwarder, clock, finished },
    basePath: createBasePath(publicUrl),
    windows: createWindows(clock),
    isOwnCookie: deps.isOwnCookie,
  })
  const forwardAuth = createForwardAuth({
    ...{ publicUrl, table, peers, authenticate, finished },
    fallback: { ...demoRoute('', publicUrl), name: FORWARD_AUTH_PATH, path: '/', takesLoginToken: false },
  })

  return {
    async start() {
      demo = await startDemoService()
      source = createRouteSource({
        file: settings.file,
        rules: { publicUrl, ownSegments: deps.ownSegments },
        builtIn: [demoRoute(demo.origin, publicUrl)],
        ...{ ownHost, log },
      })
      await source.start()
    },
    request(request, response) {
      if (source === undefined) return false
      if (!forwardAuth.isAsked(request)) return pipeline.request(request, response)
      forwardAuth.request(request, response).catch((error: unknown) => {
        log.error({ error: describeError(error) }, 'A question of a proxy could not be answered')
        response.destroy()
      })
      return true
    },
    upgrade: (request, socket, early) => source !== undefined && pipeline.upgrade(request, socket, early),
    routesNow: () => source?.table().routes ?? [],
    problems: () => source?.problems() ?? [],
    endpoints(server) {
      gatewayEndpoints(server, { issuer: publicUrl, routes: () => source?.table().routes ?? [] })
    },
    async close() {
      source?.close()
      await demo?.close()
      await forwarder.close()
    },
  }
}

function requireStarted(source: RouteSource | undefined): RouteSource {
  if (source) return source
  throw new Error('The gateway was asked before it was started')
}
