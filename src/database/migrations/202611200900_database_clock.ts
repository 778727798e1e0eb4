import { type Kysely, sql } from 'kysely'

/**
 * `trivet.clock()` is the one time that expiries and leases are compared with. Tests move it by the row of
 * `clock_shift`, so that database and application never disagree. SQL, STABLE: the planner inlines it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create schema if not exists trivet`.execute(db)
  await sql`create table trivet.clock_shift (
    only_row boolean primary key default true check (only_row),
    shift interval not null default '0'
  )`.execute(db)
  await sql`insert into trivet.clock_shift default values`.execute(db)
  await sql`create function trivet.clock() returns timestamptz language sql stable
    as $$ select clock_timestamp() + (select shift from trivet.clock_shift) $$`.execute(db)
}
