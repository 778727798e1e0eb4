import { type Kysely, sql } from 'kysely'

/** tinyoauth. Secrets that are only compared are SHA-256 hashes; the families of tokens hang on `tinyoauth_grant`. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table trivet.tinyoauth_client (
    id text primary key,
    owner_id uuid references trivet.user_account on delete cascade,
    metadata jsonb not null,
    secret_hash bytea,
    registration_token_hash bytea not null,
    registered_by text not null default 'user' check (registered_by in ('anonymous', 'token', 'user', 'admin')),
    require_pkce boolean not null default true,
    consent_required boolean not null default true,
    is_verified boolean not null default false,
    profile text not null default 'standard' check (profile in ('standard', 'fapi2')),
    client_assertion_audience text not null default 'issuer'
      check (client_assertion_audience in ('issuer', 'issuer_or_token_endpoint')),
    refresh_token_rotation boolean not null default true,
    default_scope text,
    default_resource text,
    disabled_at timestamptz,
    created_at timestamptz not null default trivet.clock(),
    updated_at timestamptz not null default trivet.clock(),
    used_at timestamptz
  )`.execute(db)
  await sql`create index tinyoauth_client_owner on trivet.tinyoauth_client (owner_id)`.execute(db)

  await sql`create index tinyoauth_client_unused on trivet.tinyoauth_client (coalesce(used_at, created_at))
    where registered_by = 'anonymous'`.execute(db)

  // Registrations per network in the hour that began at started_at.
  await sql`create table trivet.tinyoauth_registration_count (
    network text primary key,
    registrations integer not null,
    started_at timestamptz not null
  )`.execute(db)

  // What somebody is asked while they sign in and consent: the checked request, under a random id in the address.
  await sql`create table trivet.tinyoauth_interaction (
    id_hash bytea primary key,
    client_id text not null references trivet.tinyoauth_client on delete cascade,
    request jsonb not null,
    session_id uuid references trivet.browser_session on delete cascade,
    shown_hash bytea,
    created_at timestamptz not null default trivet.clock(),
    decided_at timestamptz,
    expires_at timestamptz not null
  )`.execute(db)
  await sql`create index tinyoauth_interaction_expiry on trivet.tinyoauth_interaction (expires_at)`.execute(db)
  await sql`create index tinyoauth_interaction_session on trivet.tinyoauth_interaction (session_id)`.execute(db)

  // One row for each time that somebody allowed a client something: everything issued from it ends with it.
  await sql`create table trivet.tinyoauth_grant (
    id uuid primary key,
    client_id text not null references trivet.tinyoauth_client on delete cascade,
    owner_id uuid references trivet.user_account on delete cascade,
    scopes text[] not null,
    resources text[] not null,
    claims jsonb,
    nonce text,
    auth_time timestamptz,
    amr text[] not null default '{}',
    acr text,
    sid text,
    created_at timestamptz not null default trivet.clock(),
    expires_at timestamptz not null,
    revoked_at timestamptz
  )`.execute(db)
  await sql`create index tinyoauth_grant_owner on trivet.tinyoauth_grant (owner_id, client_id)`.execute(db)
  await sql`create index tinyoauth_grant_expiry on trivet.tinyoauth_grant (expires_at)`.execute(db)
  await sql`create index tinyoauth_grant_revoked on trivet.tinyoauth_grant (revoked_at) where revoked_at is not null`.execute(
    db,
  )
  // Every process has to hear of it, in whatever way a grant ends: revoked, or gone with its user or client.
  await sql`create function trivet.tinyoauth_grant_ended() returns trigger language plpgsql as $$
    begin
      if tg_op <> 'DELETE' then
        perform pg_notify('trivet_grant_ended', new.id::text);
      elsif old.revoked_at is null and old.expires_at > trivet.clock() then
        perform pg_notify('trivet_grant_ended', old.id::text);
      end if;
      return null;
    end
  $$`.execute(db)
  await sql`create trigger tinyoauth_grant_revoked after insert or update of revoked_at on trivet.tinyoauth_grant
    for each row when (new.revoked_at is not null) execute function trivet.tinyoauth_grant_ended()`.execute(db)
  await sql`create trigger tinyoauth_grant_deleted after delete on trivet.tinyoauth_grant
    for each row execute function trivet.tinyoauth_grant_ended()`.execute(db)

  await sql`create table trivet.tinyoauth_authorization_code (
    code_hash bytea primary key,
    grant_id uuid not null references trivet.tinyoauth_grant on delete cascade,
    redirect_uri text not null,
    code_challenge text,
    expires_at timestamptz not null,
    redeemed_at timestamptz
  )`.execute(db)
  await sql`create index tinyoauth_authorization_code_grant on trivet.tinyoauth_authorization_code (grant_id)`.execute(
    db,
  )

  // A family is a grant. The successor is sealed under a key derived from the old token itself: whoever has only the
  // database and the master key cannot open it.
  await sql`create table trivet.tinyoauth_refresh_token (
    token_hash bytea primary key,
    grant_id uuid not null references trivet.tinyoauth_grant on delete cascade,
    issued_at timestamptz not null default trivet.clock(),
    idle_until timestamptz not null,
    used_at timestamptz,
    successor_hash bytea,
    sealed_successor bytea,
    repeat_until timestamptz
  )`.execute(db)
  await sql`create index tinyoauth_refresh_token_grant on trivet.tinyoauth_refresh_token (grant_id)`.execute(db)

  await sql`create table trivet.tinyoauth_consent (
    owner_id uuid not null references trivet.user_account on delete cascade,
    client_id text not null references trivet.tinyoauth_client on delete cascade,
    resource text not null,
    scopes text[] not null,
    at timestamptz not null default trivet.clock(),
    primary key (owner_id, client_id, resource)
  )`.execute(db)

  // jti of client assertions, kept until they expire (RFC 7523 §3, point 7).
  await sql`create table trivet.tinyoauth_assertion (
    client_id text not null references trivet.tinyoauth_client on delete cascade,
    jti_hash bytea not null,
    expires_at timestamptz not null,
    primary key (client_id, jti_hash)
  )`.execute(db)

  await sql`create table trivet.tinyoauth_registration_token (
    token_hash bytea primary key,
    note text not null default '',
    created_at timestamptz not null default trivet.clock(),
    expires_at timestamptz,
    uses_left integer
  )`.execute(db)
  await sql`create index tinyoauth_interaction_client on trivet.tinyoauth_interaction (client_id)`.execute(db)
  await sql`create index tinyoauth_grant_client on trivet.tinyoauth_grant (client_id)`.execute(db)
  await sql`create index tinyoauth_consent_client on trivet.tinyoauth_consent (client_id)`.execute(db)
}
