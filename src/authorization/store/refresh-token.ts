import { type Kysely, sql } from 'kysely'
import type { Database } from '#database'
import { GRANT_COLUMNS, type Grant } from './grant.ts'
import type { AuthorizationTables } from './tables.ts'

const LIVE = `token.token_hash = $1
      and given.id = token.grant_id
      and given.client_id = $2
      and $3::text[] <@ given.scopes
      and $4::text[] <@ given.resources
      and given.revoked_at is null
      and given.expires_at > trivet.clock()
      and token.idle_until > trivet.clock()
      and token.successor_hash is null`

const RETURNING = `returning given.id, given.client_id as "clientId", given.owner_id as "ownerId", given.scopes,
      given.resources, given.claims, given.nonce, given.auth_time as "authTime", given.amr, given.acr, given.sid`

/** Spends a token and makes its successor, in one statement: of any number of requests at the same time one does it. */
const ROTATE = {
  name: 'tinyoauth_rotate_refresh_token',
  text: `with old as (
    update trivet.tinyoauth_refresh_token as token
    set used_at = trivet.clock(), successor_hash = $5, sealed_successor = $6,
      repeat_until = trivet.clock() + make_interval(secs => $7)
    from trivet.tinyoauth_grant as given
    where ${LIVE}
    ${RETURNING}, given.expires_at
  ), next as (
    insert into trivet.tinyoauth_refresh_token (token_hash, grant_id, idle_until)
    select $5, id, least(trivet.clock() + make_interval(secs => $8), expires_at) from old
  )
  select id, "clientId", "ownerId", scopes, resources, claims, nonce, "authTime", amr, acr, sid from old`,
}

/** A use of a token that stays the same. */
const USE = {
  name: 'tinyoauth_use_refresh_token',
  text: `update trivet.tinyoauth_refresh_token as token
    set used_at = trivet.clock(),
      idle_until = least(trivet.clock() + make_interval(secs => $5), given.expires_at)
    from trivet.tinyoauth_grant as given
    where ${LIVE}
    ${RETURNING}`,
}

/** What has to be true of a token and its grant. */
type Use = {
  readonly tokenHash: Buffer
  readonly clientId: string
  /** What is asked for must have been granted; empty for all of it. */
  readonly scopes: readonly string[]
  readonly resources: readonly string[]
  readonly idleSeconds: number
}

export async function rotateRefreshToken(
  database: Database,
  use: Use & {
    readonly successorHash: Buffer
    readonly sealedSuccessor: Buffer
    /** How long the old one may be repeated. */
    readonly repeatSeconds: number
  },
): Promise<Grant | undefined> {
  const { tokenHash, clientId, scopes, resources, successorHash, sealedSuccessor, repeatSeconds, idleSeconds } = use
  const values = [tokenHash, clientId, scopes, resources, successorHash, sealedSuccessor, repeatSeconds, idleSeconds]
  const [row] = await database.prepared<Grant>(ROTATE, values)
  return row
}

export async function useRefreshToken(database: Database, use: Use): Promise<Grant | undefined> {
  const { tokenHash, clientId, scopes, resources, idleSeconds } = use
  const [row] = await database.prepared<Grant>(USE, [tokenHash, clientId, scopes, resources, idleSeconds])
  return row
}

/** A token that could not be used as it is: why not, or what it may be repeated for. */
export type SpentToken = Grant & {
  /** Revoked, or beyond an end. */
  readonly isOver: boolean
  readonly isSpent: boolean
  /** Its successor was not used yet, and it is not long ago. */
  readonly mayRepeat: boolean
  readonly sealedSuccessor: Buffer | null
}

export function findRefreshToken(
  tables: Kysely<AuthorizationTables>,
  tokenHash: Buffer,
): Promise<SpentToken | undefined> {
  return tables
    .selectFrom('tinyoauth_refresh_token as token')
    .innerJoin('tinyoauth_grant', 'tinyoauth_grant.id', 'token.grant_id')
    .leftJoin('tinyoauth_refresh_token as successor', 'successor.token_hash', 'token.successor_hash')
    .select(GRANT_COLUMNS)
    .select([
      'token.sealed_successor as sealedSuccessor',
      sql<boolean>`tinyoauth_grant.revoked_at is not null or tinyoauth_grant.expires_at <= trivet.clock()
        or token.idle_until <= trivet.clock()`.as('isOver'),
      sql<boolean>`token.successor_hash is not null`.as('isSpent'),
      sql<boolean>`coalesce(token.repeat_until > trivet.clock() and successor.used_at is null, false)`.as('mayRepeat'),
    ])
    .where('token.token_hash', '=', tokenHash)
    .executeTakeFirst()
}

/** Those that could not be used any more if they came; before that a spent one betrays whoever sends it. */
export async function deleteOldRefreshTokens(tables: Kysely<AuthorizationTables>): Promise<void> {
  await tables.deleteFrom('tinyoauth_refresh_token').where(sql<boolean>`idle_until < trivet.clock()`).execute()
}
