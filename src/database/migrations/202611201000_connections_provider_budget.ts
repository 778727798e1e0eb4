import { type Kysely, sql } from 'kysely'

/**
 * What all processes together may still send to a provider. Unlogged: a crash may empty it, which costs nothing, and a
 * reservation waits for no disk. One page with room for many versions of a row that changes with every call.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create unlogged table trivet.provider_budget (
    provider text not null,
    issuer text not null,
    next_at timestamptz not null default '-infinity',
    held_until timestamptz not null default '-infinity',
    later_at timestamptz not null default '-infinity',
    primary key (provider, issuer)
  ) with (fillfactor = 10)`.execute(db)
}
