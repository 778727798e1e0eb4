import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { newId } from '#base'
import type { BasePath, Peers } from '#http'
import { type OwnAnswer, ownAnswer, sendOwn } from '../answer.ts'
import type { Authenticate } from '../authenticate/authenticate.ts'
import { challenge } from '../authenticate/challenge.ts'
import { IDENTITY_HEADER, type Identify } from '../identity/identify.ts'
import type { Finished } from '../pipeline.ts'
import { headOf } from '../proxy/upgrade.ts'
import { metadataUrl } from '../routes/metadata.ts'
import { IDENTITY_HEADERS } from '../routes/read-routes.ts'
import { type Route, scopesFor } from '../routes/route.ts'
import type { RouteTable } from '../routes/route-table.ts'
import { signInPath } from '../sessions/addresses.ts'
import { sessionChallenge } from '../sessions/authenticate-session.ts'
import { type AskedRequest, readAsked } from './asked.ts'

export const FORWARD_AUTH_PATH = '/gateway/auth'

/** All of them are in every answer: of one that is missing, Caddy would send its own name for it to the service. */
const SAID_OF_NOBODY = Object.fromEntries(
  [...Object.values(IDENTITY_HEADERS), IDENTITY_HEADER].map((name) => [name, '']),
)

export type ForwardAuthDeps = {
  readonly publicUrl: string
  readonly basePath: BasePath
  readonly table: () => RouteTable
  /** Where the file says nothing of proxies at all: any live token for this server. */
  readonly fallback: Route
  readonly peers: Peers
  readonly authenticate: Authenticate
  readonly identify: Identify
  readonly finished: (what: Finished) => void
}

/**
 * `GET /gateway/auth`: another proxy asks whether a request may go on. 200 with the headers of identity, 401 or 403, and
 * nothing else: to nginx any other status is an error of ours.
 */
export function createForwardAuth(deps: ForwardAuthDeps) {
  const { publicUrl, peers } = deps

  function refuse(code: 'route_forbidden' | 'route_unauthorized', detail: string, headers = {}): Decision {
    return { own: (requestId) => ownAnswer(code, { publicUrl, requestId, detail, headers }), code }
  }

  async function decide(request: IncomingMessage): Promise<Decision> {
    if (!/^(?:GET|HEAD)$/.test(request.method ?? '')) return refuse('route_forbidden', 'Ask with GET.')
    // What the headers below say is the proxy's word: whoever else could write them could be anybody (security §10.18).
    if (!peers.isTrusted(request)) {
      return refuse('route_forbidden', 'Only a trusted proxy may ask here: see TRIVET_TRUSTED_PROXIES.')
    }
    const { searchParams } = new URL(request.url ?? '/', 'http://localhost')
    const protocol = peers.protocol(request)
    const asked = readAsked(request.rawHeaders, { proxy: searchParams.get('proxy'), protocol })
    if (typeof asked === 'string') return refuse('route_forbidden', `${asked}.`)
    const route = find(asked)
    if (typeof route === 'string') return { ...refuse('route_forbidden', route), asked }
    const { rawHeaders } = request
    const verdict = await deps.authenticate({ route, method: asked.method, rawHeaders, query: asked.query })
    if ('refusal' in verdict) {
      const { refusal } = verdict
      const scopes = scopesFor(route, asked.method)
      const metadata = metadataUrl(route, { publicUrl, protocol })
      const header = refusal.signIn
        ? sessionChallenge(refusal, signInPath({ returnPath: pathOf(asked), ...refusal.signIn }))
        : challenge(refusal, { metadataUrl: metadata, scopes })
      // What is 400 elsewhere is said to the caller as 401: the proxy has no other word for it.
      const code = refusal.status === 403 ? 'route_forbidden' : 'route_unauthorized'
      return { ...refuse(code, `${refusal.description}.`, { 'www-authenticate': header }), route, asked }
    }
    const { who } = verdict
    const headers = Object.entries({ ...SAID_OF_NOBODY, ...(await deps.identify(route, who)) }).flat()
    const own = (requestId: string): OwnAnswer => ({
      status: 200,
      headers: [...headers, 'cache-control', 'no-store', 'content-length', '0', 'x-request-id', requestId],
      body: '',
    })
    return { own, route, asked, who }
  }

  /** Or why there is none. */
  function find({ host, path, method }: AskedRequest): Route | string {
    const table = deps.table()
    const match = table.find(host, path, method)
    if (match) return 'route' in match ? match.route : `${method} is not taken there.`
    // Who may choose a name that no route has, such as the host with another port, must not get by with less than the
    // route asks for. So with the first such route, all that none names is closed.
    const asksHere = table.routes.some(({ upstream }) => upstream === undefined)
    return asksHere ? `No route of trivet.yaml names ${host} with that path.` : deps.fallback
  }

  async function answer(request: IncomingMessage, send: (own: OwnAnswer) => void): Promise<void> {
    const began = performance.now()
    const requestId = newId()
    const { own: ownFor, code, route, asked, who } = await decide(request)
    const own = ownFor(requestId)
    send(own)
    deps.finished({
      ...{ requestId, route, who, method: asked?.method ?? '', path: asked?.path ?? FORWARD_AUTH_PATH },
      address: peers.address(request),
      end: code === undefined ? { kind: 'answered', status: 200 } : { kind: 'refused', status: own.status, code },
      seconds: (performance.now() - began) / 1000,
    })
  }

  return {
    /** Whatever host the proxy asks under: it reaches this server by an inner name. */
    isAsked: (request: IncomingMessage) =>
      deps.basePath.strip(request.url ?? '').split('?', 1)[0] === FORWARD_AUTH_PATH,
    request: (request: IncomingMessage, response: ServerResponse) => answer(request, (own) => sendOwn(response, own)),
    /** Caddy asks about a WebSocket with the caller's `Upgrade` still in the question. It is a question all the same. */
    upgrade: (request: IncomingMessage, socket: Duplex) =>
      answer(request, (own) => socket.end(`${headOf(own.status, [...own.headers, 'connection', 'close'])}${own.body}`)),
  }
}

function pathOf({ path, query }: AskedRequest): string {
  return query === '' ? path : `${path}?${query}`
}

type Decision = {
  readonly own: (requestId: string) => OwnAnswer
  /** Of a refusal. */
  readonly code?: 'route_forbidden' | 'route_unauthorized'
} & Partial<Pick<Finished, 'route' | 'who'>> & { readonly asked?: AskedRequest }
