import type { Route } from './route.ts'

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

/** RFC 9728 §2: what a client needs to know to get a token for the route. */
export function resourceMetadata(route: Route, issuer: string): Readonly<Record<string, unknown>> {
  const scopes = [...new Set([...route.scopes.all, ...[...route.scopes.of.values()].flat()])]
  return {
    resource: route.audience,
    authorization_servers: [issuer, ...route.issuers.map((trusted) => trusted.issuer)],
    ...(scopes.length === 0 ? {} : { scopes_supported: scopes }),
    bearer_methods_supported: ['header'],
    resource_name: route.name,
  }
}
