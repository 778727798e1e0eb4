import { type Kysely, sql } from 'kysely'
import type { AuditActor, AuditEntry, AuditEvent, AuditQuery } from '../audit/event.ts'
import type { AccountTables } from './tables.ts'

export async function insertAuditEvent(
  tables: Kysely<AccountTables>,
  event: AuditActor & {
    readonly id: string
    readonly action: string
    readonly target: AuditEntry['target'] | undefined
    readonly details: Readonly<Record<string, unknown>>
  },
): Promise<void> {
  const { id, actor, address, action, target, details } = event
  await tables
    .insertInto('audit_event')
    .values({
      ...{ id, actor, address, action },
      target_kind: target?.kind ?? null,
      target_id: target?.id ?? null,
      details: JSON.stringify(details),
    })
    .execute()
}

/** Ids are UUIDv7: their order is that of time, and pages begin after one. */
export function listAuditEvents(
  tables: Kysely<AccountTables>,
  { most, before, action, target, actor }: AuditQuery,
): Promise<AuditEvent[]> {
  return tables
    .selectFrom('audit_event as event')
    .leftJoin('user_account as account', 'account.public_id', 'event.actor')
    .select([
      'event.id',
      'event.at',
      'event.actor',
      'account.username as actorName',
      'event.action',
      'event.target_kind as targetKind',
      'event.target_id as targetId',
      'event.details',
      'event.address',
    ])
    .$if(before !== undefined, (query) => query.where('event.id', '<', before ?? ''))
    .$if(action !== undefined, (query) =>
      query.where((where) =>
        where.or([where('event.action', '=', action ?? ''), sql<boolean>`starts_with(event.action, ${`${action}.`})`]),
      ),
    )
    .$if(actor !== undefined, (query) => query.where('event.actor', '=', actor ?? ''))
    .$if(target !== undefined, (query) => query.where('event.target_id', '=', target ?? ''))
    .orderBy('event.id', 'desc')
    .limit(most)
    .execute()
}

export async function deleteOldAuditEvents(tables: Kysely<AccountTables>): Promise<void> {
  await tables.deleteFrom('audit_event').where(sql<boolean>`at < trivet.clock() - interval '1 year'`).execute()
}
