import type { Duplex, Readable } from 'node:stream'
import { Agent, type Dispatcher, errors } from 'undici'

/** A request that goes on to another server as it is: nothing is followed, decoded or kept. */
export type ForwardRequest = {
  /** `http://host:port`, named by whoever runs this server: private addresses are what upstreams have. */
  readonly origin: string
  /** Path and query. */
  readonly path: string
  readonly method: string
  /** Name, value, name, value. */
  readonly headers: readonly string[]
  readonly body: Readable | null
  /** For the head of the answer to come. The body may take as long as it likes (streams, SSE). */
  readonly headSeconds: number
  /** The protocol to change to, such as `websocket`. */
  readonly upgrade?: string
}

/** What becomes of it, in this order: `head`, `data` any number of times, `end`; or `failed` at any time, and then nothing. */
export type ForwardAnswer = {
  /** @param headers name, value, name, value, as they came */
  head(status: number, headers: readonly string[]): void
  /** @returns false when no more is wanted until `resume` */
  data(chunk: Buffer): boolean
  end(): void
  failed(failure: ForwardFailure): void
  /** The connection itself, once both sides have agreed to change the protocol. */
  upgraded?(status: number, headers: readonly string[], socket: Duplex): void
}

export type ForwardFailure = {
  /**
   * `unreachable`: not one byte went out. `slow`: no head in time. `broken`: the connection ended, or what came was no
   * HTTP. `stopped`: by us.
   */
  readonly kind: 'unreachable' | 'slow' | 'broken' | 'stopped'
  readonly cause: Error
}

export type Forwarding = {
  resume(): void
  /** Ends it; the answer hears `failed` with `stopped`, unless it has ended already. */
  stop(): void
}

/** The way on to upstreams: streams both ways with back-pressure, connections kept and shared. */
export type Forwarder = {
  send(request: ForwardRequest, answer: ForwardAnswer): Forwarding
  /** Ends every connection at once. */
  close(): Promise<void>
}

const CONNECT_MS = 5000
/** Shorter than the 5 s after which many servers hang up, so that a request does not meet a closing door. */
const KEEP_MS = 4000

export function createForwarder(): Forwarder {
  const agent = new Agent({
    connect: { timeout: CONNECT_MS },
    // As many as there are requests at once: streams keep theirs, and no time limit holds for a request that waits for one.
    connections: null,
    pipelining: 1,
    keepAliveTimeout: KEEP_MS,
    bodyTimeout: 0,
    // Many servers send long tokens and policies; more than 64 kB of headers is an upstream gone wrong.
    maxHeaderSize: 65_536,
  })
  return {
    send(request, answer) {
      const { origin, path, method, headers, body, headSeconds, upgrade } = request
      let controller: Dispatcher.DispatchController | undefined
      let stopped = false
      let started = false
      const stop = () => {
        stopped = true
        controller?.abort(new errors.RequestAbortedError('stopped'))
      }
      const handler: Dispatcher.DispatchHandler = {
        onRequestStart(own) {
          controller = own
          started = true
          if (stopped) stop()
        },
        onResponseStart(own, status) {
          // 1xx are between this server and the next one; `101` comes as an upgrade.
          if (status >= 200) answer.head(status, textPairs(own.rawHeaders))
        },
        onResponseData(own, chunk) {
          if (!answer.data(chunk)) own.pause()
        },
        onResponseEnd: () => answer.end(),
        onResponseError: (_own, cause) => answer.failed({ kind: stopped ? 'stopped' : kindOf(cause, started), cause }),
        ...(upgrade === undefined
          ? {}
          : {
              onRequestUpgrade: (
                own: Dispatcher.DispatchController,
                status: number,
                _headers: object,
                socket: Duplex,
              ) => answer.upgraded?.(status, textPairs(own.rawHeaders), socket),
            }),
      }
      const options = { origin, path, method, headers: [...headers], body, headersTimeout: headSeconds * 1000 }
      agent.dispatch(upgrade === undefined ? options : { ...options, upgrade }, handler)
      return { resume: () => controller?.resume(), stop }
    },
    close: () => agent.destroy(),
  }
}

/** Header fields are bytes; Latin-1 keeps each as it is (RFC 9110 §5.5). */
function textPairs(raw: Dispatcher.DispatchController['rawHeaders']): readonly string[] {
  return Array.isArray(raw) ? raw.map((part) => (typeof part === 'string' ? part : part.toString('latin1'))) : []
}

function kindOf(error: Error, started: boolean): ForwardFailure['kind'] {
  if (error instanceof errors.HeadersTimeoutError) return 'slow'
  if (error instanceof errors.ConnectTimeoutError || !started) return 'unreachable'
  return 'broken'
}
