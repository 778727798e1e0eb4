import { z } from 'zod'
import type { Contract } from '#http'

const connection = z
  .strictObject({
    id: z.uuid(),
    provider: z.string(),
    account: z.strictObject({ id: z.string(), name: z.string(), picture: z.string().nullable() }),
    status: z.enum(['active', 'needs_reconnect']),
    reason: z.strictObject({ code: z.string(), message: z.string().nullable() }).nullable(),
    granted_scopes: z.array(z.string()),
    missing_scopes: z.array(z.string()),
    connected_at: z.iso.datetime(),
    access_expires_at: z.iso.datetime().nullable(),
    renews_itself: z.boolean(),
    used_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Connection' })

/** The JSON API of this room. */
export const CONNECTION_CONTRACTS: readonly Contract[] = [
  {
    ...{ id: 'listConnections', method: 'GET', path: '/api/connections', group: 'Connections', callers: 'anybody' },
    says: 'One’s own accounts at providers; no tokens.',
    answer: { status: 200, says: 'All of them; none without a session.', schema: z.array(connection) },
  },
]
