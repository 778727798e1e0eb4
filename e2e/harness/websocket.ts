import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'

/** A connection that has shaken hands (RFC 6455), at whichever end; light enough for thousands. */
export type RawWebSocket = {
  /** The next message's text; the code, where it is told to close; undefined where the connection just ends. */
  next(): Promise<string | number | undefined>
  send(text: string): void
  destroy(): void
}

/** Opens one at a product, as a client. @throws where the answer is not 101 */
export async function openWebSocket(url: string): Promise<RawWebSocket> {
  const { host, port, pathname } = new URL(url)
  const headers = {
    ...{ host, connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' },
    'sec-websocket-key': randomBytes(16).toString('base64'),
  }
  const request = httpRequest({ host: '127.0.0.1', port, path: pathname, headers, agent: false }).end()
  const refused = once(request, 'response').then(([response]: IncomingMessage[]) => {
    throw new Error(`no WebSocket: ${response?.statusCode}`)
  })
  const [, socket, early] = (await Promise.race([once(request, 'upgrade'), refused])) as [unknown, Duplex, Buffer]
  refused.catch(() => {})
  return createRawWebSocket(socket, early, true)
}

/** What is sent here is short: one frame is one message, and its length fits into the first two bytes. */
function createRawWebSocket(socket: Duplex, early: Buffer, masks: boolean): RawWebSocket {
  let got = early
  let isOver = false
  let wake = () => {}
  socket.on('data', (chunk: Buffer) => {
    got = got.length === 0 ? chunk : Buffer.concat([got, chunk])
    wake()
  })
  socket.on('error', () => {})
  // A server's half of it stays open otherwise.
  socket.on('end', () => socket.end())
  socket.on('close', () => {
    isOver = true
    wake()
  })
  function read(): string | number | undefined {
    const [first = 0, second = 0] = got
    const start = second & 0x80 ? 6 : 2
    const end = start + (second & 0x7f)
    if (got.length < 2 || got.length < end) return undefined
    const mask = second & 0x80 ? got.subarray(2, 6) : Buffer.alloc(4)
    const payload = got.subarray(start, end).map((byte, at) => byte ^ (mask[at % 4] ?? 0))
    got = got.subarray(end)
    return (first & 0x0f) === 8 ? Buffer.from(payload).readUInt16BE() : Buffer.from(payload).toString()
  }
  return {
    async next() {
      for (;;) {
        const found = read()
        if (found !== undefined || isOver) return found
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
    send: (text) => void socket.write(frame(text, masks)),
    destroy: () => void socket.destroy(),
  }
}

function frame(text: string, masks: boolean): Buffer {
  const payload = Buffer.from(text)
  if (!masks) return Buffer.from([0x81, payload.length, ...payload])
  const mask = randomBytes(4)
  return Buffer.from([0x81, 0x80 | payload.length, ...mask, ...payload.map((byte, at) => byte ^ (mask[at % 4] ?? 0))])
}

/** A service with connections that stay: WebSockets, and event streams at `…/events`. Everything else is `ok`. */
export type LiveService = {
  readonly port: number
  readonly sockets: readonly RawWebSocket[]
  readonly streams: readonly ServerResponse[]
  close(): Promise<void>
}

export async function startLiveService(): Promise<LiveService> {
  const sockets: RawWebSocket[] = []
  const streams: ServerResponse[] = []
  const server = createServer((request, response) => {
    if (!request.url?.endsWith('/events')) return void response.end('ok')
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    streams.push(response)
  })
  server.on('upgrade', (_request, socket, early) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n')
    sockets.push(createRawWebSocket(socket, early, false))
  })
  server.listen({ port: 0, host: '127.0.0.1', backlog: 8192 })
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    streams,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
