import { allScopes, type Route } from './route.ts'
import type { RouteRules } from './route-file.ts'
import type { WrittenRoute } from './route-schema.ts'

export type Warning = { readonly about: keyof WrittenRoute; readonly message: string }

/** What is allowed, and hardly ever meant: such a route waits for requests that nobody sends. */
export function warningsOf(route: Route, { publicUrl }: RouteRules): readonly Warning[] {
  const { host, hostname, port } = new URL(publicUrl)
  if (route.access === 'token' && route.audience === publicUrl && allScopes(route).length === 0) {
    const message = 'audience: this is also what a sign-in gives: without scopes, the token of any app opens the route'
    return [{ about: 'audience', message }]
  }
  if (route.host === undefined && route.upstream === undefined) {
    const message = `host: neither it nor an upstream is named: only a proxy that asks about ${host} gets to this route`
    return [{ about: 'path', message }]
  }
  if (port === '' || route.upstream === undefined || route.host === undefined || /:\d+$/.test(route.host)) return []
  const isNear = route.host === hostname || route.host.endsWith(`.${hostname}`)
  if (!isNear) return []
  const message = `host: callers of this server name a port as well: ${route.host}:${port}`
  return [{ about: 'host', message }]
}
