import { type Kysely, sql } from 'kysely'

/** While `work` runs, nothing can be written into a table of schema `trivet`: as when a process dies before it could. */
export async function withoutInserts<R>(tables: Kysely<unknown>, table: string, work: () => Promise<R>): Promise<R> {
  const place = sql.table(`trivet.${table}`)
  await sql`create or replace function trivet.refuse_insert() returns trigger language plpgsql as
    $$ begin raise exception 'refused by a test'; end $$`.execute(tables)
  await sql`create trigger refuse_insert before insert on ${place} execute function trivet.refuse_insert()`.execute(
    tables,
  )
  try {
    return await work()
  } finally {
    await sql`drop trigger refuse_insert on ${place}`.execute(tables)
  }
}
