import { type Kysely, sql } from 'kysely'

/** Keys for tokens of apps, and keys that tell services behind the gateway who calls: neither is taken for the other. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table trivet.signing_key
    add column purpose text not null default 'token' check (purpose in ('token', 'identity'))`.execute(db)
}
