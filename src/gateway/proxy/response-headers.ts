import { headerName, namedByConnection } from './header-names.ts'

/** Headers by which an upstream would rule over the host that it shares with Trivet. */
const RULES_OF_THE_HOST = new Set(['clear-site-data', 'service-worker-allowed', 'strict-transport-security', 'alt-svc'])
/** Types that a browser runs nothing of. */
const HARMLESS = /^(?:application\/(?:[\w.+-]+\+)?json|text\/event-stream)(?:;|$)/i

/**
 * The headers of an upstream's answer as they go to the caller.
 *
 * @param asked.isOwnHost the answer comes from the host of this server: its pages run without rights there (security §10.1)
 * @param asked.isOwnCookie Trivet's cookies are set by Trivet
 */
export function responseHeaders(
  raw: readonly string[],
  asked: { readonly isOwnHost: boolean; readonly isOwnCookie: (name: string) => boolean; readonly setsCors: boolean },
): string[] {
  const dropped = namedByConnection(raw)
  const headers: string[] = []
  let type = ''
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const { name, isHopByHop } = headerName(raw[at] ?? '')
    const value = raw[at + 1] ?? ''
    // One id for caller, upstream and log: the gateway's.
    if (isHopByHop || dropped.has(name) || name === 'x-request-id') continue
    if (name === 'set-cookie' && asked.isOwnCookie(value.split('=', 1)[0]?.trim() ?? '')) continue
    if (asked.setsCors && name.startsWith('access-control-')) continue
    if (asked.isOwnHost && (RULES_OF_THE_HOST.has(name) || name === 'content-security-policy')) continue
    if (name === 'content-type') type = value
    headers.push(name, value)
  }
  if (asked.isOwnHost && !HARMLESS.test(type)) headers.push('content-security-policy', 'sandbox')
  if (asked.isOwnHost) headers.push('x-content-type-options', 'nosniff')
  return headers
}
