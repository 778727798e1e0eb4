import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table trivet.user_account (
    id uuid primary key,
    kind text not null check (kind in ('user', 'guest')),
    created_at timestamptz not null default trivet.clock(),
    operated_at timestamptz not null default trivet.clock()
  )`.execute(db)
  await sql`create index user_account_idle on trivet.user_account (operated_at) where kind = 'guest'`.execute(db)

  await sql`create table trivet.browser_session (
    id uuid primary key,
    secret_hash bytea not null unique,
    owner_id uuid not null references trivet.user_account on delete cascade,
    created_at timestamptz not null default trivet.clock(),
    seen_at timestamptz not null default trivet.clock(),
    ends_at timestamptz not null
  )`.execute(db)
  await sql`create index browser_session_owner on trivet.browser_session (owner_id)`.execute(db)
}
