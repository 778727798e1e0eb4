import { type Kysely, sql } from 'kysely'
import type { AccountTables } from './tables.ts'

const SECONDS_LEFT = sql<number | null>`ceil(extract(epoch from max(blocked_until) - trivet.clock()))::int`

/** When it is blocked: for how many seconds more, at least one. Of several keys the longest; 0 for none. */
export async function blockedFor(tables: Kysely<AccountTables>, keys: readonly string[]): Promise<number> {
  const row = await tables
    .selectFrom('login_failure')
    .select(SECONDS_LEFT.as('seconds'))
    .where('key', 'in', [...keys])
    .where(sql<boolean>`blocked_until > trivet.clock()`)
    .executeTakeFirst()
  return row?.seconds ?? 0
}

/** From `free` failures within the window on, each one blocks: for `firstSeconds`, then twice as long each time. */
export type FailureRule = {
  readonly free: number
  readonly windowSeconds: number
  readonly firstSeconds: number
  readonly mostSeconds: number
}

/**
 * Counts one failure, in one statement: of a thousand at once each is counted. One that arrives while the key is
 * blocked changes nothing, so that nobody can keep somebody else out by going on.
 *
 * @returns `counted` is false when it was blocked already; `blocks` is true when this one was one too many
 */
export async function countFailure(
  tables: Kysely<AccountTables>,
  key: string,
  rule: FailureRule,
): Promise<{ counted: boolean; blocks: boolean }> {
  const windowEnd = sql<Date>`trivet.clock() + make_interval(secs => ${rule.windowSeconds})`
  const isOver = sql<boolean>`login_failure.window_ends_at <= trivet.clock()`
  const next = sql<number>`case when ${isOver} then 1 else login_failure.failures + 1 end`
  const seconds = sql`least(${rule.mostSeconds}, ${rule.firstSeconds} * power(2, least(${next} - ${rule.free}::int, 20)))`
  const row = await tables
    .insertInto('login_failure')
    .values({ key, failures: 1, window_ends_at: windowEnd })
    .onConflict((conflict) =>
      conflict
        .column('key')
        .doUpdateSet({
          failures: next,
          window_ends_at: sql`case when ${isOver} then ${windowEnd} else login_failure.window_ends_at end`,
          blocked_until: sql`case when ${next} >= ${rule.free}::int
            then trivet.clock() + make_interval(secs => ${seconds}) end`,
        })
        .where(sql<boolean>`login_failure.blocked_until is null or login_failure.blocked_until <= trivet.clock()`),
    )
    .returning(['blocked_until'])
    .executeTakeFirst()
  return { counted: row !== undefined, blocks: row?.blocked_until != null }
}

/**
 * Forgets the failures of one key, unless any of them all is blocked by now; in one statement.
 *
 * @returns as `blockedFor`
 */
export async function forgetUnlessBlocked(
  tables: Kysely<AccountTables>,
  key: string,
  keys: readonly string[],
): Promise<number> {
  const row = await tables
    .with('blocked', (db) =>
      db
        .selectFrom('login_failure')
        .select('blocked_until')
        .where('key', 'in', [...keys])
        .where(sql<boolean>`blocked_until > trivet.clock()`),
    )
    .with('forgotten', (db) =>
      db
        .deleteFrom('login_failure')
        .where('key', '=', key)
        .where(({ not, exists, selectFrom }) => not(exists(selectFrom('blocked').select('blocked_until')))),
    )
    .selectFrom('blocked')
    .select(SECONDS_LEFT.as('seconds'))
    .executeTakeFirst()
  return row?.seconds ?? 0
}

export async function deleteOldFailures(tables: Kysely<AccountTables>): Promise<void> {
  await tables
    .deleteFrom('login_failure')
    .where(sql<boolean>`window_ends_at < trivet.clock() and coalesce(blocked_until < trivet.clock(), true)`)
    .execute()
}
