import type { Route } from './route.ts'

export type Match =
  | { readonly route: Route }
  /** The path is there, the method is not. */
  | { readonly allowed: readonly string[] }

/** The routes of one file, found by host and path. Never changed: a new file makes a new table. */
export type RouteTable = {
  readonly routes: readonly Route[]
  /** @param host lower case, as a request names it; @param path canonical */
  find(host: string, path: string, method: string): Match | undefined
  /** Whether all that a host gets is for routes. */
  hasHost(host: string): boolean
}

/** @param ownHost of this server: routes without a host are there */
export function createRouteTable(routes: readonly Route[], ownHost: string): RouteTable {
  const hosts = new Map<string, Map<string, Route[]>>()
  for (const route of routes) {
    const host = route.host ?? ownHost
    const paths = hosts.get(host) ?? new Map<string, Route[]>()
    hosts.set(host, paths)
    paths.set(route.path, [...(paths.get(route.path) ?? []), route])
  }

  return {
    routes,
    hasHost: (host) => hosts.has(host),
    find(host, path, method) {
      const paths = hosts.get(host)
      if (!paths) return undefined
      // The longest path wins: `/notes/private` before `/notes`, whatever the order of the file.
      for (let prefix = path; ; prefix = parentOf(prefix)) {
        const there = paths.get(prefix)
        if (there) return choose(there, method)
        if (prefix === '/') return undefined
      }
    },
  }
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/'
}

/** Of a route that names none. */
const USUAL_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

function choose(routes: readonly Route[], method: string): Match {
  const allowed = [...new Set(routes.flatMap(({ methods }) => methods ?? USUAL_METHODS))].sort()
  // RFC 9110 §9.3.8: it would be answered with the headers that the upstream got, those about the caller among them.
  if (method === 'TRACE') return { allowed }
  const asked = method === 'HEAD' ? ['HEAD', 'GET'] : [method]
  const route = routes.find(({ methods }) => methods === undefined || asked.some((one) => methods.includes(one)))
  return route ? { route } : { allowed }
}
