import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Forwarder } from '#outbound'
import type { ForwardingRoute } from '../routes/route.ts'
import type { ForwardEnd } from './forward.ts'
import { closeFrame, createFrameWatch } from './websocket-frames.ts'

/** A connection that goes both ways, in whatever protocol. */
export type UpgradedConnection = {
  /**
   * Ends it: a WebSocket where a frame ends, with this code to both sides (RFC 6455 §7.4); anything else is cut off, and
   * so is what has not ended a second later.
   */
  end(code: number): void
}

const END_MS = 1000

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
    /** Both sides have agreed. */
    readonly opened: (connection: UpgradedConnection) => void
  },
): Promise<ForwardEnd> {
  const { request, socket, route } = exchange
  const protocol = request.headers.upgrade ?? ''
  // Gone while it was looked at.
  if (socket.destroyed) return Promise.resolve({ kind: 'broken_off', status: undefined, by: 'caller' })
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
          if (exchange.early.length > 0) socket.unshift(exchange.early)
          socket.once('close', () => resolve({ kind: 'answered', status: code }))
          exchange.opened(join(socket, other, protocol.toLowerCase() === 'websocket'))
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
function join(caller: Duplex, upstream: Duplex, isWebSocket: boolean): UpgradedConnection {
  const endWays = [carry(upstream, caller, false), carry(caller, upstream, true)]
  const cut = () => {
    caller.destroy()
    upstream.destroy()
  }
  return {
    end(code) {
      if (!isWebSocket) return cut()
      for (const endWay of endWays) endWay(code)
      setTimeout(cut, END_MS)
    },
  }
}

/** One way of it, with back-pressure. @returns what ends it at the next place where a frame of ours may stand */
function carry(from: Duplex, to: Duplex, masked: boolean): (code: number) => void {
  const watch = createFrameWatch()
  let last: Buffer | undefined
  let isOver = false
  const finish = (frame: Buffer) => {
    isOver = true
    if (to.writable) to.end(frame)
  }
  from.on('data', (chunk: Buffer) => {
    if (isOver) return
    const whole = watch.take(chunk)
    if (last && whole > 0) {
      to.write(chunk.subarray(0, whole))
      return finish(last)
    }
    if (to.write(chunk)) return
    from.pause()
    to.once('drain', () => from.resume())
  })
  from.on('end', () => to.end())
  from.on('error', () => to.destroy())
  // What came before a clean end may still be on its way to a slow reader.
  from.on('close', () => (from.readableEnded ? to.end(() => to.destroy()) : to.destroy()))
  return (code) => {
    last ??= closeFrame(code, masked)
    if (watch.isBetween() && !isOver) finish(last)
  }
}
