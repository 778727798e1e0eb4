import { type Kysely, sql } from 'kysely'
import type { AuthorizationTables } from './tables.ts'

/** An initial access token (RFC 7591 §3), made by an administrator; `expiresIn` in seconds. */
export async function insertRegistrationToken(
  tables: Kysely<AuthorizationTables>,
  token: {
    readonly tokenHash: Buffer
    readonly note: string
    readonly expiresIn: number | undefined
    readonly uses: number | undefined
  },
): Promise<void> {
  await tables
    .insertInto('tinyoauth_registration_token')
    .values({
      token_hash: token.tokenHash,
      note: token.note,
      expires_at:
        token.expiresIn === undefined ? null : sql<Date>`trivet.clock() + make_interval(secs => ${token.expiresIn})`,
      uses_left: token.uses ?? null,
    })
    .execute()
}

const LIVE = sql<boolean>`(expires_at is null or expires_at > trivet.clock()) and (uses_left is null or uses_left > 0)`

export async function isRegistrationTokenLive(
  tables: Kysely<AuthorizationTables>,
  tokenHash: Buffer,
): Promise<boolean> {
  const row = await tables
    .selectFrom('tinyoauth_registration_token')
    .select('token_hash')
    .where('token_hash', '=', tokenHash)
    .where(LIVE)
    .executeTakeFirst()
  return row !== undefined
}

/** Takes one use of it, in one statement. @returns false when none is left */
export async function spendRegistrationToken(tables: Kysely<AuthorizationTables>, tokenHash: Buffer): Promise<boolean> {
  const { numUpdatedRows } = await tables
    .updateTable('tinyoauth_registration_token')
    .set({ uses_left: sql<number | null>`uses_left - 1` })
    .where('token_hash', '=', tokenHash)
    .where(LIVE)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

export async function deleteSpentRegistrationTokens(tables: Kysely<AuthorizationTables>): Promise<void> {
  await tables.deleteFrom('tinyoauth_registration_token').where(sql<boolean>`not (${LIVE})`).execute()
}

/** A token as administrators see it: what it is for, never the token itself. */
export type RegistrationTokenEntry = {
  /** SHA-256 of the token as base64url: names it without opening anything. */
  readonly id: string
  readonly note: string
  readonly createdAt: Date
  readonly expiresAt: Date | null
  readonly usesLeft: number | null
}

/** Those that still open something, the newest first. */
export async function listRegistrationTokens(
  tables: Kysely<AuthorizationTables>,
  most: number,
): Promise<RegistrationTokenEntry[]> {
  const rows = await tables
    .selectFrom('tinyoauth_registration_token')
    .select([
      'token_hash as hash',
      'note',
      'created_at as createdAt',
      'expires_at as expiresAt',
      'uses_left as usesLeft',
    ])
    .where(LIVE)
    .orderBy('created_at', 'desc')
    .orderBy('token_hash')
    .limit(most)
    .execute()
  return rows.map(({ hash, ...row }) => ({ id: hash.toString('base64url'), ...row }))
}

/** @returns whether it was there */
export async function deleteRegistrationToken(tables: Kysely<AuthorizationTables>, id: string): Promise<boolean> {
  const { numDeletedRows } = await tables
    .deleteFrom('tinyoauth_registration_token')
    .where('token_hash', '=', Buffer.from(id, 'base64url'))
    .executeTakeFirst()
  return numDeletedRows > 0n
}
