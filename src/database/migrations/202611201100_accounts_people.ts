import { type Kysely, sql } from 'kysely'

/**
 * Users: guests have none of these. `public_id` is the `sub` of tokens: random, never reused, unchanged by renames.
 * `login_epoch` goes up when every login token and remembered sign-in has to end: logout, password change, disabling.
 * `updated_at` is of the profile; `erasing_at` marks an account that is being deleted, so that a deletion which broke
 * off is found and ended.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table trivet.user_account
    add column public_id text unique,
    add column username text,
    add column username_folded text unique,
    add column password_hash text,
    add column password_changed_at timestamptz,
    add column email text,
    add column email_folded text,
    add column email_verified_at timestamptz,
    add column profile jsonb not null default '{}',
    add column updated_at timestamptz not null default trivet.clock(),
    add column is_admin boolean not null default false,
    add column disabled_at timestamptz,
    add column erasing_at timestamptz,
    add column login_epoch integer not null default 0,
    add column online_until timestamptz,
    add constraint user_account_user check (kind = 'guest' or (public_id is not null and username_folded is not null))
  `.execute(db)
  await sql`create index user_account_email on trivet.user_account (email_folded) where email_folded is not null`.execute(
    db,
  )
  await sql`create index user_account_erasing on trivet.user_account (erasing_at) where erasing_at is not null`.execute(
    db,
  )

  // How, and when, the person of a session proved who they are (RFC 8176 names); empty for guests. `replaced_by` names
  // the session that took the place of this one in the same browser: from then on this one opens nothing, and only says
  // which guest the browser was before.
  await sql`alter table trivet.browser_session
    add column auth_time timestamptz,
    add column amr text[] not null default '{}',
    add column public_id text unique,
    add column address text not null default '',
    add column user_agent text not null default '',
    add column replaced_by uuid references trivet.browser_session on delete cascade
  `.execute(db)
  await sql`create index browser_session_replaced on trivet.browser_session (replaced_by) where replaced_by is not null`.execute(
    db,
  )

  await sql`create table trivet.login_event (
    id uuid primary key,
    owner_id uuid references trivet.user_account on delete cascade,
    outcome text not null check (outcome in ('succeeded', 'failed', 'blocked', 'logged_out')),
    method text not null,
    address text not null,
    user_agent text not null default '',
    at timestamptz not null default trivet.clock()
  )`.execute(db)
  await sql`create index login_event_owner on trivet.login_event (owner_id, at desc)`.execute(db)
  await sql`create index login_event_at on trivet.login_event (at)`.execute(db)

  // Counted per folded name and per network, so that neither many names nor many addresses get around it. `key` is a
  // keyed hash: what people type into a field for names is now and then their password.
  await sql`create table trivet.login_failure (
    key text primary key,
    failures integer not null,
    window_ends_at timestamptz not null,
    blocked_until timestamptz
  )`.execute(db)
}
