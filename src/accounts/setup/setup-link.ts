import type { Kysely } from 'kysely'
import { hashSecret, randomToken } from '#crypto'
import { insertSetupLink } from '../store/setup-link.ts'
import type { AccountTables } from '../store/tables.ts'

const SECONDS = 3600

/**
 * The link with which the first administrator is made (security §10.11): once for a database, while there is none. For
 * whoever sees the output of the start; who may see that is for the caller to know.
 *
 * @returns undefined when there was one before, or there is an administrator
 */
export async function makeSetupLink(deps: {
  readonly tables: Kysely<AccountTables>
  readonly publicUrl: string
}): Promise<string | undefined> {
  const token = randomToken()
  const isMade = await insertSetupLink(deps.tables, { tokenHash: hashSecret(token), seconds: SECONDS })
  return isMade ? `${deps.publicUrl}/setup/administrator?${new URLSearchParams({ token })}` : undefined
}
