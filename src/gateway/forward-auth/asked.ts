import { canonicalPath } from '../routes/canonical-path.ts'

/** The request that a proxy has in its hands and asks about. */
export type AskedRequest = {
  readonly method: string
  /** Lower case. */
  readonly host: string
  /** Canonical. */
  readonly path: string
  /** Without the question mark. */
  readonly query: string
}

/** How each proxy says it. One family is read, all others are ignored: they may be the caller's (CVE-2026-40575). */
const FAMILIES = {
  forwarded: { method: 'x-forwarded-method', host: 'x-forwarded-host', uri: 'x-forwarded-uri' },
  nginx: { method: 'x-original-method', host: 'x-original-host', uri: 'x-original-uri' },
  haproxy: { method: 'x-original-method', host: 'x-original-host', uri: 'x-original-uri' },
} as const

/**
 * @param raw `rawHeaders` of the proxy's own request
 * @param by.proxy `?proxy=`; absent for those that send `X-Forwarded-*`, such as Caddy and Traefik
 * @param by.protocol in which the caller came to the proxy
 * @returns what is wrong, as text, where anything is missing, said twice, or can be read in more ways than one
 */
export function readAsked(
  raw: readonly string[],
  { proxy, protocol }: { readonly proxy: string | null; readonly protocol: 'http' | 'https' },
): AskedRequest | string {
  if (proxy !== null && proxy !== 'nginx' && proxy !== 'haproxy')
    return 'proxy must be nginx or haproxy, or be left out'
  const names = FAMILIES[proxy ?? 'forwarded']
  const found: Record<keyof typeof names, readonly string[]> = {
    method: valuesOf(raw, names.method),
    host: valuesOf(raw, names.host),
    uri: valuesOf(raw, names.uri),
  }
  for (const [what, values] of Object.entries(found)) {
    if (values.length !== 1) return `The proxy has to send ${names[what as keyof typeof names]} exactly once`
  }
  const [method = ''] = found.method
  const [host = ''] = found.host
  const [uri = ''] = found.uri
  if (!/^[A-Z]{1,20}$/.test(method)) return `${names.method} is no method`
  const plainHost = readHost(host, protocol)
  if (plainHost === undefined) return `${names.host} is no host`
  const [rawPath = '', ...query] = uri.split('?')
  const path = canonicalPath(rawPath)
  if (path === undefined) return `${names.uri} can be read in more than one way`
  return { method, host: plainHost, path, query: query.join('?') }
}

/**
 * As routes are written: the usual port is left out (RFC 9110 §4.2.3). `app.example.` is another spelling of a name that
 * proxies take for the same site, so there is no such host here.
 */
function readHost(host: string, protocol: 'http' | 'https'): string | undefined {
  if (!/^(?:[\w-]+(?:\.[\w-]+)*|\[[\da-f:.]+\])(?::\d{1,5})?$/i.test(host) || host.length > 255) return undefined
  const usual = protocol === 'https' ? ':443' : ':80'
  return (host.endsWith(usual) ? host.slice(0, -usual.length) : host).toLowerCase()
}

function valuesOf(raw: readonly string[], wanted: string): readonly string[] {
  return raw.flatMap((name, at) => (at % 2 === 0 && name.toLowerCase() === wanted ? [raw[at + 1] ?? ''] : []))
}
