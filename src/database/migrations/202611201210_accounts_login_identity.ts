import { type Kysely, sql } from 'kysely'

/**
 * Accounts at providers that sign somebody in here: issuer and subject name one (OpenID Connect Core §5.7), never an
 * e-mail address. Beside them those that somebody has come back with and that nobody here has yet: for ten minutes,
 * bound to a browser session.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table trivet.login_identity (
    id uuid primary key,
    owner_id uuid not null references trivet.user_account on delete cascade,
    provider text not null,
    issuer text not null,
    subject text not null,
    name text not null,
    linked_at timestamptz not null default trivet.clock(),
    used_at timestamptz,
    unique (issuer, subject)
  )`.execute(db)
  await sql`create index login_identity_owner on trivet.login_identity (owner_id)`.execute(db)

  await sql`create table trivet.pending_identity (
    id uuid primary key,
    session_id uuid not null unique references trivet.browser_session on delete cascade,
    provider text not null,
    issuer text not null,
    subject text not null,
    name text not null,
    interaction text,
    return_to text,
    wants_link boolean not null default false,
    expires_at timestamptz not null
  )`.execute(db)
  await sql`create index pending_identity_expiry on trivet.pending_identity (expires_at)`.execute(db)
}
