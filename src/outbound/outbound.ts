import { lookup } from 'node:dns/promises'
import { Agent, type Dispatcher } from 'undici'
import { Failure } from '#base'
import { createGuardedConnector, type Resolve } from './addresses/guarded-connector.ts'
import { openBody, type SendableBody } from './body.ts'
import { createDeadline, type Deadline } from './deadline.ts'
import { parseDestination } from './destination.ts'
import type { Phase } from './errors.ts'
import { failedCall } from './failed-call.ts'
import { type Hop, isRedirect, nextHop, tooManyRedirects } from './redirect.ts'
import { type Exchange, type OutboundRequest, readHeaders } from './request.ts'
import { createResponse, type OutboundResponse } from './response.ts'

/** The way to other systems. */
export type Outbound = {
  /**
   * Makes one call. Any status is an answer; only what keeps an answer from coming is thrown.
   *
   * @throws OutboundFailure with `phase`, see `errors.ts`; the error of the body's own source as it is.
   */
  send(request: OutboundRequest): Promise<OutboundResponse>
  /** Ends every connection at once; calls under way fail. */
  close(): Promise<void>
}

/** What is allowed, and what tests set. */
export type OutboundOptions = {
  /** `host:port` that may be called although their address is private. */
  readonly allow: readonly string[]
  readonly userAgent: string
  /** How names become addresses; the system's resolver unless told. */
  readonly resolve?: Resolve
  /** Told of every exchange, redirects one by one. */
  readonly observe?: (exchange: Exchange) => void
}

const DEFAULT_SECONDS = 30
/** Per host; more calls wait their turn, and their time runs meanwhile. */
const MOST_CONNECTIONS = 128

/** The one way out: to named hosts only, never to a private address, bounded in time and size. */
export function createOutbound(options: OutboundOptions): Outbound {
  const allow = new Set(options.allow.map((entry) => entry.toLowerCase()))
  const resolve = options.resolve ?? ((hostname) => lookup(hostname, { all: true }))
  const agent = new Agent({
    connect: createGuardedConnector({ allow, resolve }),
    connections: MOST_CONNECTIONS,
    pipelining: 1,
    // One limit over the whole exchange takes their place: a peer that drips a byte now and then satisfies these.
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  return {
    send: (request) => follow(agent, request, options),
    close: () => agent.destroy(),
  }
}

async function follow(agent: Agent, request: OutboundRequest, options: OutboundOptions): Promise<OutboundResponse> {
  let hop: Hop = {
    method: request.method,
    url: parseDestination(request.url, request.hosts),
    headers: readHeaders(request, options.userAgent),
    body: request.body,
    bodyLength: request.bodyLength,
  }
  const deadline = createDeadline(request.timeoutSeconds ?? DEFAULT_SECONDS, request.signal)
  try {
    for (let followed = 0; ; followed += 1) {
      const call = createCall(request, hop, deadline, { earlier: followed > 0, observe: options.observe })
      const answer = await call.send(agent)
      const location = [answer.headers.location].flat()[0]
      if (!request.redirects || !isRedirect(answer.statusCode, location)) {
        return createResponse(answer, { ...hop, maxBytes: request.maxBytes, deadline, fail: call.fail })
      }
      // What a redirect says besides is not worth waiting for.
      answer.body.on('error', () => {}).destroy()
      if (followed >= request.redirects) throw tooManyRedirects(hop.url.host)
      hop = nextHop(hop, answer.statusCode, location, request.hosts)
    }
  } catch (error) {
    deadline.clear()
    throw error
  }
}

/** One request and its answer's head; remembers how far it got. */
function createCall(
  request: OutboundRequest,
  hop: Hop,
  deadline: Deadline,
  chain: { earlier: boolean; observe: OutboundOptions['observe'] },
) {
  const { method, url } = hop
  const started = performance.now()
  // A hop that was answered with a redirect may already have changed something there.
  let phase: Phase = chain.earlier ? 'no_answer' : 'not_sent'
  const hint = `${request.purpose}: ${method} ${url.host}`
  const fail = (error: unknown) => failedCall(error, { host: url.host, phase, deadline, signal: request.signal, hint })
  const observe = (outcome: { status: number } | { code: string }) => {
    const seconds = (performance.now() - started) / 1000
    chain.observe?.({ purpose: request.purpose, method, host: url.host, path: url.pathname, seconds, ...outcome })
  }
  const interceptor = onRequestStart(() => {
    phase = 'no_answer'
  })
  return {
    fail,
    async send(agent: Agent): Promise<Dispatcher.ResponseData> {
      const body = openBody(hop.body)
      const sending = agent.compose(interceptor).request(wireRequest(hop, body.content, deadline.signal))
      try {
        const answer = await Promise.race([sending, deadline.aborted])
        phase = 'answered'
        observe({ status: answer.statusCode })
        return answer
      } catch (error) {
        sending.catch(() => {})
        const failure = body.sourceError() ?? fail(error)
        observe({ code: failure instanceof Failure ? failure.data.code : 'request_body_failed' })
        throw failure
      }
    },
  }
}

function wireRequest(hop: Hop, body: SendableBody['content'], signal: AbortSignal): Dispatcher.RequestOptions {
  const length = hop.bodyLength === undefined ? {} : { 'content-length': String(hop.bodyLength) }
  const { method, url } = hop
  return {
    origin: url.origin,
    path: `${url.pathname}${url.search}`,
    method,
    headers: { ...hop.headers, ...length },
    body,
    signal,
  }
}

/** Calls back at the moment undici has a connection and begins to write the request. */
function onRequestStart(begin: () => void): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) =>
    dispatch(options, {
      onRequestStart(controller, context) {
        begin()
        handler.onRequestStart?.(controller, context)
      },
      onResponseStart: (...args) => handler.onResponseStart?.(...args),
      onResponseData: (...args) => handler.onResponseData?.(...args),
      onResponseEnd: (...args) => handler.onResponseEnd?.(...args),
      onResponseError: (...args) => handler.onResponseError?.(...args),
    })
}
