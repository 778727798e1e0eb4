import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** What stands before the router: takes requests as node hands them over, or leaves them to it. */
export type Front = {
  /** @returns whether it answers */
  request(request: IncomingMessage, response: ServerResponse): boolean
  /** A request to change the protocol. @returns whether it answers */
  upgrade(request: IncomingMessage, socket: Duplex, early: Buffer): boolean
}

/** For a request of a page or an API to arrive in, body included. */
const REQUEST_MS = 30_000
/** How often node looks for heads that are late. */
const CHECK_MS = 5000
/** As Fastify has it: longer than the 60 s after which load balancers hang up. */
const KEEP_ALIVE_MS = 72_000

/**
 * The server under the router, with a front before it.
 *
 * Node's own limit on a whole request would end uploads through the front after 30 seconds. So the limit is set here, for
 * what the front leaves alone: 408 for a body that comes byte by byte, and nothing for an answer that lasts.
 *
 * @param requestMs in tests
 */
export function createFrontedServer(front: Front, handler: RequestListener, requestMs = REQUEST_MS): Server {
  const options = {
    requestTimeout: 0,
    headersTimeout: requestMs,
    connectionsCheckingInterval: Math.min(CHECK_MS, requestMs / 6),
  }
  const server = createServer({ ...options, keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    if (front.request(request, response)) return
    limitArrival(request, response, requestMs)
    handler(request, response)
  })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, early: Buffer) => {
    socket.on('error', () => socket.destroy())
    if (front.upgrade(request, socket, early)) return
    socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
  })
  return server
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
