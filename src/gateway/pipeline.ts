import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { type Clock, newId } from '#base'
import type { BasePath, Peers } from '#http'
import type { Forwarder } from '#outbound'
import { type OwnAnswer, ownAnswer, ownRedirect, sendOwn } from './answer.ts'
import type { Authenticate } from './authenticate/authenticate.ts'
import { challenge } from './authenticate/challenge.ts'
import type { Refusal, Who } from './authenticate/who.ts'
import { corsHeaders, preflight } from './cors.ts'
import type { GatewayProblem } from './errors.ts'
import type { Identify } from './identity/identify.ts'
import type { Windows } from './limits/windows.ts'
import { type ForwardEnd, forward } from './proxy/forward.ts'
import { requestHeaders, type Sender } from './proxy/request-headers.ts'
import { responseHeaders } from './proxy/response-headers.ts'
import { forwardUpgrade, headOf } from './proxy/upgrade.ts'
import { canonicalPath } from './routes/canonical-path.ts'
import { metadataUrl } from './routes/metadata.ts'
import { type ForwardingRoute, type Route, scopesFor } from './routes/route.ts'
import type { RouteTable } from './routes/route-table.ts'
import { signInPath } from './sessions/addresses.ts'
import { sessionChallenge } from './sessions/authenticate-session.ts'
import { isNavigation } from './sessions/own-pages.ts'
import { traceOf } from './trace.ts'

/** What became of a request, for the log and the metrics. */
export type Finished = {
  readonly requestId: string
  readonly method: string
  readonly path: string
  readonly route: Route | undefined
  readonly who: Who | undefined
  readonly address: string
  readonly end: ForwardEnd | { readonly kind: 'refused'; readonly status: number; readonly code: GatewayProblem }
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
  readonly windows: Windows
  readonly clock: Clock
  /** Whether a cookie of that name is Trivet's. */
  readonly isOwnCookie: (name: string) => boolean
  readonly finished: (what: Finished) => void
  /** Of ours, such as a database that is away. */
  readonly fault: (requestId: string, error: unknown) => void
}

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
type Cleared = { readonly route: ForwardingRoute; readonly who: Who }

