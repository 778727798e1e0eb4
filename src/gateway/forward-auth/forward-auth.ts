import type { IncomingMessage, ServerResponse } from 'node:http'
import { newId } from '#base'
import type { Peers } from '#http'
import { type OwnAnswer, ownAnswer, sendOwn } from '../answer.ts'
import type { Authenticate } from '../authenticate/authenticate.ts'
import { challenge } from '../authenticate/challenge.ts'
import { identityHeaders } from '../identity/identity-headers.ts'
import type { Finished } from '../pipeline.ts'
import { metadataUrl } from '../routes/metadata.ts'
import { type Route, scopesFor } from '../routes/route.ts'
import type { RouteTable } from '../routes/route-table.ts'
import { type AskedRequest, readAsked } from './asked.ts'

export const FORWARD_AUTH_PATH = '/gateway/auth'

export type ForwardAuthDeps = {
  readonly publicUrl: string
  readonly table: () => RouteTable
  /** Where no route of the file fits: any live token for this server. */
  readonly fallback: Route
  readonly peers: Peers
  readonly authenticate: Authenticate
  readonly finished: (what: Finished) => void
}

/**
 * `GET /gateway/auth`: another proxy asks whether a request may go on. 200 with the headers of identity, 401 or 403, and
 * nothing else: to nginx any other status is an error of ours.
 */
export function createForwardAuth(deps: ForwardAuthDeps) {
  const { publicUrl, peers } = deps

  function refuse(code: 'route_forbidden' | 'route_unauthorized', detail: string, headers = {}): Decision {
    return { answer: (requestId) => ownAnswer(code, { publicUrl, requestId, detail, headers }), code }
  }

  async function decide(request: IncomingMessage): Promise<Decision> {
    if (!/^(?:GET|HEAD)$/.test(request.method ?? '')) return refuse('route_forbidden', 'Ask with GET.')
    // What the headers below say is the proxy's word: whoever else could write them could be anybody (security §10.18).
    if (!peers.isTrusted(request)) {
      return refuse('route_forbidden', 'Only a trusted proxy may ask here: see TRIVET_TRUSTED_PROXIES.')
    }
    const { searchParams } = new URL(request.url ?? '/', 'http://localhost')
    const asked = readAsked(request.rawHeaders, searchParams.get('proxy'))
    if (typeof asked === 'string') return refuse('route_forbidden', `${asked}.`)
    const route = find(asked)
    if (!route) return refuse('route_forbidden', `${asked.method} is not taken there.`)
    const { rawHeaders } = request
    const verdict = await deps.authenticate({ route, method: asked.method, rawHeaders, query: asked.query })
    if ('refusal' in verdict) {
      const { refusal } = verdict
      const protocol = peers.protocol(request)
      const metadata = metadataUrl({ host: asked.host, path: route.path }, { publicUrl, protocol })
      const header = challenge(refusal, { metadataUrl: metadata, scopes: scopesFor(route, asked.method) })
      // What is 400 elsewhere is said to the caller as 401: the proxy has no other word for it.
      const code = refusal.status === 403 ? 'route_forbidden' : 'route_unauthorized'
      return { ...refuse(code, `${refusal.description}.`, { 'www-authenticate': header }), route, asked }
    }
    const { who } = verdict
    const headers = Object.entries(identityHeaders(route, who)).flat()
    const answer = (requestId: string): OwnAnswer => ({
      status: 200,
      headers: [...headers, 'cache-control', 'no-store', 'content-length', '0', 'x-request-id', requestId],
      body: '',
    })
    return { answer, route, asked, who }
  }

  function find({ host, path, method }: AskedRequest): Route | undefined {
    const match = deps.table().find(host, path, method)
    if (!match) return deps.fallback
    return 'route' in match ? match.route : undefined
  }

  return {
    /** Whatever host the proxy asks under: it reaches this server by an inner name. */
    isAsked: (request: IncomingMessage) => request.url?.split('?', 1)[0] === FORWARD_AUTH_PATH,
    async request(request: IncomingMessage, response: ServerResponse): Promise<void> {
      const began = performance.now()
      const requestId = newId()
      const { answer, code, route, asked, who } = await decide(request)
      const own = answer(requestId)
      sendOwn(response, own)
      deps.finished({
        ...{ requestId, route, who, method: asked?.method ?? '', path: asked?.path ?? FORWARD_AUTH_PATH },
        address: peers.address(request),
        end: code === undefined ? { kind: 'answered', status: 200 } : { kind: 'refused', status: own.status, code },
        seconds: (performance.now() - began) / 1000,
      })
    },
  }
}

type Decision = {
  readonly answer: (requestId: string) => OwnAnswer
  /** Of a refusal. */
  readonly code?: 'route_forbidden' | 'route_unauthorized'
} & Partial<Pick<Finished, 'route' | 'who'>> & { readonly asked?: AskedRequest }
