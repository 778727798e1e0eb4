import { type Kysely, sql } from 'kysely'
import type { AuthorizationTables } from './tables.ts'

/** What a client may do in somebody's name, now or the next time it asks. */
export type Access = {
  readonly clientId: string
  readonly scopes: readonly string[]
  /** When it was first allowed, of what still counts. */
  readonly since: Date
  /** It can get tokens by itself, without the person. */
  readonly isLasting: boolean
}

/** Live grants and remembered consents of one person, by client. By the indexes `tinyoauth_grant_owner` and the primary key. */
export async function listAccess(tables: Kysely<AuthorizationTables>, ownerId: string): Promise<Access[]> {
  const given = tables
    .selectFrom('tinyoauth_grant')
    .select([
      'client_id',
      'scopes',
      'created_at as at',
      sql<boolean>`exists (select from trivet.tinyoauth_refresh_token as token
        where token.grant_id = tinyoauth_grant.id and token.idle_until > trivet.clock())`.as('lasts'),
    ])
    .where('owner_id', '=', ownerId)
    .where('revoked_at', 'is', null)
    .where(sql<boolean>`expires_at > trivet.clock()`)
  const remembered = tables
    .selectFrom('tinyoauth_consent')
    .select(['client_id', 'scopes', 'at', sql<boolean>`false`.as('lasts')])
    .where('owner_id', '=', ownerId)
  return tables
    .selectFrom(given.unionAll(remembered).as('access'))
    .select([
      'client_id as clientId',
      sql<
        string[]
      >`array(select distinct unnest(string_to_array(string_agg(array_to_string(scopes, ' '), ' '), ' ')) order by 1)`.as(
        'scopes',
      ),
      sql<Date>`min(at)`.as('since'),
      sql<boolean>`bool_or(lasts)`.as('isLasting'),
    ])
    .groupBy('client_id')
    .orderBy('since', 'desc')
    .execute()
}
