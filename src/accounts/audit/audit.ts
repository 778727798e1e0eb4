import type { FastifyRequest } from 'fastify'
import type { Kysely } from 'kysely'
import { newId } from '#base'
import { originOf } from '../login/origin.ts'
import { insertAuditEvent, listAuditEvents } from '../store/audit-event.ts'
import type { AccountTables } from '../store/tables.ts'

/** Who did something: a user by `u_…`, an app by `c_…`, whoever runs the server by a command, or the server itself. */
export type AuditActor = { readonly actor: string; readonly address: string }

export const BY_COMMAND: AuditActor = { actor: 'command', address: '' }

export type AuditEntry = {
  /** `noun.verb`, such as `user.disabled` or `client.verified`. */
  readonly action: string
  readonly target?: { readonly kind: 'user' | 'client' | 'key' | 'registration_token'; readonly id: string }
  /** What a reader wants to know besides. Never a secret, never what somebody typed as one. */
  readonly details?: Readonly<Record<string, string | number | boolean>>
}

export type AuditEvent = {
  readonly id: string
  readonly at: Date
  readonly actor: string
  /** Of the actor or the target, where that is a user who still is there. */
  readonly actorName: string | null
  readonly action: string
  readonly targetKind: string | null
  readonly targetId: string | null
  readonly details: Readonly<Record<string, unknown>>
  readonly address: string
}

export type Audit = {
  record(by: AuditActor, entry: AuditEntry): Promise<void>
  /** The latest first. `before`: the id of the last event of the page before this one. */
  list(asked: {
    readonly most: number
    readonly before?: string | undefined
    readonly action?: string | undefined
    readonly target?: string | undefined
  }): Promise<readonly AuditEvent[]>
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
