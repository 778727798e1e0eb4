import { type Kysely, sql } from 'kysely'

/**
 * A file of a run is whose its run is, also where the run changes hands while its process writes a file and still knows
 * the owner from before. The lock makes the two wait for each other: `owner_id` is part of a unique index, so that
 * changing it excludes even `key share` (PostgreSQL manual, 13.3.2).
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create function trivet.stored_file_of_run() returns trigger language plpgsql as $$
    begin
      select owner_id into new.owner_id from trivet.run where id = new.run_id for key share;
      return new;
    end
  $$`.execute(db)
  await sql`create trigger stored_file_of_run before insert on trivet.stored_file
    for each row when (new.run_id is not null) execute function trivet.stored_file_of_run()`.execute(db)

  await sql`create function trivet.run_changed_hands() returns trigger language plpgsql as $$
    begin
      update trivet.stored_file set owner_id = new.owner_id where run_id = new.id;
      return null;
    end
  $$`.execute(db)
  await sql`create trigger run_changed_hands after update of owner_id on trivet.run
    for each row when (old.owner_id is distinct from new.owner_id) execute function trivet.run_changed_hands()`.execute(
    db,
  )
}
