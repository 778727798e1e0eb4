import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table trivet.run (
    id uuid primary key,
    owner_id uuid not null references trivet.user_account on delete cascade,
    mashup text not null,
    version text not null,
    input jsonb not null,
    submission text,
    connections jsonb not null default '{}',
    status text not null check (status in ('queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled')),
    pause jsonb,
    progress real not null default 0,
    message text,
    result jsonb,
    error jsonb,
    revision bigint not null default 1,
    created_at timestamptz not null default trivet.clock(),
    started_at timestamptz,
    finished_at timestamptz,
    unique (owner_id, submission)
  )`.execute(db)
  await sql`create index run_owner on trivet.run (owner_id, id desc)`.execute(db)
  await sql`create index run_unfinished on trivet.run (id) where status in ('queued', 'running', 'paused')`.execute(db)

  await sql`create table trivet.run_step (
    run_id uuid not null references trivet.run on delete cascade,
    name text not null,
    position int not null,
    status text not null check (status in ('waiting', 'running', 'done', 'failed', 'paused', 'cancelled')),
    attempts int not null default 0,
    started_at timestamptz,
    finished_at timestamptz,
    message text,
    revision bigint not null default 1,
    primary key (run_id, name)
  )`.execute(db)

  await sql`create table trivet.run_secret (
    run_id uuid not null references trivet.run on delete cascade,
    name text not null,
    sealed text not null,
    primary key (run_id, name)
  )`.execute(db)
}
