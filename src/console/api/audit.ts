import type { FastifyInstance } from 'fastify'
import { eventToWire, listAudit } from '../contracts/audit.ts'
import { pageOf } from '../contracts/paging.ts'
import type { ConsoleDeps } from '../deps.ts'
import { adminEndpoint } from './admin-endpoint.ts'

/** `GET /api/admin/audit` */
export function auditApi(server: FastifyInstance, deps: ConsoleDeps): void {
  adminEndpoint(server, deps, listAudit, async ({ query: { limit, ...asked } }) => {
    const found = await deps.accounts.audit.list({ ...asked, most: limit + 1 })
    const { shown, next } = pageOf(found, limit, ({ id }) => id)
    return { events: shown.map(eventToWire), next }
  })
}
