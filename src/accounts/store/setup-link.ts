import { type Kysely, sql } from 'kysely'
import type { AccountTables } from './tables.ts'

const NO_ADMINISTRATOR = sql<boolean>`not exists (
  select from trivet.user_account where is_admin and erasing_at is null)`

/** Once for a database, and not while there is an administrator; of two processes at once one makes it. */
export async function insertSetupLink(
  tables: Kysely<AccountTables>,
  link: { readonly tokenHash: Buffer; readonly seconds: number },
): Promise<boolean> {
  const result = await tables
    .insertInto('setup_link')
    .columns(['token_hash', 'ends_at'])
    .expression(
      tables
        .selectNoFrom([
          sql<Buffer>`${link.tokenHash}::bytea`.as('token_hash'),
          sql<Date>`trivet.clock() + make_interval(secs => ${link.seconds})`.as('ends_at'),
        ])
        .where(NO_ADMINISTRATOR),
    )
    .onConflict((conflict) => conflict.column('only_row').doNothing())
    .executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}

function liveLink(tables: Kysely<AccountTables>, tokenHash: Buffer) {
  return tables
    .selectFrom('setup_link')
    .select('only_row')
    .where('token_hash', '=', tokenHash)
    .where('used_at', 'is', null)
    .where(sql<boolean>`ends_at > trivet.clock()`)
    .where(NO_ADMINISTRATOR)
}

export async function isSetupLinkLive(tables: Kysely<AccountTables>, tokenHash: Buffer): Promise<boolean> {
  return (await liveLink(tables, tokenHash).executeTakeFirst()) !== undefined
}

/**
 * Makes the administrator and uses the link up, in one transaction (security §10.11). `make` says whether it made one:
 * if not, the link can be used again.
 *
 * @returns undefined when the link is used, or over, or there is an administrator by now
 */
export function useSetupLink(
  tables: Kysely<AccountTables>,
  tokenHash: Buffer,
  make: (trx: Kysely<AccountTables>) => Promise<boolean>,
): Promise<boolean | undefined> {
  return tables.transaction().execute(async (trx) => {
    // The row is locked: a second one with the same link waits here, and then finds it used.
    if (!(await liveLink(trx, tokenHash).forUpdate().executeTakeFirst())) return undefined
    const made = await make(trx)
    if (made) await trx.updateTable('setup_link').set({ used_at: sql<Date>`trivet.clock()` }).execute()
    return made
  })
}
