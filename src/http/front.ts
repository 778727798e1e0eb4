import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { describeError, type Log, newId } from '#base'
import { HTTP_PROBLEMS } from './errors.ts'
import type { Traffic } from './traffic.ts'

/** What stands before the router: takes requests as node hands them over, or leaves them to it. */
export type Front = {
  /** @returns whether it answers */
  request(request: IncomingMessage, response: ServerResponse): boolean
  /** A request to change the protocol. @returns whether it answers */
  upgrade(request: IncomingMessage, socket: Duplex, early: Buffer): boolean
  /** Told when the process stops: connections of other protocols, which no server knows, have to end now. */
  leave?(): void
}

/** For a request of a page or an API to arrive in, body included. */
const REQUEST_MS = 30_000
/** How often node looks for heads that are late. */
const CHECK_MS = 5000
/** As Fastify has it: longer than the 60 s after which load balancers hang up. */
const KEEP_ALIVE_MS = 72_000
/** A caller who has vanished without a word is found out by the system, or idle WebSockets of theirs would stay for ever. */
const PROBE = { keepAlive: true, keepAliveInitialDelay: 60_000 }

/**
 * The server under the router, with a front before it.
 *
 * Node's own limit on a whole request would end uploads through the front after 30 seconds. So the limit is set here, for
 * what the front leaves alone: 408 for a body that comes byte by byte, and nothing for an answer that lasts.
 *
 * A front that throws is a fault of ours, which costs one request and not the process.
 *
 * @param deps.requestMs in tests
 */
export function createFrontedServer(
  front: Front,
  handler: RequestListener,
  deps: { readonly traffic: Traffic; readonly log: Log; readonly requestMs?: number | undefined },
): Server {
  const { traffic, log, requestMs = REQUEST_MS } = deps
  const options = {
    requestTimeout: 0,
    headersTimeout: requestMs,
    connectionsCheckingInterval: Math.min(CHECK_MS, requestMs / 6),
  }
  const server = createServer({ ...options, ...PROBE, keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    traffic.enter(request, response)
    try {
      if (front.request(request, response)) return
    } catch (error) {
      return answerFault(response, faultOf(log, error))
    }
    limitArrival(request, response, requestMs)
    handler(request, response)
  })
  traffic.watch(server)
  const own = new WeakSet<Duplex>()
  server.on('connection', (socket) => own.add(socket))
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, early: Buffer) => {
    // Where a name has two addresses Fastify has two servers, and tells the first one of the other's upgrades, too.
    if (!own.has(socket)) return
    socket.on('error', () => socket.destroy())
    try {
      if (front.upgrade(request, socket, early)) return
    } catch (error) {
      faultOf(log, error)
      return void socket.end('HTTP/1.1 500 Internal Server Error\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
    }
    socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
  })
  return server
}

/** @returns the id that finds the line in the log */
function faultOf(log: Log, error: unknown): string {
  const id = newId()
  log.error({ id, error: describeError(error) }, 'A request could not be looked at')
  return id
}

function answerFault(response: ServerResponse, requestId: string): void {
  if (response.headersSent) return void response.destroy()
  const { status, title } = HTTP_PROBLEMS.internal_error
  const headers = { 'content-type': 'application/problem+json', 'x-request-id': requestId, connection: 'close' }
  response.writeHead(status, headers)
  response.end(JSON.stringify({ title, status, code: 'internal_error', request_id: requestId }))
}

function limitArrival(request: IncomingMessage, response: ServerResponse, ms: number): void {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers
  if (length === '0' && encoding === undefined) return
  const timer = setTimeout(() => {
    // Past the router, which waits for the body: what it would still say finds the answer ended.
    if (!response.headersSent) response.writeHead(408, { connection: 'close' }).end()
    response.once('close', () => request.destroy())
  }, ms)
  const clear = () => clearTimeout(timer)
  request.once('end', clear)
  request.once('close', clear)
}
