import { type Kysely, sql } from 'kysely'

/**
 * Clients that are known by a document of theirs: `document_until` says how long what was read of it counts. Their id
 * is its address. A request of one that is not known yet is kept before there is a row to point to.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table trivet.tinyoauth_client
    add column document_until timestamptz,
    drop constraint tinyoauth_client_registered_by_check,
    add constraint tinyoauth_client_registered_by_check
      check (registered_by in ('anonymous', 'token', 'user', 'admin', 'document')),
    add constraint tinyoauth_client_document check ((registered_by = 'document') = (document_until is not null))
  `.execute(db)
  await sql`drop index trivet.tinyoauth_client_unused`.execute(db)
  await sql`create index tinyoauth_client_unused on trivet.tinyoauth_client (coalesce(used_at, created_at))
    where registered_by in ('anonymous', 'document')`.execute(db)
  await sql`alter table trivet.tinyoauth_interaction alter column client_id drop not null`.execute(db)

  // What a network, or a host that is called for it, had of something since its window began. Replaces the count of
  // registrations, which held no more than the last hour.
  await sql`create table trivet.tinyoauth_count (
    key text primary key,
    count integer not null,
    ends_at timestamptz not null
  )`.execute(db)
  await sql`create index tinyoauth_count_end on trivet.tinyoauth_count (ends_at)`.execute(db)
  await sql`drop table trivet.tinyoauth_registration_count`.execute(db)
}
