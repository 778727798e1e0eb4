import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Forwarder } from '#outbound'
import type { ForwardingRoute } from '../routes/route.ts'
import type { ForwardEnd } from './forward.ts'

/**
 * A connection that changes its protocol (WebSocket, RFC 6455 §4): the handshake goes on as any request does, and from
 * then on bytes go both ways untouched until one side ends.
 */
export function forwardUpgrade(
  forwarder: Forwarder,
  exchange: {
    readonly request: IncomingMessage
    readonly socket: Duplex
    /** What had come after the head already. */
    readonly early: Buffer
    readonly route: Pick<ForwardingRoute, 'upstream' | 'timeoutSeconds'>
    readonly path: string
    readonly headers: readonly string[]
    readonly answerHeaders: (raw: readonly string[]) => readonly string[]
  },
): Promise<ForwardEnd> {
  const { request, socket, route } = exchange
  const protocol = request.headers.upgrade ?? ''
  return new Promise((resolve) => {
    let status: number | undefined
    const forwarding = forwarder.send(
      {
        ...{ origin: route.upstream.origin, path: exchange.path, method: 'GET', headers: exchange.headers },
        ...{ body: null, headSeconds: route.timeoutSeconds, upgrade: protocol },
      },
      {
        // The upstream does not want to: its answer goes back as it is, and the connection ends with it.
        head(code, raw) {
          status = code
          socket.write(headOf(code, [...exchange.answerHeaders(raw), 'connection', 'close']))
        },
        data(chunk) {
          if (socket.write(chunk)) return true
          socket.once('drain', () => forwarding.resume())
          return false
        },
        end() {
          socket.end()
          resolve({ kind: 'answered', status: status ?? 0 })
        },
        failed(failure) {
          if (status === undefined) return resolve({ kind: 'failed', failure })
          socket.destroy()
          resolve({ kind: 'broken_off', status, by: 'upstream' })
        },
        upgraded(code, raw, other) {
          const headers = [...exchange.answerHeaders(raw), 'connection', 'Upgrade', 'upgrade', protocol]
          socket.write(headOf(code, headers))
          if (exchange.early.length > 0) other.write(exchange.early)
          join(socket, other)
          socket.once('close', () => resolve({ kind: 'answered', status: code }))
        },
      },
    )
    socket.once('close', () => forwarding.stop())
  })
}

/** An answer's head on a connection that no server object writes to any more (RFC 9112 §4). */
export function headOf(status: number, headers: readonly string[]): string {
  const lines = headers.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${headers[at + 1] ?? ''}`] : []))
  return `${[`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, ...lines].join('\r\n')}\r\n\r\n`
}

/** Either end of it takes the other along. */
function join(one: Duplex, other: Duplex): void {
  one.pipe(other).pipe(one)
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.on('error', () => to.destroy())
    from.on('close', () => to.destroy())
  }
}
