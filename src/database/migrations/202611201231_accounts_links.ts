import { type Kysely, sql } from 'kysely'

/**
 * Links that are worth something to whoever has them, as hashes. A reset is opened by its link once; from then on the
 * cookie of that browser stands for it. `setup_link` has one row at most, ever: the first start makes it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table trivet.password_reset (
    id uuid primary key,
    owner_id uuid not null references trivet.user_account on delete cascade,
    link_hash bytea unique,
    cookie_hash bytea unique,
    way text not null check (way in ('mail', 'command', 'console')),
    ends_at timestamptz not null,
    check (num_nonnulls(link_hash, cookie_hash) = 1)
  )`.execute(db)
  await sql`create index password_reset_owner on trivet.password_reset (owner_id)`.execute(db)

  await sql`create table trivet.email_verification (
    id uuid primary key,
    owner_id uuid not null references trivet.user_account on delete cascade,
    token_hash bytea not null unique,
    email text not null,
    ends_at timestamptz not null
  )`.execute(db)
  await sql`create index email_verification_owner on trivet.email_verification (owner_id)`.execute(db)

  await sql`create table trivet.setup_link (
    only_row boolean primary key default true check (only_row),
    token_hash bytea not null,
    ends_at timestamptz not null,
    used_at timestamptz
  )`.execute(db)
}
