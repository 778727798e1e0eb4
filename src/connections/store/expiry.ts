import { sql } from 'kysely'

/** When an access token ends, from the seconds that the provider gave it; by the database's clock. */
export function expiryIn(seconds: number | null) {
  return seconds === null ? sql<null>`null` : sql<Date>`trivet.clock() + make_interval(secs => ${seconds})`
}
