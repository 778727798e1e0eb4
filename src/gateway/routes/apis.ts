import type { Api } from '#authorization'
import { allScopes, type Route } from './route.ts'

/** What the authorization server has to know of the routes: whom its tokens can be asked for, and with which scopes. */
/** @param issuer for the scopes that tokens for it may carry */
export function apisOf(routes: readonly Route[], issuer: string): readonly Api[] {
  return routes.flatMap((route) => {
    if (route.access !== 'token') return []
    const { title: name, mcp: isMcp, clientCredentials } = route
    const scopes = allScopes(route)
    const resources = route.takesIssuerScopes && scopes.length > 0 ? [route.audience, issuer] : [route.audience]
    const place = route.audience
    return resources.map((resource) => ({ resource, name, place, scopes, isMcp, clientCredentials }))
  })
}
