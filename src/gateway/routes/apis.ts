import type { Api } from '#authorization'
import { allScopes, type Route } from './route.ts'

/** What the authorization server has to know of the routes: whom its tokens can be asked for, and with which scopes. */
export function apisOf(routes: readonly Route[]): readonly Api[] {
  return routes.flatMap((route) =>
    route.access === 'token'
      ? [
          {
            ...{ resource: route.audience, name: route.title, scopes: allScopes(route), isMcp: route.mcp },
            clientCredentials: route.clientCredentials,
          },
        ]
      : [],
  )
}
