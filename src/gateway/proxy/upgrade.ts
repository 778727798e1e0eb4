import { STATUS_CODES } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { endWith } from '#http'
import type { Forwarder } from '#outbound'
import type { ForwardingRoute } from '../routes/route.ts'
import { type ForwardEnd, saysEventStream } from './forward.ts'
import { closeFrame, createFrameWatch } from './websocket-frames.ts'

/** What a handshake has led to: a WebSocket, or an answer of the upstream that is none. */
export type UpgradedConnection = {
  /** Whether it lasts by its nature: every WebSocket, and of answers event streams. */
  isSubscription(): boolean
  /**
   * Ends it: a WebSocket where a frame ends, with this code to both sides (RFC 6455 §7.4), and what has not ended a second
   * later is cut off; an answer at once.
   */
  end(code: number): void
}

const END_MS = 1000
/** The only one: past a change to another protocol nothing that was checked would hold (h2c: HTTP with no route before it). */
const PROTOCOL = 'websocket'

/**
 * A connection that becomes a WebSocket (RFC 6455 §4): the handshake goes on as any request does, and from then on bytes
 * go both ways untouched until one side ends.
 */
export function forwardUpgrade(
  forwarder: Forwarder,
  exchange: {
    readonly socket: Duplex
    /** What had come after the head already. */
    readonly early: Buffer
    readonly route: Pick<ForwardingRoute, 'upstream' | 'timeoutSeconds'>
    readonly path: string
    readonly headers: readonly string[]
    readonly answerHeaders: (raw: readonly string[]) => readonly string[]
    /** There is something now that may have to be ended. */
    readonly opened: (connection: UpgradedConnection) => void
  },
): Promise<ForwardEnd> {
  const { socket, route } = exchange
  // Gone while it was looked at.
  if (socket.destroyed) return Promise.resolve({ kind: 'broken_off', status: undefined, by: 'caller' })
  return new Promise((resolve) => {
    let status: number | undefined
    let isOpen = false
    let isEnded = false
    const forwarding = forwarder.send(
      {
        ...{ origin: route.upstream.origin, path: exchange.path, method: 'GET', headers: exchange.headers },
        ...{ body: null, headSeconds: route.timeoutSeconds, upgrade: PROTOCOL },
      },
      {
        // The upstream does not want to: its answer goes back as it is, and the connection ends with it.
        head(code, raw) {
          status = code
          const isSubscription = saysEventStream(raw)
          socket.write(headOf(code, [...exchange.answerHeaders(raw), 'connection', 'close']))
          exchange.opened({
            isSubscription: () => isSubscription,
            end() {
              isEnded = true
              resolve({ kind: 'broken_off', status: code, by: 'stop' })
              forwarding.stop()
              if (isSubscription) endWith(socket)
              else cutOff(socket)
            },
          })
        },
        data(chunk) {
          if (socket.write(chunk)) return true
          socket.once('drain', () => forwarding.resume())
          return false
        },
        end() {
          endWith(socket)
          resolve({ kind: 'answered', status: status ?? 0 })
        },
        failed(failure) {
          if (isEnded) return
          if (status === undefined) return resolve({ kind: 'failed', failure })
          cutOff(socket)
          resolve({ kind: 'broken_off', status, by: 'upstream' })
        },
        upgraded(code, raw, other) {
          if (headerOf(raw, 'upgrade').toLowerCase() !== PROTOCOL) {
            other.destroy()
            return resolve({
              kind: 'failed',
              failure: { kind: 'broken', cause: new Error('Changes to another protocol') },
            })
          }
          isOpen = true
          const headers = [...exchange.answerHeaders(raw), 'connection', 'Upgrade', 'upgrade', PROTOCOL]
          socket.write(headOf(code, headers))
          if (exchange.early.length > 0) socket.unshift(exchange.early)
          socket.once('close', () => resolve({ kind: 'answered', status: code }))
          exchange.opened(join(socket, other))
        },
      },
    )
    socket.once('close', () => {
      if (!isOpen) resolve({ kind: 'broken_off', status, by: 'caller' })
      forwarding.stop()
    })
  })
}

/** The caller has to see that something is missing: an answer whose length was not said is over where its connection ends. */
function cutOff(socket: Duplex): void {
  if (socket instanceof Socket) socket.resetAndDestroy()
  else socket.destroy()
}

function headerOf(raw: readonly string[], wanted: string): string {
  return raw.find((_value, at) => at % 2 === 1 && raw[at - 1]?.toLowerCase() === wanted) ?? ''
}

/** An answer's head on a connection that no server object writes to any more (RFC 9112 §4). */
export function headOf(status: number, headers: readonly string[]): string {
  const lines = headers.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${headers[at + 1] ?? ''}`] : []))
  return `${[`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, ...lines].join('\r\n')}\r\n\r\n`
}

/** Either end of it takes the other along. */
function join(caller: Duplex, upstream: Duplex): UpgradedConnection {
  const endWays = [carry(upstream, caller, false), carry(caller, upstream, true)]
  const cut = () => {
    caller.destroy()
    upstream.destroy()
  }
  return {
    isSubscription: () => true,
    end(code) {
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
