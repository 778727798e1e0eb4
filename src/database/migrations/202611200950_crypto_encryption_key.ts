import { type Kysely, sql } from 'kysely'

/** Which keys have sealed something: a start without one of them is refused before anything is read with the wrong key. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table trivet.encryption_key (
    key_id text primary key,
    created_at timestamptz not null default trivet.clock()
  )`.execute(db)
}
