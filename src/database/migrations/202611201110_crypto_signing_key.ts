import { type Kysely, sql } from 'kysely'

/** Keys that sign tokens; the private half is sealed. Staged: published, then signing, then only verifying, then gone. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table trivet.signing_key (
    kid text primary key,
    alg text not null check (alg in ('ES256', 'RS256')),
    public_jwk jsonb not null,
    sealed_private_key text not null,
    created_at timestamptz not null default trivet.clock(),
    signs_from timestamptz not null,
    retired_at timestamptz,
    removed_after timestamptz
  )`.execute(db)
  await sql`create index signing_key_alg on trivet.signing_key (alg, signs_from desc)`.execute(db)
}
