import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Accounts } from '#accounts'
import type { GatewayClient } from '#authorization'
import { describeError, type Log, newId } from '#base'
import { randomToken } from '#crypto'
import type { Peers } from '#http'
import type { Finished } from '../pipeline.ts'
import type { RouteTable } from '../routes/route-table.ts'
import { CALLBACK, hostsWithSessions, OWN_PATHS, originOfHost, readSignInWish, SIGN_IN, SIGN_OUT } from './addresses.ts'
import { isFromOwnPages } from './own-pages.ts'
import type { SessionCookies } from './session-cookies.ts'
import { failurePage } from './session-pages.ts'
import type { Sessions } from './sessions.ts'
import type { SignIns } from './sign-in.ts'

export type SessionEndpointsDeps = {
  readonly publicUrl: string
  readonly table: () => RouteTable
  readonly peers: Peers
  readonly cookies: SessionCookies
  readonly sessions: Sessions
  readonly signIns: SignIns
  readonly client: Pick<GatewayClient, 'grant' | 'revoke'>
  readonly accounts: Pick<Accounts, 'callerOfSession' | 'endSession'>
  readonly log: Log
  /** As every request that the gateway answers: for the access log and the metrics. */
  readonly finished: (what: Finished) => void
}

type Reply = { readonly status: number; readonly headers: Readonly<Record<string, string | string[]>>; body?: string }

/** As long as a sign-in may take, and one more. */
const VISIT_SECONDS = 60 * 60
const MOST_USER_AGENT = 200
/** Of a path that may be anybody's. */
const MOST_LOGGED = 200

/**
 * `/.trivet/…` on the hosts of routes with sessions: `sign-in` (GET), `callback` (GET), `sign-out` (GET asks, POST does).
 * There is no router for those hosts, and nothing of an upstream's is ever at these addresses.
 */
export function createSessionEndpoints(deps: SessionEndpointsDeps) {
  const { publicUrl, cookies, sessions, signIns } = deps

  async function signIn({ rawHeaders }: IncomingMessage, host: string, query: URLSearchParams): Promise<Reply> {
    const known = cookies.visit.read(rawHeaders)
    const visit = known ?? randomToken()
    const location = await signIns.begin(readSignInWish(query), { host, visit })
    const headers = known === undefined ? { 'set-cookie': cookies.visit.set(visit, VISIT_SECONDS) } : {}
    return { status: 302, headers: { location, ...headers } }
  }

  async function callback({ rawHeaders }: IncomingMessage, host: string, query: URLSearchParams): Promise<Reply> {
    const ended = await signIns.end(query, { host, visit: cookies.visit.read(rawHeaders) })
    if ('failure' in ended) {
      deps.log.info({ host, failure: ended.failure }, 'gateway: a sign-in came to nothing')
      return failurePage(ended.failure)
    }
    // What this browser had before opens nothing from now on (security §9.5).
    const before = sessions.grantOf(rawHeaders, host)
    if (before !== undefined) await deps.client.revoke(before)
    return {
      status: 303,
      headers: { location: ended.returnPath, 'set-cookie': sessions.cookieFor(ended.grantId, host) },
    }
  }

  /** A link from elsewhere only leads to the question whether to sign out, which the authorization server puts. */
  async function signOut(request: IncomingMessage, host: string): Promise<Reply> {
    const { rawHeaders, headers, method = '' } = request
    if (method !== 'POST') return { status: 303, headers: { location: `${publicUrl}/end_session` } }
    if (!isFromOwnPages(rawHeaders, { method, origin: originOfHost(publicUrl, host) })) {
      return { status: 403, headers: { 'content-type': 'text/plain' }, body: 'Sign out from a page of this site.\n' }
    }
    const grantId = sessions.grantOf(rawHeaders, host)
    const grant = grantId === undefined ? undefined : await deps.client.grant(grantId)
    if (grant) {
      const caller = await deps.accounts.callerOfSession(grant.sid)
      const userAgent = (headers['user-agent'] ?? '').replace(/[^\x20-\x7e]/g, ' ').slice(0, MOST_USER_AGENT)
      if (caller) await deps.accounts.endSession(caller, { address: deps.peers.address(request), userAgent })
      await deps.client.revoke(grant.id)
    }
    const location = `${publicUrl}/login?notice=signed_out`
    return { status: 303, headers: { location, 'set-cookie': cookies.session.clear() } }
  }

  async function answer(request: IncomingMessage, host: string, path: string, query: URLSearchParams): Promise<Reply> {
    const { method } = request
    const isGet = method === 'GET'
    if (path === SIGN_OUT && (isGet || method === 'POST')) return signOut(request, host)
    if (path === SIGN_IN && isGet) return signIn(request, host, query)
    if (path === CALLBACK && isGet) return callback(request, host, query)
    return { status: 404, headers: {} }
  }

  return {
    /** @returns whether it answers */
    request(request: IncomingMessage, response: ServerResponse): boolean {
      const [path = '', ...rest] = (request.url ?? '').split('?')
      if (!path.startsWith(`${OWN_PATHS}/`)) return false
      const host = deps.peers.host(request)
      if (!hostsWithSessions(deps.table().routes).has(host)) return false
      const began = performance.now()
      const requestId = newId()
      answer(request, host, path, new URLSearchParams(rest.join('?')))
        .catch((error: unknown): Reply => {
          deps.log.error({ host, path, error: describeError(error) }, 'gateway: a sign-in broke off')
          return failurePage('broken')
        })
        .then(({ status, headers, body = '' }) => {
          const length = { 'content-length': String(Buffer.byteLength(body)) }
          const id = { 'x-request-id': requestId }
          response.writeHead(status, { ...COMMON, ...headers, ...length, ...id, connection: 'close' }).end(body)
          deps.finished({
            ...{ requestId, method: request.method ?? '', path: path.slice(0, MOST_LOGGED), route: undefined },
            ...{ who: undefined, address: deps.peers.address(request), end: { kind: 'answered', status } },
            seconds: (performance.now() - began) / 1000,
          })
        })
      return true
    },
  }
}

/** Codes and states stand in these addresses: they go into no cache and no `Referer` (security §1 C5). */
const COMMON = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
}
