import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table trivet.stored_file (
    id uuid primary key,
    key text not null unique,
    owner_id uuid references trivet.user_account on delete cascade,
    run_id uuid references trivet.run on delete cascade,
    name text not null,
    type text not null,
    size bigint not null,
    sha256 text not null,
    created_at timestamptz not null default trivet.clock()
  )`.execute(db)
  await sql`create index stored_file_run on trivet.stored_file (run_id)`.execute(db)
  await sql`create index stored_file_owner on trivet.stored_file (owner_id)`.execute(db)
}
