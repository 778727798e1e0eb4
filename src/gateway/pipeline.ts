import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { type Clock, newId } from '#base'
import { type BasePath, endWith, type Peers } from '#http'
import type { Forwarder } from '#outbound'
import { type OwnAnswer, ownAnswer, ownRedirect, sendOwn } from './answer.ts'
import type { Authenticate } from './authenticate/authenticate.ts'
import { challenge } from './authenticate/challenge.ts'
import type { Admitted, Refusal, Who } from './authenticate/who.ts'
import { corsHeaders, preflight } from './cors.ts'
import type { GatewayProblem } from './errors.ts'
import type { Identify } from './identity/identify.ts'
import type { Limits, TooMany } from './limits/limits.ts'
import { type ForwardEnd, forward } from './proxy/forward.ts'
import type { EndedBy, Going, Leases } from './proxy/leases.ts'
import type { OpenConnections } from './proxy/open-connections.ts'
import { callersLocation } from './proxy/redirects.ts'
import { requestHeaders, type Sender } from './proxy/request-headers.ts'
import { responseHeaders } from './proxy/response-headers.ts'
import { forwardUpgrade, headOf, type UpgradedConnection } from './proxy/upgrade.ts'
import { canonicalPath } from './routes/canonical-path.ts'
import { metadataUrl } from './routes/metadata.ts'
import { type ForwardingRoute, type Route, scopesFor } from './routes/route.ts'
import type { RouteTable } from './routes/route-table.ts'
import { signInNeeded } from './sessions/sign-in-needed.ts'
import { traceOf } from './trace.ts'

/** The gateway's own answer in the place of the upstream's. */
export type Refused = {
  readonly kind: 'refused'
  readonly status: number
  readonly code: GatewayProblem
  /** As the caller was told it. */
  readonly reason: string
}

/** What became of a request, for the log and the metrics. */
export type Finished = {
  readonly requestId: string
  readonly method: string
  readonly path: string
  readonly route: Route | undefined
  readonly who: Who | undefined
  readonly address: string
  readonly end: ForwardEnd | Refused
  readonly seconds: number
}

export type PipelineDeps = {
  readonly publicUrl: string
  readonly ownHost: string
  readonly basePath: BasePath
  readonly table: () => RouteTable
  readonly peers: Peers
  readonly authenticate: Authenticate
  readonly identify: Identify
  readonly forwarder: Forwarder
  readonly limits: Limits
  readonly openConnections: OpenConnections
  readonly leases: Leases
  /** Whether an answer was cut off since this process stops. */
  readonly wasCut: (response: ServerResponse) => boolean
  readonly clock: Clock
  /** Whether a cookie of that name is Trivet's. */
  readonly isOwnCookie: (name: string) => boolean
  readonly finished: (what: Finished) => void
  /** Of ours, such as a database that is away. */
  readonly fault: (requestId: string, error: unknown) => void
}

/** What an endpoint closes with that may not go on for a reason of its own (RFC 6455 §7.4.1). */
const POLICY_VIOLATION = 1008
/** By which header a request shows that it may have the answer. */
const GUARDS = { token: 'authorization', session: 'cookie', public: undefined } as const
/** Of a path that nobody can read. */
const MOST_LOGGED = 200

/** A request on its way, as far as it was understood. */
type Passage = {
  readonly request: IncomingMessage
  readonly method: string
  readonly host: string
  readonly path: string
  readonly query: string
  readonly sender: Sender
  readonly began: number
}

type Stop = {
  readonly code: GatewayProblem
  readonly detail: string
  readonly headers?: Record<string, string>
  /** In the place of an error: where a person goes, who came with a browser. */
  readonly location?: string
  /** As far as it was found. */
  readonly route?: Route
}
type Cleared = Admitted & { readonly route: ForwardingRoute }

