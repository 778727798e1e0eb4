import { z } from 'zod'
import type { AuditEvent } from '#accounts'
import type { Contract } from '#http'
import { json } from './json.ts'
import { limit, next, time } from './paging.ts'

const auditEvent = z
  .strictObject({
    id: z.uuid(),
    at: time,
    actor: z.string().meta({ description: '`u_…`, `c_…`, `command`, `server`, or `anonymous`.' }),
    actor_name: z.string().nullable(),
    action: z.string().meta({ description: 'Such as `user.disabled`.' }),
    target: z.strictObject({ kind: z.string(), id: z.string() }).nullable(),
    details: z.record(z.string(), json),
    address: z.string(),
  })
  .meta({ id: 'AuditEvent' })

export const listAudit = {
  id: 'listAuditEvents',
  method: 'GET',
  path: '/api/admin/audit',
  group: 'Administration: audit log',
  callers: 'administrator',
  says: 'What was done to accounts, apps and keys, and by whom; the latest first.',
  query: z.strictObject({
    action: z.string().max(100).optional().meta({ description: 'One action, or the noun of several: `user`.' }),
    actor: z.string().max(2000).optional(),
    target: z.string().max(2000).optional().meta({ description: 'An id.' }),
    before: z.uuid().optional().meta({ description: '`next` of the page before.' }),
    limit,
  }),
  answer: { status: 200, says: 'A page of events.', schema: z.strictObject({ events: z.array(auditEvent), next }) },
} satisfies Contract

export function eventToWire(event: AuditEvent): z.output<typeof auditEvent> {
  const { targetKind: kind, targetId: id } = event
  return {
    id: event.id,
    at: event.at.toISOString(),
    actor: event.actor,
    actor_name: event.actorName,
    action: event.action,
    target: kind === null || id === null ? null : { kind, id },
    details: z.record(z.string(), json).parse(event.details),
    address: event.address,
  }
}
