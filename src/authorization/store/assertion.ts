import { type Kysely, sql } from 'kysely'
import type { AuthorizationTables } from './tables.ts'

/**
 * Notes the `jti` of a client assertion, in one statement (RFC 7523 §3, point 7).
 *
 * @param assertion.expiresAt seconds since 1970; kept a minute longer, for clocks that disagree
 * @returns false when it was used before
 */
export async function useAssertion(
  tables: Kysely<AuthorizationTables>,
  assertion: { readonly clientId: string; readonly jtiHash: Buffer; readonly expiresAt: number },
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tables
    .insertInto('tinyoauth_assertion')
    .values({
      client_id: assertion.clientId,
      jti_hash: assertion.jtiHash,
      expires_at: sql<Date>`to_timestamp(${assertion.expiresAt}) + interval '1 minute'`,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return (numInsertedOrUpdatedRows ?? 0n) > 0n
}

export async function deleteOldAssertions(tables: Kysely<AuthorizationTables>): Promise<void> {
  await tables.deleteFrom('tinyoauth_assertion').where(sql<boolean>`expires_at < trivet.clock()`).execute()
}
