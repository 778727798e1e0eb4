import type { IncomingMessage, ServerResponse } from 'node:http'
import { Transform } from 'node:stream'
import type { Forwarder, ForwardFailure, Forwarding, ForwardRequest } from '#outbound'
import type { ForwardingRoute } from '../routes/route.ts'

/** How a request ended, for the log and the metrics. */
export type ForwardEnd =
  | { readonly kind: 'answered'; readonly status: number }
  /** Before a head had gone to the caller, so that an error can still be told. */
  | { readonly kind: 'failed'; readonly failure: ForwardFailure }
  | { readonly kind: 'too_large' }
  /** The caller went away, or the upstream did in the middle of its answer: the connection is closed. */
  | { readonly kind: 'broken_off'; readonly status: number | undefined; readonly by: 'caller' | 'upstream' }

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

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

  return new Promise((resolve) => {
    let forwarding: Forwarding | undefined
    let status: number | undefined
    let over = false
    const end = (how: ForwardEnd) => {
      if (over) return
      over = true
      resolve(how)
    }
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
            response.writeHead(code, [...exchange.answerHeaders(raw)])
            // An event stream says nothing for a while: its head must not wait for the first event.
            response.flushHeaders()
          },
          data(chunk) {
            if (response.write(chunk)) return true
            response.once('drain', () => forwarding?.resume())
            return false
          },
          end() {
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
