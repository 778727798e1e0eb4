import type { Kysely } from 'kysely'
import { newId } from '#base'
import { auditNote } from '../audit/audit.ts'
import { insertIdentity } from '../store/login-identity.ts'
import { type PendingIdentity, takePendingIdentity } from '../store/pending-identity.ts'
import type { AccountTables } from '../store/tables.ts'
import { findUser, insertUser } from '../store/user.ts'
import type { User } from '../user.ts'
import { checkUsername, newPublicId, type RegistrationError, taken } from './register.ts'

export type IdentityRegistration =
  | { readonly user: User }
  | { readonly error: RegistrationError }
  /** It is over, was used by another tab, or the account is linked to somebody by now. */
  | { readonly error: 'identity_gone' }

class Unfinished extends Error {
  readonly outcome: IdentityRegistration
  constructor(outcome: IdentityRegistration) {
    super('nothing was registered')
    this.outcome = outcome
  }
}

/**
 * Makes a user without a password, who signs in with this account: all of it in one transaction, or nothing.
 *
 * @param address from which it is done
 */
export async function registerByIdentity(
  tables: Kysely<AccountTables>,
  pending: PendingIdentity,
  username: string,
  address: string,
): Promise<IdentityRegistration> {
  const name = checkUsername(username, false)
  if ('code' in name) return { error: name }
  const [id, publicId] = [newId(), newPublicId()]
  const details = { provider: pending.provider, issuer: pending.issuer }
  const target = { kind: 'user', id: publicId } as const
  const note = auditNote({ actor: publicId, address }, { action: 'identity.linked', target, details })
  try {
    await tables.transaction().execute(async (trx) => {
      if (!(await takePendingIdentity(trx, pending.id))) throw new Unfinished({ error: 'identity_gone' })
      const row = { id, publicId, username: name.shown, folded: name.folded, isAdmin: false }
      const isNew = await insertUser(trx, { ...row, passwordHash: undefined, email: undefined })
      if (!isNew) throw new Unfinished({ error: taken(name.shown) })
      const isLinked = await insertIdentity(trx, { ...pending, id: newId(), ownerId: id })
      if (!isLinked) throw new Unfinished({ error: 'identity_gone' })
      await note(trx)
    })
  } catch (error) {
    if (error instanceof Unfinished) return error.outcome
    throw error
  }
  const user = await findUser(tables, id)
  return user ? { user } : { error: 'identity_gone' }
}
