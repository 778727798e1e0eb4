import type { Kysely } from 'kysely'
import type { Mail, Writer } from '#mail'
import { auditNote, BY_SERVER } from '../audit/audit.ts'
import { nameToGreet, writeLetter } from '../letters/wording.ts'
import { listUsersByEmail } from '../store/email.ts'
import type { AccountTables } from '../store/tables.ts'
import { findUser } from '../store/user.ts'
import { makeResetLink, RESET_SECONDS } from './reset-link.ts'

type ResetLetterDeps = {
  readonly tables: Kysely<AccountTables>
  readonly publicUrl: string
  readonly mail: Pick<Mail, 'order'>
}

/** Who asked has waited long enough by then. */
const PATIENCE_SECONDS = 3600
/** Accounts with one address that get a letter each. */
const MOST_ACCOUNTS = 10

/**
 * Somebody has forgotten their password. What is done is the same for every address, and takes the same time: whose it
 * is, is looked up when the letter is written (ASVS 5.0, 6.3.8).
 */
export function orderReset(mail: Pick<Mail, 'order'>, email: string): Promise<void> {
  return mail.order({ kind: 'password_forgotten', to: email, data: {}, seconds: PATIENCE_SECONDS })
}

export function resetWriters(deps: ResetLetterDeps): Readonly<Record<string, Writer>> {
  return {
    /** One letter for each account, to the address as it stands there, not as somebody typed it. */
    async password_forgotten({ to }) {
      for (const { id, email } of await listUsersByEmail(deps.tables, to.toLowerCase(), MOST_ACCOUNTS)) {
        await deps.mail.order({ kind: 'password_reset', to: email, data: { owner: id }, seconds: PATIENCE_SECONDS })
      }
      return undefined
    },
    async password_reset({ to, data: { owner = '' } }) {
      const user = await findUser(deps.tables, owner)
      if (user?.email !== to) return undefined
      const target = { kind: 'user' as const, id: user.publicId }
      const note = auditNote(BY_SERVER, { action: 'user.reset_link_sent', target })
      const link = await makeResetLink(deps, { ownerId: owner, way: 'mail', note })
      if (link === undefined) return undefined
      return writeLetter(deps.publicUrl, {
        subject: 'A new password for your Trivet account',
        username: nameToGreet(user),
        paragraphs: [
          'Somebody, you we hope, asked for a new password for this account. Choose it here:',
          link,
          `The link works once, for ${RESET_SECONDS / 60} minutes, and in the browser that opens it first.`,
          'If it was not you, there is nothing to do: without the link the password stays as it is.',
        ],
      })
    },
  }
}
