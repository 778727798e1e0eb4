import type { IncomingMessage, ServerResponse } from 'node:http'
import { newId } from '#base'
import type { BasePath, Peers } from '#http'
import { type OwnAnswer, ownAnswer, ownRedirect, sendOwn } from '../answer.ts'
import type { Authenticate } from '../authenticate/authenticate.ts'
import { challenge } from '../authenticate/challenge.ts'
import type { Refusal } from '../authenticate/who.ts'
import type { GatewayProblem } from '../errors.ts'
import { IDENTITY_HEADER, type Identify } from '../identity/identify.ts'
import type { Limits, TooMany } from '../limits/limits.ts'
import type { Finished } from '../pipeline.ts'
import { othersCookies } from '../proxy/request-headers.ts'
import { metadataUrl } from '../routes/metadata.ts'
import { IDENTITY_HEADERS } from '../routes/read-routes.ts'
import { type Route, scopesFor } from '../routes/route.ts'
import type { RouteTable } from '../routes/route-table.ts'
import { hostsWithSessions, OWN_PATHS, originOfHost } from '../sessions/addresses.ts'
import { signInNeeded } from '../sessions/sign-in-needed.ts'
import { type AskedRequest, readAsked } from './asked.ts'

export const FORWARD_AUTH_PATH = '/gateway/auth'
/**
 * What is left of the caller's cookies without those of Trivet, for the proxy to send on in their place. Under that name,
 * since Traefik copies headers from an answer and renames none.
 */
const COOKIE_HEADER = 'cookie'

/** All of them are in every answer: of one that is missing, Caddy would send its own name for it to the service. */
const SAID_OF_NOBODY = Object.fromEntries(
  [...Object.values(IDENTITY_HEADERS), IDENTITY_HEADER].map((name) => [name, '']),
)

export type ForwardAuthDeps = {
  readonly publicUrl: string
  readonly basePath: BasePath
  readonly table: () => RouteTable
  /** Where nobody has said anything about routes: any live token for this server. */
  readonly fallback: Route
  /** Of trivet.yaml; `absent`: there was none since the start. */
  readonly file: () => 'absent' | 'unusable' | 'read'
  readonly peers: Peers
  readonly authenticate: Authenticate
  readonly identify: Identify
  readonly limits: Limits
  /** Whether a cookie of that name is Trivet's. */
  readonly isOwnCookie: (name: string) => boolean
  readonly finished: (what: Finished) => void
}

/**
 * `GET /gateway/auth`: another proxy asks whether a request may go on. 200 with the headers of identity, 401 or 403, and
 * nothing else to nginx, for which any other status is an error of ours: a browser that has to sign in is a 401 with
 * `Location` there, and 302 for proxies that hand answers on as they are.
 */
