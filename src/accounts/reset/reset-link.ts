import type { Kysely } from 'kysely'
import { newId } from '#base'
import { hashSecret, randomToken } from '#crypto'
import type { Note } from '../store/note.ts'
import { insertReset } from '../store/password-reset.ts'
import type { AccountTables, ResetWay } from '../store/tables.ts'

/** ASVS 5.0, 6.4.1 and security §10.12. */
export const RESET_SECONDS = 15 * 60

/**
 * A link with which somebody chooses a new password, once, within 15 minutes. Only its hash is kept, and its host is
 * that of the settings, whatever a request says.
 *
 * @returns undefined for who may not sign in
 */
export async function makeResetLink(
  deps: { readonly tables: Kysely<AccountTables>; readonly publicUrl: string },
  reset: { readonly ownerId: string; readonly way: ResetWay; readonly note: Note },
): Promise<string | undefined> {
  const token = randomToken()
  const row = { id: newId(), ...reset, linkHash: hashSecret(token), seconds: RESET_SECONDS }
  const isMade = await insertReset(deps.tables, row)
  return isMade ? `${deps.publicUrl}/reset?${new URLSearchParams({ token })}` : undefined
}
