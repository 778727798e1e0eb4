import type { FastifyRequest } from 'fastify'
import type { Kysely } from 'kysely'
import { newId } from '#base'
import { originOf } from '../login/origin.ts'
import { insertAuditEvent, listAuditEvents } from '../store/audit-event.ts'
import type { AccountTables } from '../store/tables.ts'
import type { AuditActor, AuditEntry, AuditEvent, AuditQuery } from './event.ts'

export type { AuditActor, AuditEntry, AuditEvent } from './event.ts'

export const BY_COMMAND: AuditActor = { actor: 'command', address: '' }

/** What is done because it is time. */
export const BY_SERVER: AuditActor = { actor: 'server', address: '' }

export type Audit = {
  record(by: AuditActor, entry: AuditEntry): Promise<void>
  /** The latest first. */
  list(asked: AuditQuery): Promise<readonly AuditEvent[]>
}

/** The actor of a request: its user, or nobody known. `user` where a token speaks for them instead of the session. */
export function actorOf(request: FastifyRequest, user?: { readonly publicId: string }): AuditActor {
  return { actor: user?.publicId ?? request.caller?.user?.publicId ?? 'anonymous', address: originOf(request).address }
}

export function createAudit(tables: Kysely<AccountTables>): Audit {
  return {
    record: (by, { action, target, details = {} }) =>
      insertAuditEvent(tables, { id: newId(), ...by, action, target, details }),
    list: (asked) => listAuditEvents(tables, asked),
  }
}
