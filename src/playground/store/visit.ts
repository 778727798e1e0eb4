import { type Kysely, sql } from 'kysely'
import type { PlaygroundTables } from './tables.ts'

const EXPIRY = sql<Date>`trivet.clock() + interval '1 hour'`

export async function insertVisit(
  tables: Kysely<PlaygroundTables>,
  visit: { readonly id: string; readonly secretHash: Buffer },
): Promise<void> {
  await tables
    .insertInto('playground_visit')
    .values({ id: visit.id, secret_hash: visit.secretHash, expires_at: EXPIRY })
    .execute()
}

/** Undefined once its hour is over. */
export function findVisit(
  tables: Kysely<PlaygroundTables>,
  secretHash: Buffer,
): Promise<{ readonly id: string } | undefined> {
  return tables
    .selectFrom('playground_visit')
    .select('id')
    .where('secret_hash', '=', secretHash)
    .where(sql<boolean>`expires_at > trivet.clock()`)
    .executeTakeFirst()
}

/** With all its steps. */
export async function deleteVisit(tables: Kysely<PlaygroundTables>, id: string): Promise<void> {
  await tables.deleteFrom('playground_visit').where('id', '=', id).execute()
}

export async function deleteOldVisits(tables: Kysely<PlaygroundTables>): Promise<void> {
  await tables.deleteFrom('playground_visit').where(sql<boolean>`expires_at <= trivet.clock()`).execute()
}
