import { headerName, namedByConnection } from './header-names.ts'
import { isForSharedCaches, privateCacheControl } from './private-answers.ts'

/** Headers by which an upstream would rule over the host that it shares with Trivet. */
const RULES_OF_THE_HOST = new Set([
  ...['clear-site-data', 'service-worker-allowed', 'strict-transport-security', 'alt-svc', 'origin-agent-cluster'],
  // To whom browsers tell each address of the host that they meet with, `?code=` included.
  ...['nel', 'report-to', 'reporting-endpoints'],
  ...['accept-ch', 'critical-ch'],
  // Orders to a proxy before this server.
  ...['x-accel-redirect', 'x-sendfile', 'x-lighttpd-send-file', 'x-reproxy-url'],
])
/** A password that a browser asks for would be typed in under the name of this host, and arrives nowhere. */
const ASKS_PASSWORD = /\b(?:basic|digest|negotiate|ntlm)\b/i
/**
 * Types that a browser runs nothing of, the whole of it (RFC 9110 §8.3.1): of a list browsers take the last type
 * (WHATWG Fetch, extract a MIME type), so a comma is never harmless.
 */
const HARMLESS =
  /^(?:application\/(?:[\w.+-]+\+)?json|text\/event-stream)(?:[ \t]*;[ \t]*[\w.-]+=(?:[\w.:/+-]+|"[\w.:/+ -]*"))*$/i

/**
 * The headers of an upstream's answer as they go to the caller.
 *
 * @param asked.isOwnHost the answer comes from the host of this server: its pages run without rights there (security §10.1)
 * @param asked.isOwnCookie Trivet's cookies are set by Trivet
 * @param asked.guardedBy the header that opened the route; undefined: everybody may have the answer
 * @param asked.locate where the upstream leads to, as the caller reaches it
 */
export function responseHeaders(
  raw: readonly string[],
  asked: {
    readonly isOwnHost: boolean
    readonly isOwnCookie: (name: string) => boolean
    readonly setsCors: boolean
    readonly guardedBy: 'authorization' | 'cookie' | undefined
    readonly locate: (location: string) => string
  },
): string[] {
  const dropped = namedByConnection(raw)
  const headers: string[] = []
  const types: string[] = []
  const caching: string[] = []
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const { name, isHopByHop } = headerName(raw[at] ?? '')
    const value = raw[at + 1] ?? ''
    // One id for caller, upstream and log: the gateway's.
    if (isHopByHop || dropped.has(name) || name === 'x-request-id') continue
    if (name === 'set-cookie' && asked.isOwnCookie(value.split('=', 1)[0]?.trim() ?? '')) continue
    if (asked.setsCors && name.startsWith('access-control-')) continue
    if (asked.isOwnHost && (RULES_OF_THE_HOST.has(name) || name === 'content-security-policy')) continue
    if (asked.isOwnHost && name === 'www-authenticate' && ASKS_PASSWORD.test(value)) continue
    if (asked.guardedBy && isForSharedCaches(name)) continue
    if (asked.guardedBy && name === 'cache-control') {
      caching.push(value)
      continue
    }
    if (name === 'content-type') types.push(value)
    headers.push(name, name === 'location' || name === 'content-location' ? asked.locate(value) : value)
  }
  if (asked.guardedBy) headers.push('cache-control', privateCacheControl(caching), 'vary', asked.guardedBy)
  const [type = '', ...more] = types
  if (asked.isOwnHost && (more.length > 0 || !HARMLESS.test(type))) headers.push('content-security-policy', 'sandbox')
  if (asked.isOwnHost) headers.push('x-content-type-options', 'nosniff')
  return headers
}
