import { type Kysely, sql } from 'kysely'

/**
 * What all processes together may still send to a provider, and how often it has refused lately. Unlogged: a
 * reservation waits for no disk, and what a crash may empty is worth minutes. One page with room for many versions of a
 * row that changes with every call. Beside it: until when a provider wants nothing from one account.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create unlogged table trivet.provider_budget (
    provider text not null,
    issuer text not null,
    next_at timestamptz not null default '-infinity',
    held_until timestamptz not null default '-infinity',
    later_at timestamptz not null default '-infinity',
    refusals int not null default 0,
    refusals_since timestamptz not null default '-infinity',
    primary key (provider, issuer)
  ) with (fillfactor = 10)`.execute(db)
  await sql`alter table trivet.connection add column calls_not_before timestamptz`.execute(db)
}
