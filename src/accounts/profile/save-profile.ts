import type { Kysely } from 'kysely'
import type { Mail } from '#mail'
import type { Audit } from '../audit/audit.ts'
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
    readonly accounts: { readonly audit: Pick<Audit, 'record'> }
  },
  user: User,
  parsed: { readonly profile: Profile; readonly email: string | undefined },
  from: string,
): Promise<void> {
  await updateProfile(deps.tables, { id: user.id, ...parsed })
  if (!isEmailChange(user, parsed)) return
  const email = parsed.email ?? null
  const by = { actor: user.publicId, address: from }
  const target = { kind: 'user' as const, id: user.publicId }
  await deps.accounts.audit.record(by, { action: 'user.email_changed', target })
  await orderNotice(deps.mail, 'email_changed', user)
  await orderVerification(deps, { id: user.id, email, emailVerified: false }, from)
}

/** Whether another e-mail address is to be stored, or none any more. */
export function isEmailChange(user: Pick<User, 'email'>, parsed: { readonly email: string | undefined }): boolean {
  return (parsed.email ?? null) !== user.email
}
