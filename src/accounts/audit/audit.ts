import type { FastifyRequest } from 'fastify'
import type { Kysely } from 'kysely'
import { newId } from '#base'
import type { TablesOf } from '#database'
import { originOf } from '../login/origin.ts'
import { insertAuditEvent, listAuditEvents } from '../store/audit-event.ts'
import type { Note } from '../store/note.ts'
import type { AccountTables } from '../store/tables.ts'
import type { AuditActor, AuditEntry, AuditEvent, AuditQuery } from './event.ts'

export type { AuditActor, AuditEntry, AuditEvent } from './event.ts'

export const BY_COMMAND: AuditActor = { actor: 'command', address: '' }

/** What is done because it is time. */
export const BY_SERVER: AuditActor = { actor: 'server', address: '' }

export type Audit = {
  /** @param within the transaction of the change, with which the entry counts or does not */
  record(by: AuditActor, entry: AuditEntry, within?: TablesOf): Promise<void>
  /** The latest first. */
  list(asked: AuditQuery): Promise<readonly AuditEvent[]>
}

/** The actor of a request: its user, or nobody known. `user` where a token speaks for them instead of the session. */
export function actorOf(request: FastifyRequest, user?: { readonly publicId: string }): AuditActor {
  return { actor: user?.publicId ?? request.caller?.user?.publicId ?? 'anonymous', address: originOf(request).address }
}

/** An entry, to be written where the change is. */
export function auditNote(by: AuditActor, { action, target, details = {} }: AuditEntry): Note {
  return (transaction) => insertAuditEvent(transaction, { id: newId(), ...by, action, target, details })
}

export function createAudit(tables: Kysely<AccountTables>): Audit {
  return {
    record: (by, entry, within) => auditNote(by, entry)(within?.<AccountTables>() ?? tables),
    list: (asked) => listAuditEvents(tables, asked),
  }
}
