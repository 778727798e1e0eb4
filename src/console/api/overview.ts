import type { FastifyInstance } from 'fastify'
import { readOverview } from '../contracts/overview.ts'
import type { ConsoleDeps } from '../deps.ts'
import { adminEndpoint } from './admin-endpoint.ts'

/** `GET /api/admin/overview` */
export function overviewApi(server: FastifyInstance, deps: ConsoleDeps): void {
  adminEndpoint(server, deps, readOverview, async () => {
    const [people, apps] = await Promise.all([deps.accounts.administration.counts(), deps.clients.counts()])
    const { users, ...states } = people
    const { clients, ...kinds } = apps
    return { users: { all: users, ...states }, clients: { all: clients, ...kinds } }
  })
}
