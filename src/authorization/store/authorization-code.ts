import { type Kysely, sql } from 'kysely'
import type { Database } from '#database'
import type { Grant } from './grant.ts'
import type { AuthorizationTables } from './tables.ts'

/**
 * A grant and its code, in one statement: there is never one without the other. Until somebody redeems the code, the
 * grant ends with it. Requests at the same moment do not see each other: as many as there are connections may be too
 * many by one each.
 */
const INSERT = {
  name: 'tinyoauth_issue_code',
  text: `with given as (
    insert into trivet.tinyoauth_grant
      (id, client_id, owner_id, scopes, resources, claims, nonce, auth_time, amr, acr, sid, expires_at)
    select $1::uuid, $2::text, $3::uuid, $4::text[], $5::text[], $6::jsonb, $7::text, $8::timestamptz, $9::text[],
      $10::text, $11::text, trivet.clock() + make_interval(secs => $12)
    where (
      select count(*) from trivet.tinyoauth_grant as other
      join trivet.tinyoauth_authorization_code as waiting on waiting.grant_id = other.id
      where other.owner_id = $3 and other.client_id = $2 and other.revoked_at is null
        and other.expires_at > trivet.clock()
        and other.expires_at <= trivet.clock() + make_interval(secs => $12)
        and waiting.redeemed_at is null
    ) < $16
    returning id, expires_at
  )
  insert into trivet.tinyoauth_authorization_code (code_hash, grant_id, redirect_uri, code_challenge, expires_at)
  select $13, id, $14, $15, expires_at from given
  returning 1 as issued`,
}

/** @returns whether there was room for one more */
export async function insertCode(
  database: Database,
  code: {
    readonly codeHash: Buffer
    readonly redirectUri: string
    readonly codeChallenge: string | undefined
    readonly codeSeconds: number
    readonly grant: Grant
    /** How many codes of one owner and client may be alive. */
    readonly mostWaiting: number
  },
): Promise<boolean> {
  const { grant } = code
  const rows = await database.prepared(INSERT, [
    grant.id,
    grant.clientId,
    grant.ownerId,
    grant.scopes,
    grant.resources,
    grant.claims === null ? null : JSON.stringify(grant.claims),
    grant.nonce,
    grant.authTime,
    grant.amr,
    grant.acr,
    grant.sid,
    code.codeSeconds,
    code.codeHash,
    code.redirectUri,
    code.codeChallenge ?? null,
    code.mostWaiting,
  ])
  return rows.length > 0
}

/**
 * Redeems a code, once: of any number of requests at the same time one finds `redeemed_at` null. All that the code is
 * bound to stands in the condition, so that a wrong client does not even spend it. The first refresh token comes into
 * being by the same statement, where one is due ($6 not null, and `offline_access` where the request is OpenID's); and
 * the grant, which was to end with its code, gets the life of what is issued from it now.
 */
const REDEEM = {
  name: 'tinyoauth_redeem_code',
  text: `with redeemed as (
    update trivet.tinyoauth_authorization_code as code
    set redeemed_at = trivet.clock()
    from trivet.tinyoauth_grant as given
    where code.code_hash = $1
      and given.id = code.grant_id
      and given.client_id = $2
      and ($3::text is null or code.redirect_uri = $3)
      and code.code_challenge is not distinct from $4::text
      and $5::text[] <@ given.resources
      and code.redeemed_at is null
      and code.expires_at > trivet.clock()
      and given.revoked_at is null
    returning given.id, given.client_id as "clientId", given.owner_id as "ownerId", given.scopes, given.resources,
      given.claims, given.nonce, given.auth_time as "authTime", given.amr, given.acr, given.sid,
      $6::bytea is not null and (not 'openid' = any (given.scopes) or 'offline_access' = any (given.scopes)) as lasts
  ), kept as (
    update trivet.tinyoauth_grant as given
    set expires_at = trivet.clock() + make_interval(secs => case when lasts then $8::float8 else $9::float8 end)
    from redeemed where given.id = redeemed.id
  ), first as (
    insert into trivet.tinyoauth_refresh_token (token_hash, grant_id, idle_until)
    select $6::bytea, id, trivet.clock() + make_interval(secs => least($7::float8, $8::float8)) from redeemed where lasts
    returning token_hash
  )
  select id, "clientId", "ownerId", scopes, resources, claims, nonce, "authTime", amr, acr, sid,
    exists (select from first) as "isRefreshable" from redeemed`,
}

export type Redeemed = Grant & { readonly isRefreshable: boolean }

export async function redeemCode(
  database: Database,
  attempt: {
    readonly codeHash: Buffer
    readonly clientId: string
    /** When it was sent; it has to be the one of the authorization request then. */
    readonly redirectUri: string | undefined
    readonly codeChallenge: string | undefined
    readonly resources: readonly string[]
    /** Of the refresh token to make, if the grant allows one. */
    readonly refreshTokenHash: Buffer | undefined
    readonly idleSeconds: number
    /** How long the grant lives from now on, with refresh tokens and without. */
    readonly grantSeconds: number
    readonly shortGrantSeconds: number
  },
): Promise<Redeemed | undefined> {
  const [row] = await database.prepared<Redeemed>(REDEEM, [
    attempt.codeHash,
    attempt.clientId,
    attempt.redirectUri ?? null,
    attempt.codeChallenge ?? null,
    attempt.resources,
    attempt.refreshTokenHash ?? null,
    attempt.idleSeconds,
    attempt.grantSeconds,
    attempt.shortGrantSeconds,
  ])
  return row
}

/** A code that was not redeemed, for saying why; gives no right to anything. */
export type RefusedCode = {
  readonly grantId: string
  readonly clientId: string
  readonly redirectUri: string
  readonly codeChallenge: string | null
  readonly resources: readonly string[]
  readonly isRedeemed: boolean
  readonly isOver: boolean
}

export function findCode(tables: Kysely<AuthorizationTables>, codeHash: Buffer): Promise<RefusedCode | undefined> {
  return tables
    .selectFrom('tinyoauth_authorization_code as code')
    .innerJoin('tinyoauth_grant as given', 'given.id', 'code.grant_id')
    .select([
      'code.grant_id as grantId',
      'given.client_id as clientId',
      'code.redirect_uri as redirectUri',
      'code.code_challenge as codeChallenge',
      'given.resources',
      sql<boolean>`code.redeemed_at is not null`.as('isRedeemed'),
      sql<boolean>`code.expires_at <= trivet.clock() or given.revoked_at is not null`.as('isOver'),
    ])
    .where('code.code_hash', '=', codeHash)
    .executeTakeFirst()
}
