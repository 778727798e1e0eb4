import { type Kysely, sql } from 'kysely'
import { EXTERNAL } from '../identities/external.ts'
import type { AccountTables } from './tables.ts'

/**
 * Whether the person of a session proved who they are in it within the last `seconds`. That somebody is signed in at a
 * provider does not count for an administrator, who can do harm to everybody: browsers stay signed in there for weeks.
 */
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
    .where(sql<boolean>`(amr <> ${[EXTERNAL]}::text[] or not exists (
      select from trivet.user_account where id = owner_id and is_admin))`)
    .executeTakeFirst()
  return row !== undefined
}
