import type { Kysely } from 'kysely'
import type { Log } from '#base'
import type { AccountTables } from '../store/tables.ts'
import { deleteErasing, markErasing } from '../store/user-erasure.ts'
import type { Owned } from '../visitors/owned.ts'
import { removeOwner } from './remove-owner.ts'

/**
 * Ends an account at once: nobody can sign in or act as this user once the mark is there. What a room could not remove
 * now, because a disk or a provider did not answer, housekeeping removes later; the row stays until then.
 *
 * @returns false when it is the last administrator: then nothing is done
 */
export async function eraseUser(
  deps: { readonly tables: Kysely<AccountTables>; readonly owned: readonly Owned[]; readonly log: Log },
  id: string,
): Promise<boolean> {
  if (!(await markErasing(deps.tables, id))) return false
  try {
    await removeOwner(deps.owned, id, (row) => deleteErasing(deps.tables, row))
  } catch (error) {
    deps.log.warn({ err: error }, 'An account could not be removed whole; it is tried again')
  }
  return true
}
