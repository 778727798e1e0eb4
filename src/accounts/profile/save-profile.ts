import type { Kysely } from 'kysely'
import type { Mail } from '#mail'
import { auditNote } from '../audit/audit.ts'
import { orderNotice } from '../email/notices.ts'
import { orderVerification } from '../email/verification.ts'
import type { LetterLimits } from '../letters/limits.ts'
import type { AccountTables } from '../store/tables.ts'
import { updateProfile } from '../store/user.ts'
import type { User } from '../user.ts'
import type { Profile } from './profile.ts'

/**
 * Stores what somebody says about themselves. Another e-mail address is asked whether it is theirs, and the one before
 * it is told.
 *
 * @param from the address that the request came from
 */
export async function saveProfile(
  deps: {
    readonly tables: Kysely<AccountTables>
    readonly mail: Pick<Mail, 'mode' | 'order'>
    readonly letterLimits: LetterLimits
  },
  user: User,
  parsed: { readonly profile: Profile; readonly email: string | undefined },
  from: string,
): Promise<void> {
  if (!isEmailChange(user, parsed)) return updateProfile(deps.tables, { id: user.id, ...parsed })
  const by = { actor: user.publicId, address: from }
  const note = auditNote(by, { action: 'user.email_changed', target: { kind: 'user', id: user.publicId } })
  await deps.tables.transaction().execute(async (trx) => {
    await updateProfile(trx, { id: user.id, ...parsed })
    await note(trx)
  })
  const email = parsed.email ?? null
  await orderNotice(deps.mail, 'email_changed', user)
  await orderVerification(deps, { id: user.id, email, emailVerified: false }, from)
}

/** Whether another e-mail address is to be stored, or none any more. */
export function isEmailChange(user: Pick<User, 'email'>, parsed: { readonly email: string | undefined }): boolean {
  return (parsed.email ?? null) !== user.email
}
