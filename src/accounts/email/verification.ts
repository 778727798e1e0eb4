import type { Kysely } from 'kysely'
import { newId } from '#base'
import { hashSecret, randomToken } from '#crypto'
import type { Mail, Writer } from '#mail'
import type { LetterLimits } from '../letters/limits.ts'
import { nameToGreet, writeLetter } from '../letters/wording.ts'
import { insertEmailVerification } from '../store/email.ts'
import type { AccountTables } from '../store/tables.ts'
import { findUser } from '../store/user.ts'
import type { User } from '../user.ts'

const LINK_SECONDS = 24 * 3600

/**
 * Asks the mailbox of a user whether it is theirs; nothing is sent to one that said so, or where no mail is sent.
 *
 * @param from the address that the request came from
 * @returns seconds to wait when too many letters were asked for; then none is sent
 */
export async function orderVerification(
  deps: { readonly mail: Pick<Mail, 'mode' | 'order'>; readonly letterLimits: LetterLimits },
  user: Pick<User, 'id' | 'email' | 'emailVerified'>,
  from: string,
): Promise<number> {
  const { email, emailVerified } = user
  if (email === null || emailVerified || deps.mail.mode === 'off') return 0
  const wait = await deps.letterLimits.take('verification', { email, address: from })
  if (wait > 0) return wait
  await deps.mail.order({ kind: 'email_verification', to: email, data: { owner: user.id }, seconds: LINK_SECONDS })
  return 0
}

/** The link confirms nothing by itself: the account has to be signed in where it is opened (endpoints/verify-email.ts). */
export function verificationWriters(deps: {
  readonly tables: Kysely<AccountTables>
  readonly publicUrl: string
}): Readonly<Record<string, Writer>> {
  return {
    async email_verification({ to, data: { owner = '' } }) {
      const user = await findUser(deps.tables, owner)
      if (user?.email !== to || user.emailVerified) return undefined
      const token = randomToken()
      const row = { id: newId(), ownerId: owner, tokenHash: hashSecret(token), email: to, seconds: LINK_SECONDS }
      await insertEmailVerification(deps.tables, row)
      return writeLetter(deps.publicUrl, {
        subject: 'Is this your e-mail address?',
        username: nameToGreet(user),
        paragraphs: [
          'In your account this stands as your e-mail address. If it is yours, confirm it here:',
          `${deps.publicUrl}/verify-email?${new URLSearchParams({ token })}`,
          `The link works for ${LINK_SECONDS / 3600} hours, for who is signed in to that account.`,
          'If the account is not yours, do nothing: the address then never counts as confirmed.',
        ],
      })
    },
  }
}
