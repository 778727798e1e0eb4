import { type Kysely, sql } from 'kysely'
import type { AuthorizationTables } from './tables.ts'

/** So many within a window that begins with the first. */
export type CountRule = { readonly most: number; readonly seconds: number }

/**
 * Counts one more of something, in one statement; every process counts in the same row.
 *
 * @returns 0 when it is within the rule, else the seconds until the window is over
 */
export async function countOne(
  tables: Kysely<AuthorizationTables>,
  key: string,
  { most, seconds }: CountRule,
): Promise<number> {
  const end = sql<Date>`trivet.clock() + make_interval(secs => ${seconds})`
  const { count, wait } = await tables
    .insertInto('tinyoauth_count')
    .values({ key, count: 1, ends_at: end })
    .onConflict((conflict) =>
      conflict.column('key').doUpdateSet({
        count: sql<number>`case when ${IS_OVER} then 1 else least(tinyoauth_count.count, ${most}) + 1 end`,
        ends_at: sql<Date>`case when ${IS_OVER} then ${end} else tinyoauth_count.ends_at end`,
      }),
    )
    .returning(['count', sql<number>`extract(epoch from ends_at - trivet.clock())::float8`.as('wait')])
    .executeTakeFirstOrThrow()
  return count > most ? Math.max(1, Math.ceil(wait)) : 0
}

const IS_OVER = sql`tinyoauth_count.ends_at <= trivet.clock()`

/** By index `tinyoauth_count_end`. */
export async function deleteOldCounts(tables: Kysely<AuthorizationTables>): Promise<void> {
  await tables.deleteFrom('tinyoauth_count').where(sql<boolean>`ends_at <= trivet.clock()`).execute()
}