export function createForwardAuth(deps: ForwardAuthDeps) {
  const { publicUrl, peers } = deps

  function refuse(code: RefusalCode, detail: string, headers = {}): Decision {
    return {
      own: (requestId) => ownAnswer(code, { publicUrl, requestId, detail, headers }),
      why: { code, reason: detail },
    }
  }

  /** 403 where the proxy has no other word for it; `Retry-After` says there what is meant. */
  function tooMany({ detail, wait }: TooMany, proxy: string | null): Decision {
    const code = 'route_too_many_requests'
    const headers = { 'retry-after': String(wait) }
    const own = (requestId: string) => ownAnswer(code, { publicUrl, requestId, detail, headers })
    const status = proxy === null ? {} : { status: 403 }
    return { own: (requestId) => ({ ...own(requestId), ...status }), why: { code, reason: detail } }
  }

  function refused(refusal: Refusal, route: Route, { asked, rawHeaders, protocol, proxy }: Question): Decision {
    const detail = `${refusal.description}.`
    if (refusal.signIn) {
      const needed = signInNeeded(refusal, { ...asked, rawHeaders })
      const headers = { 'www-authenticate': needed.challenge }
      if (needed.location === undefined) return refuse('route_sign_in_needed', detail, headers)
      // With the host, which is one of the file's: Traefik reads what has none as an address of this server.
      const location = `${originOfHost(publicUrl, asked.host)}${needed.location}`
      if (proxy !== null) return refuse('route_sign_in_needed', detail, { ...headers, location })
      const why = { code: 'route_sign_in_needed', reason: detail } as const
      return { own: (requestId) => ownRedirect(location, requestId), why }
    }
    if (refusal.code) return refuse(refusal.code, detail)
    if (refusal.status === 503) {
      return refuse('route_keys_missing', detail, { 'retry-after': String(refusal.wait ?? 1) })
    }
    const about = { metadataUrl: metadataUrl(route, { publicUrl, protocol }), scopes: scopesFor(route, asked.method) }
    // What is 400 elsewhere is said to the caller as 401: the proxy has no other word for it.
    const code = refusal.status === 403 ? 'route_forbidden' : 'route_unauthorized'
    return refuse(code, detail, { 'www-authenticate': challenge(refusal, about) })
  }

  async function decide(request: IncomingMessage): Promise<Decision> {
    if (!/^(?:GET|HEAD)$/.test(request.method ?? '')) return refuse('route_forbidden', 'Ask with GET.')
    // What the headers below say is the proxy's word: whoever else could write them could be anybody (security §10.18).
    if (!peers.isTrusted(request)) {
      return refuse('route_forbidden', 'Only a trusted proxy may ask here: see TRIVET_TRUSTED_PROXIES.')
    }
    const proxy = new URL(request.url ?? '/', 'http://localhost').searchParams.get('proxy')
    const protocol = peers.protocol(request)
    const { rawHeaders } = request
    const asked = readAsked(rawHeaders, { proxy, protocol })
    if (typeof asked === 'string') return refuse('route_forbidden', `${asked}.`)
    const route = find(asked)
    if (typeof route === 'string') return { ...refuse('route_forbidden', route), asked }
    if (route === undefined)
      return { ...refuse('route_file_unusable', 'The routes cannot be read as they stand.'), asked }
    const address = peers.address(request)
    const early = deps.limits.byAddress(route, address)
    if (early) return { ...tooMany(early, proxy), route, asked }
    const verdict = await deps.authenticate({ route, method: asked.method, rawHeaders, query: asked.query })
    if ('refusal' in verdict) {
      return { ...refused(verdict.refusal, route, { asked, rawHeaders, protocol, proxy }), route, asked }
    }
    const { who } = verdict
    const late = deps.limits.byCaller(route, who, address)
    if (late) return { ...tooMany(late, proxy), route, asked, who }
    const cookie = cookiesFor(rawHeaders)
    const said = { ...SAID_OF_NOBODY, [COOKIE_HEADER]: cookie, ...(await deps.identify(route, who)) }
    const headers = Object.entries(said).flat()
    const own = (requestId: string): OwnAnswer => ({
      status: 200,
      headers: [...headers, 'cache-control', 'no-store', 'content-length', '0', 'x-request-id', requestId],
      body: '',
    })
    return { own, route, asked, who }
  }

  function cookiesFor(raw: readonly string[]): string {
    const all = raw.filter((_value, at) => at % 2 === 1 && raw[at - 1]?.toLowerCase() === 'cookie')
    return othersCookies(all.join('; '), deps.isOwnCookie)
  }

  /** Or why there is none; undefined where nobody can say. */
  function find({ host, path, method }: AskedRequest): Route | string | undefined {
    const table = deps.table()
    // Else whoever has to sign in would be sent there, and from there again, for ever.
    if (path.startsWith(`${OWN_PATHS}/`) && hostsWithSessions(table.routes).has(host)) {
      return `The proxy has to hand ${OWN_PATHS}/ on to Trivet, without asking.`
    }
    const match = table.find(host, path, method)
    if (match) {
      if (!('route' in match)) return `${method} is not taken there.`
      // Nobody has to ask about it, so who does is a caller whom a proxy has let through to here.
      return match.route.upstream === undefined ? match.route : 'Trivet forwards that one itself.'
    }
    const file = deps.file()
    if (file === 'unusable') return undefined
    // Who may choose a name that no route has, such as the host with another port, must not get by with less than the
    // route asks for. A file that holds nothing (any more) is no word for "anybody with a token" either.
    return file === 'absent' ? deps.fallback : `No route of trivet.yaml names ${host} with that path.`
  }

  async function answer(request: IncomingMessage, send: (own: OwnAnswer) => void): Promise<void> {
    const began = performance.now()
    const requestId = newId()
    const { own: ownFor, why, route, asked, who } = await decide(request)
    const own = ownFor(requestId)
    send(own)
    deps.finished({
      ...{ requestId, route, who, method: asked?.method ?? '', path: asked?.path ?? FORWARD_AUTH_PATH },
      address: peers.address(request),
      end: why ? { kind: 'refused', status: own.status, ...why } : { kind: 'answered', status: 200 },
      seconds: (performance.now() - began) / 1000,
    })
  }

  return {
    /**
     * Whatever host the proxy asks under: it reaches this server by an inner name. But for hosts that this server forwards
     * itself, where the address is the app's, and the answer would show a page its cookies.
     */
    isAsked(request: IncomingMessage): boolean {
      if (deps.basePath.strip(request.url ?? '').split('?', 1)[0] !== FORWARD_AUTH_PATH) return false
      const host = peers.host(request)
      const there = deps.table().routes.filter((route) => route.host === host)
      return there.length === 0 || there.some(({ upstream }) => upstream === undefined)
    },
    request: (request: IncomingMessage, response: ServerResponse) => answer(request, (own) => sendOwn(response, own)),
  }
}

type RefusalCode = Extract<
  GatewayProblem,
  | 'route_forbidden'
  | 'route_unauthorized'
  | 'route_sign_in_needed'
  | 'route_forged'
  | 'route_not_for_you'
  | 'route_too_many_requests'
  | 'route_keys_missing'
  | 'route_file_unusable'
>

/** What was asked about, and how. */
type Question = {
  readonly asked: AskedRequest
  readonly rawHeaders: readonly string[]
  readonly protocol: 'http' | 'https'
  /** Null for those that hand every answer on as it is. */
  readonly proxy: string | null
}

type Decision = {
  readonly own: (requestId: string) => OwnAnswer
  /** Of a refusal. */
  readonly why?: { readonly code: RefusalCode; readonly reason: string }
} & Partial<Pick<Finished, 'route' | 'who'>> & { readonly asked?: AskedRequest }