/** From a request of node to an answer: find the route, check in the order below, send on. */
export function createPipeline(deps: PipelineDeps) {
  const { table, peers, limits } = deps

  /** Undefined: none of the gateway's, so the router's. */
  function locate(request: IncomingMessage): Passage | Stop | undefined {
    const host = peers.host(request)
    const routes = table()
    if (!routes.hasHost(host)) return undefined
    const isOwn = host === deps.ownHost
    const target = request.url ?? ''
    const [raw = '', ...rest] = (isOwn ? deps.basePath.strip(target) : target).split('?')
    const path = canonicalPath(raw)
    // `#` is for browsers only (RFC 3986 §3.5): what comes of it differs from server to server.
    if (path === undefined || rest.some((part) => part.includes('#'))) {
      const detail = 'Write the path plainly: no empty, dot or encoded segments.'
      return isOwn ? undefined : { code: 'route_path_ambiguous', detail }
    }
    const method = request.method ?? 'GET'
    if (isOwn && !routes.find(host, path, method)) return undefined
    const sender = {
      ...{ address: peers.address(request), host, protocol: peers.protocol(request), requestId: newId() },
      ...traceOf(request.headers.traceparent),
    }
    return { request, method, host, path, query: rest.join('?'), sender, began: performance.now() }
  }

  /** All that has to be true before a byte goes to the upstream. */
  async function clear(passage: Passage): Promise<Cleared | Stop> {
    const { request, method, path, host } = passage
    const match = table().find(host, path, method)
    if (!match) return { code: 'route_not_found', detail: 'No route leads there.' }
    if ('allowed' in match) {
      const allow = match.allowed.join(', ')
      return { code: 'route_method_not_allowed', detail: `Send ${allow}.`, headers: { allow } }
    }
    const { route } = match
    if (!isForwarding(route)) return { code: 'route_not_found', detail: 'Another server answers there.', route }
    const early = limits.byAddress(route, passage.sender.address)
    if (early) return tooMany(early, route)
    if (Number(request.headers['content-length'] ?? 0) > route.maxBodyBytes) return tooLarge(route)
    const { rawHeaders } = request
    const verdict = await deps.authenticate({ route, method, rawHeaders, query: passage.query })
    if ('refusal' in verdict) return stopOf(verdict.refusal, route, passage)
    const late = limits.byCaller(route, verdict.who, passage.sender.address)
    return late ? tooMany(late, route) : { ...verdict, route }
  }

  function stopOf(refusal: Refusal, route: Route, passage: Passage): Stop {
    const { method, sender } = passage
    if (refusal.status === 503) {
      const headers = { 'retry-after': String(refusal.wait ?? 1) }
      return { code: 'route_keys_missing', detail: `${refusal.description}.`, route, headers }
    }
    const code = ({ 400: 'route_request_invalid', 401: 'route_unauthorized', 403: 'route_forbidden' } as const)[
      refusal.status
    ]
    if (refusal.signIn) return signInStop(refusal, route, passage)
    if (refusal.code) return { code: refusal.code, detail: `${refusal.description}.`, route }
    const metadata = metadataUrl(route, { publicUrl: deps.publicUrl, protocol: sender.protocol })
    const header = challenge(refusal, { metadataUrl: metadata, scopes: scopesFor(route, method) })
    return { code, detail: `${refusal.description}.`, route, headers: { 'www-authenticate': header } }
  }

  /** Browsers go and sign in, scripts are told that somebody has to. */
  function signInStop(refusal: Refusal, route: Route, passage: Passage): Stop {
    const { rawHeaders } = passage.request
    const { location, challenge: header } = signInNeeded(refusal, { ...passage, rawHeaders })
    const answer = location === undefined ? { headers: { 'www-authenticate': header } } : { location }
    return { code: 'route_sign_in_needed', detail: `${refusal.description}.`, route, ...answer }
  }

  function finish(passage: Passage, route: Route | undefined, end: Finished['end'], who?: Who): void {
    const { method, path, sender, began } = passage
    deps.finished({
      ...{ method, path, end, requestId: sender.requestId, address: sender.address },
      ...{ route, who, seconds: (performance.now() - began) / 1000 },
    })
  }

  function answerOf(stop: Stop, requestId: string, extra: Readonly<Record<string, string>> = {}): OwnAnswer {
    if (stop.location !== undefined) return ownRedirect(stop.location, requestId)
    const headers = { ...extra, ...stop.headers }
    return ownAnswer(stop.code, { publicUrl: deps.publicUrl, requestId, detail: stop.detail, headers })
  }

  async function wire({ request, path, query, sender }: Passage, { route, who }: Cleared) {
    const { upstream } = route
    const there = `${upstream.base}${path.slice(upstream.strips.length)}` || '/'
    const cors = corsHeaders(route, request.headers.origin)
    const isOwnHost = route.host === undefined
    const place = `${sender.protocol}://${sender.host}${isOwnHost ? deps.basePath.prefix : ''}`
    const identity = await deps.identify(route, who)
    return {
      path: query === '' ? there : `${there}?${query}`,
      headers: requestHeaders(request.rawHeaders, {
        ...{ route, sender, identity, isOwnCookie: deps.isOwnCookie },
      }),
      answerHeaders: (raw: readonly string[]) => [
        ...responseHeaders(raw, {
          ...{
            isOwnHost,
            isOwnCookie: deps.isOwnCookie,
            setsCors: cors !== undefined,
            guardedBy: GUARDS[route.access],
          },
          locate: (location) => callersLocation(location, upstream, place),
        }),
        ...Object.entries(cors ?? {}).flat(),
        ...['x-request-id', sender.requestId],
      ],
    }
  }

  const holding =
    ({ lease }: Cleared) =>
    (going: Going) =>
      lease ? deps.leases.hold(lease, going) : () => undefined

  /** A long upload whose token was revoked before anything was answered. */
  function endedStop(end: ForwardEnd, route: Route, passage: Passage): Stop | undefined {
    if (end.kind !== 'ended' || end.status !== undefined) return undefined
    const description = 'The access token was ended meanwhile'
    const signIn = route.access === 'session' ? { signIn: {} } : {}
    return stopOf({ status: 401, error: 'invalid_token', description, ...signIn }, route, passage)
  }

  /** Of a place that does not take the method: a page may read that as well. */
  function neighbour({ host, path, method }: Passage): Route | undefined {
    const match = table().find(host, path, method)
    const there = match && 'allowed' in match ? table().find(host, path, match.allowed[0] ?? '') : undefined
    return there && 'route' in there ? there.route : undefined
  }

  async function pass(passage: Passage, response: ServerResponse): Promise<void> {
    const { request, sender } = passage
    const wanted = table().find(passage.host, passage.path, wantedMethod(request))
    const asked = wanted && 'route' in wanted && preflight(wanted.route, request)
    if (asked) {
      response.writeHead(204, { ...asked, 'x-request-id': sender.requestId }).end()
      return finish(passage, wanted.route, { kind: 'answered', status: 204 })
    }
    const cleared = await clear(passage)
    if ('code' in cleared) {
      const route = cleared.route ?? neighbour(passage)
      const cors = route && corsHeaders(route, request.headers.origin)
      const answer = answerOf(cleared, sender.requestId, cors)
      sendOwn(response, answer, !request.complete)
      return finish(passage, cleared.route, refusedBy(cleared, answer.status))
    }
    const wired = await wire(passage, cleared)
    const hold = holding(cleared)
    const how = await forward(deps.forwarder, { request, response, route: cleared.route, ...wired, hold })
    const end: ForwardEnd = how.kind === 'broken_off' && deps.wasCut(response) ? { ...how, by: 'stop' } : how
    const told = toldOf(end, cleared.route) ?? endedStop(end, cleared.route, passage)
    const cors = corsHeaders(cleared.route, request.headers.origin)
    if (told) sendOwn(response, answerOf(told, sender.requestId, cors), !request.complete)
    finish(passage, cleared.route, end, cleared.who)
  }

  async function passUpgrade(passage: Passage, socket: Duplex, early: Buffer): Promise<void> {
    const { sender } = passage
    const cleared = await clear(passage)
    const refuse = (stop: Stop) => {
      const answer = answerOf(stop, sender.requestId)
      endWith(socket, `${headOf(answer.status, [...answer.headers, 'connection', 'close'])}${answer.body}`)
      return answer.status
    }
    if ('code' in cleared) {
      return finish(passage, cleared.route, refusedBy(cleared, refuse(cleared)))
    }
    const { route } = cleared
    const wired = await wire(passage, cleared)
    let why: EndedBy | undefined
    const opened = (connection: UpgradedConnection) => {
      const { isSubscription } = connection
      if (isSubscription()) socket.once('close', deps.openConnections.add(connection))
      const stop = (by: EndedBy) => {
        why = by
        connection.end(POLICY_VIOLATION)
      }
      socket.once('close', holding(cleared)({ isSubscription, end: stop }))
    }
    const how = await forwardUpgrade(deps.forwarder, { socket, early, route, ...wired, opened })
    const end: ForwardEnd = why && 'status' in how ? { kind: 'ended', status: how.status, why } : how
    const told = toldOf(end, route)
    if (told) refuse(told)
    finish(passage, route, end, cleared.who)
  }

  function refuseAmbiguous(request: IncomingMessage, response: ServerResponse, stop: Stop): void {
    const requestId = newId()
    const { status } = sendOwn(response, answerOf(stop, requestId), !request.complete)
    const [path = ''] = (request.url ?? '').split('?', 1)
    deps.finished({
      ...{ requestId, method: request.method ?? '', path: path.slice(0, MOST_LOGGED), address: peers.address(request) },
      ...{ route: undefined, who: undefined, end: refusedBy(stop, status), seconds: 0 },
    })
  }

  /** The caller is told that something is wrong here, as long as there is an answer to tell it in. */
  function failedIn(passage: Passage, response: ServerResponse) {
    return (error: unknown): void => {
      const { requestId } = passage.sender
      deps.fault(requestId, error)
      if (response.headersSent) return void response.destroy()
      const stop: Stop = { code: 'route_failed', detail: 'Try again in a moment.' }
      const { status } = sendOwn(response, answerOf(stop, requestId), !passage.request.complete)
      finish(passage, undefined, refusedBy(stop, status))
    }
  }

  return {
    request(request: IncomingMessage, response: ServerResponse): boolean {
      const passage = locate(request)
      if (!passage) return false
      if ('code' in passage) refuseAmbiguous(request, response, passage)
      else pass(passage, response).catch(failedIn(passage, response))
      return true
    },
    /** Whether a handshake leads to an upstream. Where not, the request is refused like any other. */
    takesUpgrade(request: IncomingMessage): boolean {
      const passage = locate(request)
      if (!passage || 'code' in passage) return false
      const match = table().find(passage.host, passage.path, passage.method)
      return match !== undefined && 'route' in match && isForwarding(match.route)
    },
    upgrade(request: IncomingMessage, socket: Duplex, early: Buffer): boolean {
      const passage = locate(request)
      if (!passage || 'code' in passage) return false
      passUpgrade(passage, socket, early).catch((error: unknown) => {
        deps.fault(passage.sender.requestId, error)
        socket.destroy()
      })
      return true
    },
  }
}

function refusedBy({ code, detail }: Stop, status: number): Refused {
  return { kind: 'refused', status, code, reason: detail }
}

function isForwarding(route: Route): route is ForwardingRoute {
  return route.upstream !== undefined
}

function tooMany({ detail, wait }: TooMany, route: Route): Stop {
  return { code: 'route_too_many_requests', detail, route, headers: { 'retry-after': String(wait) } }
}

function tooLarge(route: Route): Stop {
  return { code: 'route_body_too_large', detail: `At most ${route.maxBodyBytes} bytes are taken here.`, route }
}

/** What the caller is told about a request that got no answer from the upstream. */
function toldOf(end: ForwardEnd, route: Route): Stop | undefined {
  if (end.kind === 'too_large') return tooLarge(route)
  if (end.kind !== 'failed') return undefined
  if (end.failure.kind === 'slow') {
    return { code: 'upstream_slow', detail: `It did not begin to answer within ${route.timeoutSeconds} s.` }
  }
  return { code: 'upstream_down', detail: 'Try again in a moment.' }
}

function wantedMethod(request: IncomingMessage): string {
  return [request.headers['access-control-request-method']].flat()[0] ?? ''
}
