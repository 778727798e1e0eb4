/** What a request has to be to do something by a cookie alone. */
export type Claimed = {
  readonly method: string
  /** Of the host that the cookie is of. */
  readonly origin: string
}

/** They change nothing, so that a link from elsewhere may lead here (RFC 9110 §9.2.1). */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Whether a request comes from a page of the same origin, or from a person (security §10.1): `Sec-Fetch-Site` decides
 * when present, else `Origin`. Who sends neither is no browser of today, and has no business with its cookie. Other
 * origins of the same site are others: `SameSite` does not tell them apart.
 *
 * A handshake for a WebSocket is a GET, and no CORS protects what comes of it: `Origin` has to be ours (RFC 6455 §10.2).
 */
export function isFromOwnPages(raw: readonly string[], { method, origin }: Claimed): boolean {
  const origins = valuesOf(raw, 'origin')
  const isOwnOrigin = origins.length === 1 && origins[0] === origin
  if (isHandshake(raw)) return isOwnOrigin
  if (SAFE.has(method)) return true
  const [site, ...more] = valuesOf(raw, 'sec-fetch-site')
  if (site === undefined) return isOwnOrigin
  return more.length === 0 && (site === 'same-origin' || site === 'none')
}

/** A person who follows an address, not a script that wants data: those can be sent to a page. */
export function isNavigation(raw: readonly string[], method: string): boolean {
  if ((method !== 'GET' && method !== 'HEAD') || isHandshake(raw)) return false
  const [mode] = valuesOf(raw, 'sec-fetch-mode')
  if (mode !== undefined) return mode === 'navigate'
  return valuesOf(raw, 'accept').some((accept) => /\btext\/html\b/i.test(accept))
}

/**
 * Of a WebSocket. `Upgrade` is between two servers only (RFC 9110 §7.8): a proxy that asks about a handshake may have left
 * it out, so what else belongs to one counts as well (RFC 6455 §4.1).
 */
function isHandshake(raw: readonly string[]): boolean {
  return ['upgrade', 'sec-websocket-key', 'sec-websocket-version'].some((name) => valuesOf(raw, name).length > 0)
}

function valuesOf(raw: readonly string[], wanted: string): readonly string[] {
  return raw.flatMap((name, at) => (at % 2 === 0 && name.toLowerCase() === wanted ? [raw[at + 1] ?? ''] : []))
}
