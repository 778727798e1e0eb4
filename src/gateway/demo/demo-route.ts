import { IDENTITY_HEADERS } from '../routes/read-routes.ts'
import type { Route } from '../routes/route.ts'

/** `/protected/resource` of the API document: a token of this server, or the token of `POST /login`, opens it. */
export function demoRoute(origin: string, publicUrl: string): Route {
  return {
    ...{ name: '/protected/resource', host: undefined, path: '/protected/resource', methods: ['GET', 'POST'] },
    title: 'Trivet demo',
    upstream: { origin, base: '', strips: '' },
    ...{ access: 'token', users: undefined },
    ...{ audience: publicUrl, takesIssuerScopes: false },
    scopes: { all: [], of: new Map() },
    ...{ maxAuthAgeSeconds: undefined, acrValues: undefined, takesLoginToken: true, issuers: [] },
    // It holds nothing that a client by itself could take.
    clientCredentials: 'all',
    identity: { kind: 'headers', names: IDENTITY_HEADERS },
    ...{ timeoutSeconds: 10, retries: 1, maxBodyBytes: 65_536, rateLimits: [] },
    // Anybody's page may try it: it holds nothing.
    corsOrigins: ['*'],
    mcp: false,
  }
}
