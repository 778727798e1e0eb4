import { type Kysely, sql } from 'kysely'
import type { AuthorizationTables } from './tables.ts'

/** What somebody allowed a client, or, without an owner, what a client may do by itself. Tokens name it as `gid`. */
export type Grant = {
  readonly id: string
  readonly clientId: string
  /** Null for client credentials: such a grant has a row only once it was revoked. */
  readonly ownerId: string | null
  readonly scopes: readonly string[]
  /** What access tokens may be for; never empty. */
  readonly resources: readonly string[]
  /** The `claims` parameter (OpenID Connect Core §5.5), as `checks/check-claims.ts` left it. */
  readonly claims: Record<string, unknown> | null
  readonly nonce: string | null
  readonly authTime: Date | null
  readonly amr: readonly string[]
  readonly acr: string | null
  readonly sid: string | null
}

/** The columns of a `Grant`; they need no qualifying, `tinyoauth_grant` is alone in having them together. */
export const GRANT_COLUMNS = [
  'tinyoauth_grant.id',
  'tinyoauth_grant.client_id as clientId',
  'tinyoauth_grant.owner_id as ownerId',
  'tinyoauth_grant.scopes',
  'tinyoauth_grant.resources',
  'tinyoauth_grant.claims',
  'tinyoauth_grant.nonce',
  'tinyoauth_grant.auth_time as authTime',
  'tinyoauth_grant.amr',
  'tinyoauth_grant.acr',
  'tinyoauth_grant.sid',
] as const

/** A grant that was neither revoked nor is over. */
export function findLiveGrant(tables: Kysely<AuthorizationTables>, id: string): Promise<Grant | undefined> {
  return tables
    .selectFrom('tinyoauth_grant')
    .select(GRANT_COLUMNS)
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .where(sql<boolean>`expires_at > trivet.clock()`)
    .executeTakeFirst()
}

/** Those of them that were neither revoked nor are over. */
export async function listLiveGrants(
  tables: Kysely<AuthorizationTables>,
  ids: readonly string[],
): Promise<readonly string[]> {
  const rows = await tables
    .selectFrom('tinyoauth_grant')
    .select('id')
    .where(sql<boolean>`id = any(${[...ids]})`)
    .where('revoked_at', 'is', null)
    .where(sql<boolean>`expires_at > trivet.clock()`)
    .execute()
  return rows.map(({ id }) => id)
}

/**
 * Ends a grant and all that was issued from it. One without a row, of client credentials, gets the row now, so that the
 * denylist knows it.
 */
export async function markGrantRevoked(
  tables: Kysely<AuthorizationTables>,
  grant: { readonly id: string; readonly clientId: string },
): Promise<void> {
  await tables
    .insertInto('tinyoauth_grant')
    .values({
      id: grant.id,
      client_id: grant.clientId,
      owner_id: null,
      scopes: [],
      resources: [],
      claims: null,
      nonce: null,
      auth_time: null,
      acr: null,
      sid: null,
      expires_at: sql`trivet.clock() + interval '1 hour'`,
      revoked_at: sql`trivet.clock()`,
    })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet({ revoked_at: sql`coalesce(tinyoauth_grant.revoked_at, trivet.clock())` }),
    )
    .execute()
}

/** Those revoked since access tokens of theirs may still be alive, for the denylist of a process that starts. */
export async function listRevokedGrants(
  tables: Kysely<AuthorizationTables>,
  accessTokenSeconds: number,
): Promise<{ readonly id: string; readonly revokedAt: Date }[]> {
  return tables
    .selectFrom('tinyoauth_grant')
    .select(['id', 'revoked_at as revokedAt'])
    .where('revoked_at', 'is not', null)
    .where(sql<boolean>`revoked_at > trivet.clock() - make_interval(secs => ${accessTokenSeconds})`)
    .$narrowType<{ revokedAt: Date }>()
    .execute()
}

/**
 * With a grant go its codes and refresh tokens. Kept for an hour beyond its end: access tokens of it are over by then.
 * One whose code was never redeemed has none, and goes at once.
 */
export async function deleteOldGrants(tables: Kysely<AuthorizationTables>): Promise<void> {
  await tables
    .deleteFrom('tinyoauth_grant')
    .where(
      sql<boolean>`expires_at < trivet.clock() and (expires_at < trivet.clock() - interval '1 hour' or exists (
        select from trivet.tinyoauth_authorization_code as code
        where code.grant_id = tinyoauth_grant.id and code.redeemed_at is null))`,
    )
    .execute()
}
