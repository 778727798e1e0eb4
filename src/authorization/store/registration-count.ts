import { type Kysely, sql } from 'kysely'
import type { AuthorizationTables } from './tables.ts'

/**
 * Counts one more registration from a network, in one statement; every process counts in the same row.
 *
 * @returns 0 when it is within the limit, else the seconds until the hour is over
 */
export async function countRegistration(
  tables: Kysely<AuthorizationTables>,
  network: string,
  mostPerHour: number,
): Promise<number> {
  const { registrations, wait } = await tables
    .insertInto('tinyoauth_registration_count')
    .values({ network, registrations: 1, started_at: sql<Date>`trivet.clock()` })
    .onConflict((conflict) =>
      conflict.column('network').doUpdateSet({
        registrations: sql<number>`case when ${OVER} then 1 else least(tinyoauth_registration_count.registrations, ${mostPerHour}) + 1 end`,
        started_at: sql<Date>`case when ${OVER} then trivet.clock() else tinyoauth_registration_count.started_at end`,
      }),
    )
    .returning([
      'registrations',
      sql<number>`extract(epoch from started_at + interval '1 hour' - trivet.clock())::float8`.as('wait'),
    ])
    .executeTakeFirstOrThrow()
  return registrations > mostPerHour ? Math.max(1, Math.ceil(wait)) : 0
}

const OVER = sql`tinyoauth_registration_count.started_at <= trivet.clock() - interval '1 hour'`

export async function deleteOldRegistrationCounts(tables: Kysely<AuthorizationTables>): Promise<void> {
  await tables
    .deleteFrom('tinyoauth_registration_count')
    .where(sql<boolean>`started_at <= trivet.clock() - interval '1 hour'`)
    .execute()
}
