/** One directive, with its value; commas stand in quotes as well (RFC 9111 §5.2). */
const DIRECTIVE = /([\w!#$%&'*+.^`|~-]+)[ \t]*(?:=[ \t]*("(?:[^"\\]|\\.)*"|[^",\s]+))?[ \t]*(?:,|$)/g
/** `private="set-cookie"` leaves the rest of an answer to everybody. */
const OPEN = new Set(['public', 's-maxage', 'private'])
/** By which caches of one make are told more than `Cache-Control` says (RFC 9213; Akamai, nginx, LiteSpeed). */
const FOR_SHARED =
  /^(?:(?:[\w-]+-)?cdn-cache-control|surrogate-control|edge-control|x-accel-expires|x-litespeed-cache-control)$/

/** Whether a header speaks to caches that many people share. */
export function isForSharedCaches(name: string): boolean {
  return FOR_SHARED.test(name)
}

/**
 * `Cache-Control` of an answer that only its caller may have: an upstream that knows of no login says `public` of what
 * this server guards, and a cache in front would hand it to the next one (RFC 9111 §3.5).
 *
 * @param written each line, as the upstream sent it
 */
export function privateCacheControl(written: readonly string[]): string {
  const kept = [...written.join(',').matchAll(DIRECTIVE)].flatMap(([, name = '', value]) =>
    OPEN.has(name.toLowerCase()) ? [] : [value === undefined ? name : `${name}=${value}`],
  )
  const isStored = !kept.some((directive) => directive.toLowerCase() === 'no-store')
  return [...(isStored ? ['private'] : []), ...kept].join(', ')
}
