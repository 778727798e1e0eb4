import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { describeError, type Log, newId } from '#base'
import { HTTP_PROBLEMS } from './errors.ts'
import { endWith } from './last-words.ts'
import type { Traffic } from './traffic.ts'

/** What stands before the router: takes requests as node hands them over, or leaves them to it. */
export type Front = {
  /** @returns whether it answers */
  request(request: IncomingMessage, response: ServerResponse): boolean
  /** A handshake for a WebSocket. @returns whether it leads somewhere; where not, it is a request like any other */
  takesUpgrade(request: IncomingMessage): boolean
  /** A handshake that was said to lead somewhere. @returns whether it answers */
  upgrade(request: IncomingMessage, socket: Duplex, early: Buffer): boolean
  /**
   * Told when the process stops: connections of other protocols, which no server knows, have to end now.
   *
   * @param wasCut whether an answer was cut off for that, from then on
   */
  leave?(wasCut: (response: ServerResponse) => boolean): void
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
  const shouldUpgradeCallback = (request: IncomingMessage) => takesUpgrade(front, request)
  const connections = { ...PROBE, keepAliveTimeout: KEEP_ALIVE_MS, shouldUpgradeCallback }
  const server = createServer({ ...options, ...connections }, (request, response) => {
    traffic.enter(request, response)
    const status = refusalOf(request)
    if (status !== undefined) return void response.writeHead(status, { connection: 'close' }).end()
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
      // Once more: before 24.9 node hands every upgrade over.
      if (takesUpgrade(front, request) && front.upgrade(request, socket, early)) return
    } catch (error) {
      faultOf(log, error)
      return endWith(socket, 'HTTP/1.1 500 Internal Server Error\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
    }
    endWith(socket, 'HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
  })
  return server
}

/**
 * The one change of protocol there is: a GET for a WebSocket, and nothing else at once (RFC 6455 §4.1). Every other
 * `Upgrade` is passed over, as a server may (RFC 9110 §7.8), and the request is what it is without: Java and `curl --http2`
 * offer h2c with all of them, and past a change to HTTP/2 nobody would look at requests any more.
 */
function takesUpgrade(front: Front, request: IncomingMessage): boolean {
  const { method, httpVersion, headers } = request
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0
  if (method !== 'GET' || httpVersion !== '1.1' || hasBody || refusalOf(request) !== undefined) return false
  if (headers.upgrade?.toLowerCase() !== 'websocket') return false
  try {
    return front.takesUpgrade(request)
  } catch {
    // As a request it is looked at again, and the fault told.
    return false
  }
}

/** What no server may take, whatever is asked for: 400 for two hosts (RFC 9112 §3.2), 501 for another coding (§6.1). */
function refusalOf({ rawHeaders, headers }: IncomingMessage): 400 | 501 | undefined {
  const hosts = rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'host')
  if (hosts.length > 1) return 400
  return (headers['transfer-encoding'] ?? 'chunked').toLowerCase() === 'chunked' ? undefined : 501
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
