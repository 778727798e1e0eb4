import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table trivet.connection (
    id uuid primary key,
    owner_id uuid not null references trivet.user_account on delete cascade,
    provider text not null,
    issuer text not null,
    account_id text not null,
    account_name text not null,
    account_picture text,
    status text not null check (status in ('active', 'needs_reconnect')),
    reason text,
    requested_scopes text[] not null,
    granted_scopes text[] not null,
    sealed_access_token text not null,
    sealed_refresh_token text,
    access_expires_at timestamptz,
    token_version int not null default 1,
    lease_owner text,
    lease_until timestamptz,
    retry_not_before timestamptz,
    refresh_failures int not null default 0,
    last_failure text,
    connected_at timestamptz not null default trivet.clock(),
    refreshed_at timestamptz,
    used_at timestamptz,
    unique (owner_id, provider, issuer, account_id)
  )`.execute(db)
  await sql`create index connection_account on trivet.connection (provider, issuer, account_id)`.execute(db)

  await sql`create table trivet.authorization_request (
    id uuid primary key,
    state_hash bytea not null unique,
    session_id uuid not null references trivet.browser_session on delete cascade,
    owner_id uuid not null references trivet.user_account on delete cascade,
    provider text not null,
    issuer text not null,
    purpose text not null check (purpose in ('login', 'link', 'connect')),
    redirect_uri text not null,
    requested_scopes text[] not null,
    expected_account_id text,
    forced_consent boolean not null default false,
    sealed_code_verifier text not null,
    nonce_hash bytea not null,
    return_to text not null,
    denied_to text not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    outcome text,
    connection_id uuid references trivet.connection on delete set null
  )`.execute(db)
  await sql`create index authorization_request_expiry on trivet.authorization_request (expires_at)`.execute(db)
  await sql`create index authorization_request_owner on trivet.authorization_request (owner_id)`.execute(db)
  await sql`create index authorization_request_session on trivet.authorization_request (session_id)`.execute(db)
  await sql`create index authorization_request_connection on trivet.authorization_request (connection_id)`.execute(db)

  await sql`create table trivet.refresh_attempt (
    id uuid primary key,
    connection_id uuid not null references trivet.connection on delete cascade,
    token_version int not null,
    started_at timestamptz not null default trivet.clock(),
    finished_at timestamptz,
    outcome text
  )`.execute(db)
  await sql`create index refresh_attempt_connection on trivet.refresh_attempt (connection_id, token_version)`.execute(
    db,
  )
}
