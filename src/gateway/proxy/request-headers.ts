import type { ForwardingRoute } from '../routes/route.ts'
import type { Trace } from '../trace.ts'
import { headerName, namedByConnection } from './header-names.ts'

/** What the gateway knows of a request and tells the upstream. */
export type Sender = {
  readonly address: string
  /** As the caller named it. */
  readonly host: string
  readonly protocol: 'http' | 'https'
  readonly requestId: string
} & Trace

/**
 * The headers that go to the upstream, as name, value, name, value. First everything of the caller's that could be taken
 * for ours is left out, then ours are added: no `Connection` of the caller's can remove one (Fabio CVE-2025-48865).
 *
 * @param raw `rawHeaders` of the request
 * @param identity names and values of who calls; every name of the route's is there, empty where there is nothing to say
 * @param isOwnCookie whether a cookie of that name is Trivet's
 */
export function requestHeaders(
  raw: readonly string[],
  asked: {
    readonly route: Pick<ForwardingRoute, 'host' | 'identity' | 'upstream'>
    readonly sender: Sender
    readonly identity: Readonly<Record<string, string>>
    readonly isOwnCookie: (name: string) => boolean
  },
): string[] {
  const { route, sender, identity } = asked
  const named = Object.keys(identity).map((name) => headerName(name).folded)
  const dropped = namedByConnection(raw)
  const headers: string[] = []
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const { name, folded, isHopByHop, isWithheld } = headerName(raw[at] ?? '')
    const value = raw[at + 1] ?? ''
    if (isHopByHop || dropped.has(name) || isWithheld || named.includes(folded)) continue
    if (name === 'cookie') {
      const kept = route.host === undefined ? '' : othersCookies(value, asked.isOwnCookie)
      if (kept !== '') headers.push(name, kept)
      continue
    }
    if (name === 'traceparent' || (name === 'tracestate' && !sender.continuesTrace)) continue
    headers.push(name, value)
  }
  headers.push('host', hostOf(route.upstream))
  headers.push('x-forwarded-for', sender.address)
  headers.push('x-forwarded-host', sender.host, 'x-forwarded-proto', sender.protocol)
  if (route.upstream.strips !== '') headers.push('x-forwarded-prefix', route.upstream.strips)
  headers.push('x-request-id', sender.requestId)
  headers.push('traceparent', sender.traceparent)
  for (const [name, value] of Object.entries(identity)) headers.push(name, value)
  return headers
}

/** Of an origin as `URL` writes it, so that all after the slashes is host and port. */
function hostOf({ origin }: ForwardingRoute['upstream']): string {
  return origin.slice(origin.indexOf('//') + 2)
}

/** On a host of its own an app keeps its cookies; those of Trivet never leave (security §10.1). */
export function othersCookies(value: string, isOwn: (name: string) => boolean): string {
  return value
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '' && !isOwn(pair.split('=', 1)[0]?.trim() ?? ''))
    .join('; ')
}
