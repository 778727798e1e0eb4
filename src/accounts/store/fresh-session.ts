import { type Kysely, sql } from 'kysely'
import type { AccountTables } from './tables.ts'

/** Whether the person of a session proved who they are in it within the last `seconds`. */
export async function isSessionFresh(
  tables: Kysely<AccountTables>,
  session: { readonly id: string; readonly seconds: number },
): Promise<boolean> {
  const row = await tables
    .selectFrom('browser_session')
    .select('id')
    .where('id', '=', session.id)
    .where('replaced_by', 'is', null)
    .where(sql<boolean>`auth_time > trivet.clock() - make_interval(secs => ${session.seconds})`)
    .executeTakeFirst()
  return row !== undefined
}
