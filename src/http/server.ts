import cookie from '@fastify/cookie'
import formbody from '@fastify/formbody'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import { newId } from '#base'
import type { Config } from '#config'
import { createBasePath, serveBelow } from './base-path.ts'
import { handleErrors, type RenderError } from './error-handler.ts'
import { refuseUnstorableText } from './form-body.ts'
import { createFrontedServer, type Front } from './front.ts'
import { refuseLongAddresses } from './long-address.ts'
import { requirePublicHost } from './public-host.ts'
import { addRateLimits } from './rate-limit.ts'
import { readablePath } from './readable-path.ts'
import { addSecurityHeaders } from './security-headers.ts'
import { createTraffic, type Traffic } from './traffic.ts'

const FORM_BYTES = 64 * 1024
/** For a plugin to start in, as Fastify has it, and for a hook to end in, which takes as long as the last answers do. */
const PLUGIN_MS = 10_000
const NOTHING_BEFORE: Front = { request: () => false, takesUpgrade: () => false, upgrade: () => false }

/** Fastify with what holds for every answer: host, headers, cookies, forms, errors. Rooms add their routes. */
export async function createServer(options: {
  config: Pick<Config, 'publicUrl' | 'trustedProxies'>
  log: FastifyBaseLogger
  renderError: RenderError
  /** Gets every request first. */
  front?: Front | undefined
  /** For a request to arrive in; in tests. */
  requestMs?: number
  /** Told of every connection; whoever made it can say that the process is about to stop. */
  traffic?: Traffic
  /** How long answers may take to end once the server is closed. */
  drainSeconds?: number
}): Promise<FastifyInstance> {
  const { publicUrl, trustedProxies } = options.config
  const { log, front = NOTHING_BEFORE, requestMs, traffic = createTraffic(), drainSeconds = 0 } = options
  const basePath = createBasePath(publicUrl)
  const server = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: FORM_BYTES,
    serverFactory: (handler) => createFrontedServer(front, handler, { traffic, log, requestMs }),
    trustProxy: [...trustedProxies],
    genReqId: () => newId(),
    // Connections are ended below, and what is asked until then is answered.
    forceCloseConnections: false,
    return503OnClosing: false,
    pluginTimeout: PLUGIN_MS + drainSeconds * 1000,
    rewriteUrl: ({ url }) => basePath.strip(readablePath(url ?? '/')),
    // Node's limit on the head of a request (16 kB) comes first: the router's own would answer past all hooks.
    routerOptions: { maxParamLength: 16_384 },
  })
  server.addHook('preClose', async () => {
    log.info({ requests: traffic.openRequests(), seconds: drainSeconds }, 'No more connections are taken')
    const drained = traffic.drain(drainSeconds)
    front.leave?.(traffic.wasCut)
    const cut = await drained
    if (cut > 0) log.warn({ requests: cut, seconds: drainSeconds }, 'Answers were cut off: they took too long to end')
  })
  server.decorateRequest('caller', null)
  handleErrors(server, { publicUrl, renderError: options.renderError })
  addSecurityHeaders(server, { https: publicUrl.startsWith('https:') })
  // Before anything is refused: the page that says so has a form token, which is read from a cookie.
  await server.register(cookie)
  serveBelow(server, basePath, publicUrl)
  refuseLongAddresses(server)
  requirePublicHost(server, publicUrl)
  await server.register(formbody, { bodyLimit: FORM_BYTES })
  await addRateLimits(server)
  refuseUnstorableText(server)
  logRequests(server)
  return server
}

/** Method, path, status, time; never the query, which may hold `code` and `state`. */
function logRequests(server: FastifyInstance): void {
  server.addHook('onResponse', (request, reply, done) => {
    done()
    if (request.url.startsWith('/assets/')) return
    const fields = {
      id: request.id,
      method: request.method,
      path: request.originalUrl.split('?', 1)[0],
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
    }
    request.log.debug(fields, 'request')
  })
}
