/**
 * Where an upstream leads to, as the caller can reach it: many build whole addresses from `Host`, which is theirs, and
 * nobody else knows it (nginx: `proxy_redirect default`). All others go on as they are.
 *
 * @param upstream.base what its route puts in front of the path, `upstream.strips` what that route leaves out
 * @param place origin of the caller’s request, with the path of the public URL on its host
 */
export function callersLocation(
  location: string,
  upstream: { readonly origin: string; readonly base: string; readonly strips: string },
  place: string,
): string {
  if (!/^(?:https?:)?\/\//i.test(location) || !URL.canParse(location, upstream.origin)) return location
  const { origin, pathname, search, hash } = new URL(location, upstream.origin)
  if (origin !== upstream.origin || !`${pathname}/`.startsWith(`${upstream.base}/`)) return location
  return `${place}${upstream.strips}${pathname.slice(upstream.base.length)}${search}${hash}`
}
