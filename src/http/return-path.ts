const MOST_LENGTH = 2000

/**
 * What of a page's address is taken along to come back to it: all of it, or else its path. Longer ones would be refused
 * later, and make heads that neither clients nor proxies take (16 kB with node, 8 kB with nginx).
 */
export function returnPathOf(url: string): string {
  const [path = ''] = url.split('?', 1)
  return [url, path].find(({ length }) => length <= MOST_LENGTH) ?? '/'
}

/**
 * A path of this server as rooms know it (without its base path), or undefined. What browsers read as another host is refused, and what they would first have
 * to normalise (RFC 9700 §4.11, open redirectors): `//`, backslashes, control characters, encoded slashes and dots.
 *
 * @returns path and query, without a fragment.
 */
export function parseReturnPath(text: unknown, publicUrl: string): string | undefined {
  if (typeof text !== 'string' || text.length > MOST_LENGTH || !text.startsWith('/')) return undefined
  // Space and below, DEL, and everything beyond ASCII: a browser would drop or rewrite it.
  if (/[^\x21-\x7e]|\\/.test(text)) return undefined
  const path = text.split(/[?#]/, 1)[0] ?? ''
  if (path.includes('//') || /%(2f|5c|2e|0|1|7f)/i.test(path)) return undefined
  if (path.split('/').some((segment) => segment === '.' || segment === '..')) return undefined
  const url = URL.canParse(text, publicUrl) ? new URL(text, publicUrl) : undefined
  return url?.origin === new URL(publicUrl).origin ? `${url.pathname}${url.search}` : undefined
}