/** From a request of node to an answer: find the route, check in the order below, send on. */
export function createPipeline(deps: PipelineDeps) {
  const { table, peers, windows } = deps

  /** Undefined: none of the gateway's, so the router's. */
  function locate(request: IncomingMessage): Passage | Stop | undefined {
    const host = peers.host(request)
    const routes = table()
    if (!routes.hasHost(host)) return undefined
    const isOwn = host === deps.ownHost
    const target = request.url ?? ''
    const [raw = '', ...rest] = (isOwn ? deps.basePath.strip(target) : target).split('?')
    const path = canonicalPath(raw)
    if (path === undefined) {
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
    const early = tooMany(route, ['address'], { address: passage.sender.address })
    if (early) return early
    if (Number(request.headers['content-length'] ?? 0) > route.maxBodyBytes) return tooLarge(route)
    const { rawHeaders } = request
    const verdict = await deps.authenticate({ route, method, rawHeaders, query: passage.query })
    if ('refusal' in verdict) return stopOf(verdict.refusal, route, passage)
    const { who } = verdict
    const late = tooMany(route, ['client', 'user'], {
      // Ids of clients are of their issuer, as those of people are.
      client: who.clientId === undefined ? passage.sender.address : `${who.issuer} ${who.clientId}`,
      user: who.subject === '' ? passage.sender.address : `${who.issuer} ${who.subject}`,
    })
    return late ?? { route, who }
  }

  function tooMany(
    route: Route,
    kinds: readonly Route['rateLimits'][number]['per'][],
    whose: Readonly<Record<string, string>>,
  ): Stop | undefined {
    for (const [index, limit] of route.rateLimits.entries()) {
      if (!kinds.includes(limit.per)) continue
      const wait = windows.take(`${route.name} ${index} ${whose[limit.per] ?? ''}`, limit)
      if (wait === 0) continue
      const detail = `${limit.most} requests in ${limit.seconds} seconds are allowed. Try again in ${wait} s.`
      return { code: 'route_too_many_requests', detail, route, headers: { 'retry-after': String(wait) } }
    }
    return undefined
  }

  function stopOf(refusal: Refusal, route: Route, passage: Passage): Stop {
    const { method, sender } = passage
    const code = ({ 400: 'route_request_invalid', 401: 'route_unauthorized', 403: 'route_forbidden' } as const)[
      refusal.status
    ]
    if (refusal.signIn) return signInStop(refusal, route, passage)
    if (route.access === 'session') return { code: 'route_forged', detail: `${refusal.description}.`, route }
    const metadata = metadataUrl(route, { publicUrl: deps.publicUrl, protocol: sender.protocol })
    const header = challenge(refusal, { metadataUrl: metadata, scopes: scopesFor(route, method) })
    return { code, detail: `${refusal.description}.`, route, headers: { 'www-authenticate': header } }
  }

  /** Browsers go and sign in, scripts are told that somebody has to. */
  function signInStop(refusal: Refusal, route: Route, { request, method, path, query }: Passage): Stop {
    const isPage = isNavigation(request.rawHeaders, method)
    const returnPath = !isPage ? '/' : query === '' ? path : `${path}?${query}`
    const to = signInPath({ returnPath, ...refusal.signIn })
    const detail = `${refusal.description}.`
    const headers = { 'www-authenticate': sessionChallenge(refusal, to) }
    return { code: 'route_sign_in_needed', detail, route, ...(isPage ? { location: to } : { headers }) }
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
    const rest = path.slice(upstream.strips.length)
    const cors = corsHeaders(route, request.headers.origin)
    const isOwnHost = route.host === undefined
    const identity = await deps.identify(route, who)
    return {
      path: `${upstream.base}${rest}${query === '' ? '' : `?${query}`}` || '/',
      headers: requestHeaders(request.rawHeaders, {
        ...{ route, sender, identity, isOwnCookie: deps.isOwnCookie },
      }),
      answerHeaders: (raw: readonly string[]) => [
        ...responseHeaders(raw, { isOwnHost, isOwnCookie: deps.isOwnCookie, setsCors: cors !== undefined }),
        ...Object.entries(cors ?? {}).flat(),
        ...['x-request-id', sender.requestId],
      ],
    }
  }

  async function pass(passage: Passage, response: ServerResponse): Promise<void> {
    const { request, sender } = passage
    const asked = preflight(table().find(passage.host, passage.path, wantedMethod(request)), request)
    if (asked) return void response.writeHead(204, asked).end()
    const cleared = await clear(passage)
    if ('code' in cleared) {
      const cors = cleared.route && corsHeaders(cleared.route, request.headers.origin)
      const answer = answerOf(cleared, sender.requestId, cors)
      sendOwn(response, answer, !request.complete)
      return finish(passage, cleared.route, { kind: 'refused', status: answer.status, code: cleared.code })
    }
    const wired = await wire(passage, cleared)
    const end = await forward(deps.forwarder, { request, response, route: cleared.route, ...wired })
    const told = toldOf(end, cleared.route)
    if (told) sendOwn(response, answerOf(told, sender.requestId), !request.complete)
    finish(passage, cleared.route, end, cleared.who)
  }

  async function passUpgrade(passage: Passage, socket: Duplex, early: Buffer): Promise<void> {
    const { request, sender } = passage
    const cleared = await clear(passage)
    const refuse = (stop: Stop) => {
      const answer = answerOf(stop, sender.requestId)
      socket.end(`${headOf(answer.status, [...answer.headers, 'connection', 'close'])}${answer.body}`)
      return answer.status
    }
    if ('code' in cleared) {
      return finish(passage, cleared.route, { kind: 'refused', status: refuse(cleared), code: cleared.code })
    }
    const { route } = cleared
    const wired = await wire(passage, cleared)
    const end = await forwardUpgrade(deps.forwarder, { request, socket, early, route, ...wired })
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
      ...{ route: undefined, who: undefined, end: { kind: 'refused', status, code: stop.code }, seconds: 0 },
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
      finish(passage, undefined, { kind: 'refused', status, code: stop.code })
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

function isForwarding(route: Route): route is ForwardingRoute {
  return route.upstream !== undefined
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
