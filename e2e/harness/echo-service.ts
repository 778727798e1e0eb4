import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { acceptWebSocket } from './handshake.ts'

/** What reached the service, exactly as it came over the wire. */
export type Arrived = {
  readonly method: string
  readonly url: string
  /** Names and values in turn; nothing is joined or left out. */
  readonly rawHeaders: readonly string[]
  readonly bytes: number
  readonly sha256: string
}

/** An API of somebody's that knows nothing of tokens: it says what it got. */
export type EchoService = {
  readonly port: number
  readonly arrived: readonly Arrived[]
  /** Sends one more event to whoever reads `…/events`. */
  event(data: string): void
  close(): Promise<void>
}

/** `…/status/<n>` answers with that status, `…/events` streams, an upgrade sends back every byte; all else is an echo. */
export async function startEchoService(): Promise<EchoService> {
  const arrived: Arrived[] = []
  const readers = new Set<ServerResponse>()
  const sockets = new Set<Socket>()
  const server = createServer(async (request, response) => {
    const what = await arrivedOf(request)
    arrived.push(what)
    response.setHeader('x-service', 'echo')
    if (what.url.endsWith('/events')) {
      readers.add(response)
      return void response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: hello\n\n')
    }
    const [, status = '200'] = /\/status\/(\d{3})$/.exec(what.url) ?? []
    response.writeHead(Number(status), { 'content-type': 'application/json' }).end(JSON.stringify(what))
  })
  server.on('connection', (socket) => sockets.add(socket))
  server.on('upgrade', async (request, socket) => {
    arrived.push(await arrivedOf(request))
    acceptWebSocket(request, socket)
    socket.pipe(socket)
    socket.on('error', () => socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  return {
    port: address.port,
    arrived,
    event(data) {
      for (const reader of readers) reader.write(`data: ${data}\n\n`)
    },
    async close() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}

async function arrivedOf(request: IncomingMessage): Promise<Arrived> {
  const hash = createHash('sha256')
  let bytes = 0
  // An upgrade has no body to wait for: what comes is of the other protocol.
  if (request.headers.upgrade === undefined) {
    for await (const chunk of request) {
      bytes += chunk.length
      hash.update(chunk)
    }
  }
  const { method = '', url = '', rawHeaders } = request
  return { method, url, rawHeaders, bytes, sha256: hash.digest('hex') }
}
