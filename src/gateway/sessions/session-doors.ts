import type { GatewayDeps } from '../deps.ts'
import type { RouteTable } from '../routes/route-table.ts'
import { createAuthenticateSession } from './authenticate-session.ts'
import { createSessionCookies } from './session-cookies.ts'
import { createSessionEndpoints, type SessionEndpointsDeps } from './session-endpoints.ts'
import { createSessions } from './sessions.ts'
import { createSignIns } from './sign-in.ts'

/** Assembles what browser sessions on the hosts of routes are made of. */
export function createSessionDoors(
  deps: Pick<GatewayDeps, 'accounts' | 'client' | 'envelope' | 'peers' | 'clock' | 'log'> & {
    readonly publicUrl: string
    readonly table: () => RouteTable
    readonly finished: SessionEndpointsDeps['finished']
  },
) {
  const { publicUrl } = deps
  const cookies = createSessionCookies(publicUrl)
  const sessions = createSessions({ ...deps, cookies, issuer: publicUrl })
  return {
    authenticateSession: createAuthenticateSession({ ...deps, sessions }),
    sessionEndpoints: createSessionEndpoints({ ...deps, cookies, sessions, signIns: createSignIns(deps) }),
  }
}
