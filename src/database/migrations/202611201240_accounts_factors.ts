import { type Kysely, sql } from 'kysely'

/** Further proofs of who somebody is: passkeys, codes of an app on the phone, recovery codes. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table trivet.passkey (
    id uuid primary key,
    owner_id uuid not null references trivet.user_account on delete cascade,
    credential_id text not null unique,
    public_key bytea not null,
    sign_count bigint not null,
    transports text[] not null,
    is_synced boolean not null,
    name text not null,
    created_at timestamptz not null default trivet.clock(),
    used_at timestamptz
  )`.execute(db)
  await sql`create index passkey_owner on trivet.passkey (owner_id)`.execute(db)

  // Challenges are made without a row (an open sign-in page costs nothing) and remembered once they have been used.
  await sql`create table trivet.used_challenge (
    challenge_hash bytea primary key,
    ends_at timestamptz not null
  )`.execute(db)
  await sql`create index used_challenge_ends on trivet.used_challenge (ends_at)`.execute(db)

  // Sealed: it has to be known again to check a code. Asked for at the sign-in from confirmed_at on. last_step is the
  // time step of the last code that was taken: each is good once (RFC 6238 §5.2).
  await sql`create table trivet.totp_secret (
    id uuid primary key,
    owner_id uuid not null unique references trivet.user_account on delete cascade,
    sealed_secret text not null,
    created_at timestamptz not null default trivet.clock(),
    confirmed_at timestamptz,
    last_step bigint
  )`.execute(db)

  await sql`create table trivet.recovery_code (
    owner_id uuid not null references trivet.user_account on delete cascade,
    code_hash bytea not null,
    used_at timestamptz,
    primary key (owner_id, code_hash)
  )`.execute(db)

  // Whoever has shown one factor of two. It opens nothing but the page that asks for the second.
  await sql`create table trivet.pending_sign_in (
    id uuid primary key,
    secret_hash bytea not null unique,
    owner_id uuid not null references trivet.user_account on delete cascade,
    login_epoch integer not null,
    amr text[] not null,
    interaction text,
    return_to text,
    ends_at timestamptz not null
  )`.execute(db)
  await sql`create index pending_sign_in_owner on trivet.pending_sign_in (owner_id)`.execute(db)
  await sql`create index pending_sign_in_ends on trivet.pending_sign_in (ends_at)`.execute(db)

  // half: the first of two factors was right.
  await sql`alter table trivet.login_event
    drop constraint login_event_outcome_check,
    add constraint login_event_outcome_check check (outcome in ('succeeded', 'half', 'failed', 'blocked', 'logged_out'))
  `.execute(db)
}
