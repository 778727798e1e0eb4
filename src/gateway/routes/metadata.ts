import { allScopes, type Route } from './route.ts'

export const METADATA_PATH = '/.well-known/oauth-protected-resource'

/** Where the metadata of a route's resource are: the name in front of its path (RFC 9728 §3.1). */
export function metadataUrl(
  { host, path }: Pick<Route, 'host' | 'path'>,
  at: { readonly publicUrl: string; readonly protocol: 'http' | 'https' },
): string {
  const { origin, pathname } = new URL(at.publicUrl)
  const below = path === '/' ? '' : path
  if (host !== undefined) return `${at.protocol}://${host}${METADATA_PATH}${below}`
  return `${origin}${METADATA_PATH}${pathname === '/' ? '' : pathname}${below}`
}

/**
 * RFC 9728 §2: what a client needs to know to get a token for what is at a place; several routes of one place, for one
 * method each, are one resource. Undefined: nothing there takes tokens.
 *
 * @param place.path as it stands behind the name in the address: of the resource, or of something below it, since
 *   clients that lost the challenge ask with the address that they called
 */
export function resourceMetadata(
  routes: readonly Route[],
  place: { readonly host: string | undefined; readonly path: string },
  issuer: string,
): Readonly<Record<string, unknown>> | undefined {
  const above = routes.filter(
    ({ host, path, access }) =>
      host === place.host && access === 'token' && `${place.path}/`.startsWith(path.replace(/\/?$/, '/')),
  )
  const longest = Math.max(...above.map(({ path }) => path.length))
  const [route, ...others] = above.filter(({ path }) => path.length === longest)
  if (!route) return undefined
  const scopes = [...new Set([route, ...others].flatMap(allScopes))]
  return {
    resource: route.audience,
    authorization_servers: [issuer, ...route.issuers.map((trusted) => trusted.issuer)],
    ...(scopes.length === 0 ? {} : { scopes_supported: scopes }),
    bearer_methods_supported: ['header'],
    resource_name: route.title ?? route.name,
  }
}
