import { type Kysely, sql } from 'kysely'

/** What was done to accounts, clients and keys, and by whom; `actor` and `target_id` are public ids, never names. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table trivet.audit_event (
    id uuid primary key,
    at timestamptz not null default trivet.clock(),
    actor text not null,
    action text not null,
    target_kind text,
    target_id text,
    details jsonb not null default '{}',
    address text not null default ''
  )`.execute(db)
  await sql`create index audit_event_at on trivet.audit_event (at)`.execute(db)
  await sql`create index audit_event_target on trivet.audit_event (target_kind, target_id, id desc)`.execute(db)
}
