import type { IncomingMessage, ServerResponse } from 'node:http'
import { Transform } from 'node:stream'
import type { Forwarder, ForwardFailure, Forwarding, ForwardRequest } from '#outbound'
import type { ForwardingRoute } from '../routes/route.ts'
import type { EndedBy, Going } from './leases.ts'

/** How a request ended, for the log and the metrics. */
export type ForwardEnd =
  | { readonly kind: 'answered'; readonly status: number }
  /** Before a head had gone to the caller, so that an error can still be told. */
  | { readonly kind: 'failed'; readonly failure: ForwardFailure }
  | { readonly kind: 'too_large' }
  /** The caller went away, or the upstream did in the middle of its answer, or this process stops: the connection is closed. */
  | { readonly kind: 'broken_off'; readonly status: number | undefined; readonly by: 'caller' | 'upstream' | 'stop' }
  /** The caller may not have it any more. Without a status nothing had been answered, so that it can still be told. */
  | { readonly kind: 'ended'; readonly status: number | undefined; readonly why: EndedBy }

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])
/** Bytes; beyond these a copy costs more than a second piece. */
const MOST_JOINED = 4096

/**
 * Sends a request on and its answer back, both as they come.
 *
 * A request is repeated only when it changes nothing, has no body, and no byte of an answer had come (security §11.6).
 */
export function forward(
  forwarder: Forwarder,
  exchange: {
    readonly request: IncomingMessage
    readonly response: ServerResponse
    readonly route: Pick<ForwardingRoute, 'upstream' | 'timeoutSeconds' | 'retries' | 'maxBodyBytes'>
    /** Path and query at the upstream. */
    readonly path: string
    readonly headers: readonly string[]
    readonly answerHeaders: (raw: readonly string[]) => readonly string[]
    /** Told of it, and asked to let go of it when it is over. */
    readonly hold: (going: Going) => () => void
  },
): Promise<ForwardEnd> {
  const { request, response, route } = exchange
  const method = request.method ?? 'GET'
  const hasBody = bringsBody(request)
  const wire: Omit<ForwardRequest, 'body'> = {
    ...{ origin: route.upstream.origin, path: exchange.path, method, headers: exchange.headers },
    headSeconds: route.timeoutSeconds,
  }
  let tries = SAFE.has(method) && !hasBody ? route.retries : 0
  // Gone while it was looked at.
  if (response.destroyed) return Promise.resolve({ kind: 'broken_off', status: undefined, by: 'caller' })

  return new Promise((resolve) => {
    let forwarding: Forwarding | undefined
    let status: number | undefined
    let hasBegun = false
    let over = false
    let isEventStream = false
    const end = (how: ForwardEnd) => {
      if (over) return
      over = true
      release()
      resolve(how)
    }
    const release = exchange.hold({
      // An event stream that answers a POST is an answer all the same, such as of a tool or a language model.
      isSubscription: () => isEventStream && method === 'GET',
      end(why) {
        end({ kind: 'ended', status, why })
        forwarding?.stop()
        // `EventSource` comes again by itself; of anything else the caller has to see that something is missing.
        if (isEventStream) response.end()
        else if (status !== undefined) response.destroy()
      },
    })
    const body = hasBody
      ? limited(request, route.maxBodyBytes, () => {
          end({ kind: 'too_large' })
          forwarding?.stop()
        })
      : null
    response.once('close', () => {
      if (response.writableFinished) return
      end({ kind: 'broken_off', status, by: 'caller' })
      forwarding?.stop()
    })

    const send = () => {
      forwarding = forwarder.send(
        { ...wire, body },
        {
          head(code, raw) {
            status = code
            isEventStream = saysEventStream(raw)
            response.writeHead(code, [...exchange.answerHeaders(raw)])
            // An event stream says nothing for a while: its head must not wait for the first event. What came together
            // with the head is heard of before the next tick, and goes out together with it.
            process.nextTick(() => {
              if (!hasBegun) response.flushHeaders()
            })
          },
          data(chunk) {
            const isFirst = !hasBegun
            hasBegun = true
            // Text goes out in one piece with the head, bytes do not. Latin-1 keeps each byte as it is.
            const joins = isFirst && chunk.length <= MOST_JOINED
            if (joins ? response.write(chunk.toString('latin1'), 'latin1') : response.write(chunk)) return true
            response.once('drain', () => forwarding?.resume())
            return false
          },
          end() {
            hasBegun = true
            response.end(() => end({ kind: 'answered', status: status ?? 0 }))
          },
          failed(failure) {
            if (over) return
            if (status === undefined && tries > 0 && failure.kind !== 'slow') {
              tries -= 1
              return send()
            }
            if (status === undefined) return end({ kind: 'failed', failure })
            // The caller has to see that something is missing: a clean end would look complete.
            response.destroy()
            end({ kind: 'broken_off', status, by: 'upstream' })
          },
        },
      )
    }
    send()
  })
}

/** Whether an answer is one, by its headers. */
export function saysEventStream(raw: readonly string[]): boolean {
  for (let at = 0; at < raw.length; at += 2) {
    if (raw[at]?.toLowerCase() === 'content-type') return /^text\/event-stream\b/i.test(raw[at + 1] ?? '')
  }
  return false
}

/** RFC 9112 §6: a request has a body when it says its length, or that it comes in chunks. */
function bringsBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/** The length that is said has been compared already; chunks are counted as they come. */
function limited(request: IncomingMessage, most: number, tooLarge: () => void) {
  if (request.headers['transfer-encoding'] === undefined) return request
  let bytes = 0
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      if (bytes <= most) return done(null, chunk)
      tooLarge()
      return done(new Error('The body is larger than this route takes'))
    },
  })
  request.on('error', (error) => counter.destroy(error))
  return request.pipe(counter)
}
