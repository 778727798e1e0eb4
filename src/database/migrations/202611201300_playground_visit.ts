import { type Kysely, sql } from 'kysely'

/** What one browser tries out in the playground, for an hour; its tokens and codes are sealed, one row for each step. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table trivet.playground_visit (
    id uuid primary key,
    secret_hash bytea not null unique,
    expires_at timestamptz not null
  )`.execute(db)
  await sql`create index playground_visit_expiry on trivet.playground_visit (expires_at)`.execute(db)

  await sql`create table trivet.playground_step (
    playground_visit_id uuid not null references trivet.playground_visit on delete cascade,
    name text not null,
    sealed text not null,
    primary key (playground_visit_id, name)
  )`.execute(db)
}
