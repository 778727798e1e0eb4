import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { type Clock, newId } from '#base'
import type { BasePath, Peers } from '#http'
import type { Forwarder } from '#outbound'
import { type OwnAnswer, ownAnswer, sendOwn } from './answer.ts'
import type { Authenticate } from './authenticate/authenticate.ts'
import { challenge } from './authenticate/challenge.ts'
import type { Refusal, Who } from './authenticate/who.ts'
import { corsHeaders, preflight } from './cors.ts'
import type { GatewayProblem } from './errors.ts'
import { identityHeaders } from './identity/identity-headers.ts'
import type { Windows } from './limits/windows.ts'
import { type ForwardEnd, forward } from './proxy/forward.ts'
import { requestHeaders, type Sender } from './proxy/request-headers.ts'
import { responseHeaders } from './proxy/response-headers.ts'
import { forwardUpgrade, headOf } from './proxy/upgrade.ts'
import { canonicalPath } from './routes/canonical-path.ts'
import { metadataUrl } from './routes/metadata.ts'
import { type ForwardingRoute, type Route, scopesFor } from './routes/route.ts'
import type { RouteTable } from './routes/route-table.ts'
import { traceparent } from './trace.ts'

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
  readonly forwarder: Forwarder
  readonly windows: Windows
  readonly clock: Clock
  /** Whether a cookie of that name is Trivet's. */
  readonly isOwnCookie: (name: string) => boolean
  readonly finished: (what: Finished) => void
}

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
      traceparent: traceparent(request.headers.traceparent),
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
      client: who.clientId ?? passage.sender.address,
      user: who.isUser ? who.subject : (who.clientId ?? passage.sender.address),
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

  function stopOf(refusal: Refusal, route: Route, { method, sender }: Passage): Stop {
    const code = ({ 400: 'route_request_invalid', 401: 'route_unauthorized', 403: 'route_forbidden' } as const)[
      refusal.status
    ]
    const metadata = metadataUrl(route, { publicUrl: deps.publicUrl, protocol: sender.protocol })
    const header = challenge(refusal, { metadataUrl: metadata, scopes: scopesFor(route, method) })
    return { code, detail: `${refusal.description}.`, route, headers: { 'www-authenticate': header } }
  }

  function finish(passage: Passage, route: Route | undefined, end: Finished['end'], who?: Who): void {
    const { method, path, sender, began } = passage
    deps.finished({
      ...{ method, path, end, requestId: sender.requestId, address: sender.address },
      ...{ route, who, seconds: (performance.now() - began) / 1000 },
    })
  }

  function answerOf(stop: Stop, requestId: string, extra: Readonly<Record<string, string>> = {}): OwnAnswer {
    const headers = { ...extra, ...stop.headers }
    return ownAnswer(stop.code, { publicUrl: deps.publicUrl, requestId, detail: stop.detail, headers })
  }

  function wire({ request, path, query, sender }: Passage, { route, who }: Cleared) {
    const { upstream } = route
    const rest = path.slice(upstream.strips.length)
    const cors = corsHeaders(route, request.headers.origin)
    const isOwnHost = route.host === undefined
    return {
      path: `${upstream.base}${rest}${query === '' ? '' : `?${query}`}` || '/',
      headers: requestHeaders(request.rawHeaders, {
        ...{ route, sender, identity: identityHeaders(route, who), isOwnCookie: deps.isOwnCookie },
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
    const end = await forward(deps.forwarder, { request, response, route: cleared.route, ...wire(passage, cleared) })
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
    const end = await forwardUpgrade(deps.forwarder, { request, socket, early, route, ...wire(passage, cleared) })
    const told = toldOf(end, route)
    if (told) refuse(told)
    finish(passage, route, end, cleared.who)
  }

  return {
    request(request: IncomingMessage, response: ServerResponse): boolean {
      const passage = locate(request)
      if (!passage) return false
      if ('code' in passage) sendOwn(response, answerOf(passage, newId()), !request.complete)
      else pass(passage, response).catch((error: unknown) => response.destroy(asError(error)))
      return true
    },
    upgrade(request: IncomingMessage, socket: Duplex, early: Buffer): boolean {
      const passage = locate(request)
      if (!passage || 'code' in passage) return false
      passUpgrade(passage, socket, early).catch((error: unknown) => socket.destroy(asError(error)))
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

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
