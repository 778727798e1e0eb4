import type { ServerResponse } from 'node:http'
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerOptions } from 'node:http'
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

/**
 * The server under Fastify, with a front before it.
 *
 * Node's own limit on the whole request would end uploads through the front after 30 seconds, so it is set here, for what
 * the front leaves alone: 408 for a body that comes byte by byte, and for nothing that is only answered slowly.
 */
export function createFrontedServer(front: Front, options: ServerOptions): (handler: RequestListener) => Server {
  return (handler) => {
    const server = createServer({ ...options, requestTimeout: 0, headersTimeout: REQUEST_MS }, (request, response) => {
      if (front.request(request, response)) return
      limitArrival(request, response)
      handler(request, response)
    })
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, early: Buffer) => {
      socket.on('error', () => socket.destroy())
      if (front.upgrade(request, socket, early)) return
      socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
    })
    return server
  }
}

function limitArrival(request: IncomingMessage, response: ServerResponse): void {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers
  if (length === '0' && encoding === undefined) return
  const timer = setTimeout(() => {
    if (!response.headersSent) response.writeHead(408, { connection: 'close' }).end()
    request.destroy()
  }, REQUEST_MS)
  const clear = () => clearTimeout(timer)
  request.once('end', clear)
  request.once('close', clear)
}
