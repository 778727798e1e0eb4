import { type ExpressionBuilder, type Kysely, type SqlBool, sql } from 'kysely'
import type { ConnectionTables } from './tables.ts'

export type ConnectionRow = {
  readonly id: string
  readonly ownerId: string
  readonly provider: string
  readonly issuer: string
  readonly accountId: string
  readonly accountName: string
  readonly accountPicture: string | null
  readonly status: 'active' | 'needs_reconnect'
  readonly reason: string | null
  readonly requestedScopes: string[]
  readonly grantedScopes: string[]
  readonly sealedAccessToken: string
  readonly sealedRefreshToken: string | null
  readonly accessExpiresAt: Date | null
  readonly tokenVersion: number
  readonly refreshFailures: number
  readonly lastFailure: string | null
  readonly connectedAt: Date
  readonly usedAt: Date | null
  /** Seconds that the access token still lives, by the database's clock; null when it has no end. */
  readonly secondsLeft: number | null
  /** Seconds that the access token had at first. */
  readonly lifetime: number | null
  /** Seconds since the person consented. */
  readonly age: number
  /** Seconds until renewing may be tried again; 0 or less: now. */
  readonly coolDown: number
  /** Seconds until the provider may be called with this account again; 0 or less: now. */
  readonly callsPaused: number
  /** Its use was last noted over a minute ago. */
  readonly useIsOld: boolean
}

/** Nobody is put off for longer by one 429. */
const MOST_PAUSE_SECONDS = 3600

type Of = ExpressionBuilder<ConnectionTables, 'connection'>

const seconds = (interval: string) => sql<number>`extract(epoch from (${sql.raw(interval)}))::float8`

export const connectionColumns = (of: Of) =>
  [
    of.ref('id').as('id'),
    of.ref('owner_id').as('ownerId'),
    of.ref('provider').as('provider'),
    of.ref('issuer').as('issuer'),
    of.ref('account_id').as('accountId'),
    of.ref('account_name').as('accountName'),
    of.ref('account_picture').as('accountPicture'),
    of.ref('status').as('status'),
    of.ref('reason').as('reason'),
    of.ref('requested_scopes').as('requestedScopes'),
    of.ref('granted_scopes').as('grantedScopes'),
    of.ref('sealed_access_token').as('sealedAccessToken'),
    of.ref('sealed_refresh_token').as('sealedRefreshToken'),
    of.ref('access_expires_at').as('accessExpiresAt'),
    of.ref('token_version').as('tokenVersion'),
    of.ref('refresh_failures').as('refreshFailures'),
    of.ref('last_failure').as('lastFailure'),
    of.ref('connected_at').as('connectedAt'),
    of.ref('used_at').as('usedAt'),
    sql<number | null>`extract(epoch from (access_expires_at - trivet.clock()))::float8`.as('secondsLeft'),
    sql<number | null>`extract(epoch from (access_expires_at - coalesce(refreshed_at, connected_at)))::float8`.as(
      'lifetime',
    ),
    seconds('trivet.clock() - connected_at').as('age'),
    sql<number>`coalesce(extract(epoch from (retry_not_before - trivet.clock())), 0)::float8`.as('coolDown'),
    // Never longer than a pause can be, should the clock have been put back since.
    sql<number>`least(coalesce(extract(epoch from (calls_not_before - trivet.clock())), 0), ${MOST_PAUSE_SECONDS})::float8`.as(
      'callsPaused',
    ),
    sql<boolean>`used_at is null or used_at < trivet.clock() - interval '1 minute'`.as('useIsOld'),
  ] as const

export function findConnection(
  tables: Kysely<ConnectionTables>,
  key: { readonly id: string; readonly ownerId: string },
): Promise<ConnectionRow | undefined> {
  return tables
    .selectFrom('connection')
    .select(connectionColumns)
    .where('id', '=', key.id)
    .where('owner_id', '=', key.ownerId)
    .executeTakeFirst()
}

/** Whose a connection is by now. */
export async function findOwner(tables: Kysely<ConnectionTables>, id: string): Promise<string | undefined> {
  const row = await tables.selectFrom('connection').select('owner_id').where('id', '=', id).executeTakeFirst()
  return row?.owner_id
}

/** By the unique index on owner, provider, issuer, account. */
export function findConnectionOfAccount(
  tables: Kysely<ConnectionTables>,
  key: {
    readonly ownerId: string
    readonly provider: string
    readonly issuer: string
    readonly accountId: string
  },
): Promise<ConnectionRow | undefined> {
  return tables
    .selectFrom('connection')
    .select(connectionColumns)
    .where('owner_id', '=', key.ownerId)
    .where('provider', '=', key.provider)
    .where('issuer', '=', key.issuer)
    .where('account_id', '=', key.accountId)
    .executeTakeFirst()
}

/** The last used ones first. */
export function listConnections(tables: Kysely<ConnectionTables>, ownerId: string): Promise<ConnectionRow[]> {
  return tables
    .selectFrom('connection')
    .select(connectionColumns)
    .where('owner_id', '=', ownerId)
    .orderBy(sql`greatest(used_at, connected_at)`, 'desc')
    .orderBy('id', 'desc')
    .execute()
}

/** Whether anybody else here still lives on the same account's grant. By index `connection_account`. */
export async function isAccountConnected(
  tables: Kysely<ConnectionTables>,
  account: { readonly provider: string; readonly issuer: string; readonly accountId: string },
): Promise<boolean> {
  const row = await tables
    .selectFrom('connection')
    .select(sql<SqlBool>`true`.as('found'))
    .where('provider', '=', account.provider)
    .where('issuer', '=', account.issuer)
    .where('account_id', '=', account.accountId)
    .where('status', '=', 'active')
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}
