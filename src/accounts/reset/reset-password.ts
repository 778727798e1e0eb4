import type { Kysely } from 'kysely'
import { newId } from '#base'
import { hashSecret, type Passwords } from '#crypto'
import { auditNote } from '../audit/audit.ts'
import { refuseWhenBusy } from '../errors.ts'
import type { Origin } from '../login/origin.ts'
import { refusePassword } from '../passwords/rules.ts'
import { insertLoginEvent } from '../store/login-event.ts'
import { findReset, useReset } from '../store/password-reset.ts'
import type { AccountTables, ResetWay } from '../store/tables.ts'
import { findUser } from '../store/user.ts'
import type { User } from '../user.ts'

export type ResetOutcome =
  /** `waysRemoved`: passkeys and linked identities that nobody had proved to be this person's. */
  | { readonly result: 'changed'; readonly user: User | undefined; readonly waysRemoved: number }
  | { readonly result: 'refused'; readonly message: string; readonly username: string }
  /** Used, over, or of an account that is gone. */
  | { readonly result: 'over' }

/**
 * A new password for who opened a link of ours. All sessions, login tokens and what apps hold ends with it. It signs
 * nobody in: whoever has a second factor is asked for it at the sign-in as ever (ASVS 5.0, 6.4.3).
 *
 * @param change.secret of the cookie that the link was exchanged for
 * @throws Problem `too_busy`
 */
export async function resetPassword(
  deps: {
    readonly tables: Kysely<AccountTables>
    readonly passwords: Passwords
    readonly onCredentialsChanged: (ownerId: string) => Promise<void>
  },
  change: { readonly secret: string; readonly next: string; readonly origin: Origin },
): Promise<ResetOutcome> {
  const { tables } = deps
  const { next, origin } = change
  const cookieHash = hashSecret(change.secret)
  const reset = await findReset(tables, cookieHash)
  if (!reset) return { result: 'over' }
  const { ownerId, publicId, username } = reset
  const weak = refusePassword(next, username)
  if (weak !== undefined) return { result: 'refused', message: weak, username }

  const passwordHash = await deps.passwords.hash(next).catch(refuseWhenBusy)
  // Before: when apps cannot be told now, nothing has been done yet. After: for what they were given in between.
  await deps.onCredentialsChanged(ownerId)
  const note = ({ way, waysRemoved }: { readonly way: ResetWay; readonly waysRemoved: number }) =>
    auditNote(
      { actor: publicId, address: origin.address },
      {
        action: 'user.password_reset',
        target: { kind: 'user', id: publicId },
        details: waysRemoved === 0 ? { way } : { way, waysRemoved },
      },
    )
  const used = await useReset(tables, { cookieHash, passwordHash, note })
  if (!used) return { result: 'over' }
  await deps.onCredentialsChanged(ownerId)
  const user = await findUser(tables, ownerId)
  const event = { id: newId(), ownerId, outcome: 'succeeded' as const, method: 'password_reset' }
  await insertLoginEvent(tables, { ...event, ...origin })
  return { result: 'changed', user, ...used }
}
