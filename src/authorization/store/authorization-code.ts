import { type Kysely, sql } from 'kysely'
import type { Database } from '#database'
import type { Grant } from './grant.ts'
import type { AuthorizationTables } from './tables.ts'

/** A grant and its code, in one statement: there is never one without the other. */
const INSERT = {
  name: 'tinyoauth_issue_code',
  text: `with given as (
    insert into trivet.tinyoauth_grant
      (id, client_id, owner_id, scopes, resources, claims, nonce, auth_time, amr, acr, sid, expires_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, trivet.clock() + make_interval(secs => $12))
    returning id
  )
  insert into trivet.tinyoauth_authorization_code (code_hash, grant_id, redirect_uri, code_challenge, expires_at)
  select $13, id, $14, $15, trivet.clock() + make_interval(secs => $16) from given`,
}

export async function insertCode(
  database: Database,
  code: {
    readonly codeHash: Buffer
    readonly redirectUri: string
    readonly codeChallenge: string | undefined
    readonly codeSeconds: number
    readonly grant: Grant
    readonly grantSeconds: number
  },
): Promise<void> {
  const { grant } = code
  await database.prepared(INSERT, [
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
    code.grantSeconds,
    code.codeHash,
    code.redirectUri,
    code.codeChallenge ?? null,
    code.codeSeconds,
  ])
}

/**
 * Redeems a code, once: of any number of requests at the same time one finds `redeemed_at` null. All that the code is
 * bound to stands in the condition, so that a wrong client does not even spend it. The first refresh token comes into
 * being by the same statement, where one is due ($6 not null, and `offline_access` where the request is OpenID's).
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
      given.claims, given.nonce, given.auth_time as "authTime", given.amr, given.acr, given.sid, given.expires_at
  ), first as (
    insert into trivet.tinyoauth_refresh_token (token_hash, grant_id, idle_until)
    select $6::bytea, id, least(trivet.clock() + make_interval(secs => $7), expires_at) from redeemed
    where $6::bytea is not null and (not 'openid' = any (scopes) or 'offline_access' = any (scopes))
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
