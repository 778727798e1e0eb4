import type { Kysely } from 'kysely'
import type { Mail, Writer } from '#mail'
import { writeLetter } from '../letters/wording.ts'
import type { AccountTables } from '../store/tables.ts'
import { findUser } from '../store/user.ts'
import type { User } from '../user.ts'

const DAY_SECONDS = 24 * 3600

type Notice =
  | 'password_changed'
  | 'email_changed'
  | 'passkey_added'
  | 'passkey_removed'
  | 'codes_on'
  | 'codes_off'
  | 'recovery_code_used'

/**
 * Tells somebody what was done to their account, at an address that they had confirmed before (ASVS 5.0, 6.3.7): if it
 * was not them, this is how they learn of it.
 */
export async function orderNotice(
  mail: Pick<Mail, 'order'>,
  kind: Notice,
  before: Pick<User, 'id' | 'email' | 'emailVerified'>,
): Promise<void> {
  if (before.email === null || !before.emailVerified) return
  await mail.order({ kind, to: before.email, data: { owner: before.id }, seconds: DAY_SECONDS })
}

export function noticeWriters(deps: {
  readonly tables: Kysely<AccountTables>
  readonly publicUrl: string
}): Readonly<Record<Notice, Writer>> {
  const { publicUrl } = deps
  const write =
    (subject: string, done: string): Writer =>
    async ({ data: { owner = '' } }) => {
      const user = await findUser(deps.tables, owner)
      if (!user) return undefined
      const forgot = `${publicUrl}/forgot`
      return writeLetter(publicUrl, {
        subject,
        username: user.username,
        paragraphs: [
          done,
          `If it was you, there is nothing to do. If not, choose a new password at once: ${forgot}. Then look at the sessions and apps at ${publicUrl}/account, at the passkeys at ${publicUrl}/account/factors and the linked accounts at ${publicUrl}/account/identities, and ask whoever runs this server.`,
        ],
      })
    }
  return {
    password_changed: write(
      'Your Trivet password was changed',
      'The password of your account was changed. All other browsers and apps were signed out.',
    ),
    passkey_added: write(
      'A passkey was added to your Trivet account',
      'Your account has another passkey now. Whoever holds it can sign in.',
    ),
    passkey_removed: write(
      'A passkey was removed from your Trivet account',
      'Your account has one passkey less. It signs nobody in any more. Other browsers were signed out.',
    ),
    codes_on: write(
      'Your Trivet account asks for codes now',
      'From now on a code of an app is asked for after your password, or a recovery code. Other browsers were signed out.',
    ),
    codes_off: write(
      'Your Trivet account asks for no codes any more',
      'Codes of an app were turned off. The recovery codes no longer work.',
    ),
    recovery_code_used: write(
      'A recovery code of your Trivet account was used',
      'Somebody signed in with your password and one of your recovery codes. That code is used up.',
    ),
    email_changed: write(
      'Your Trivet e-mail address was changed',
      'Your account has another e-mail address now, or none. Nothing further is sent to this one.',
    ),
  }
}
