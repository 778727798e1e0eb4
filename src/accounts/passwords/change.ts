import type { Kysely } from 'kysely'
import type { Passwords } from '#crypto'
import { auditNote } from '../audit/audit.ts'
import { refuseWhenBusy } from '../errors.ts'
import type { AttemptPassword } from '../login/attempt.ts'
import type { Origin } from '../login/origin.ts'
import type { AccountTables } from '../store/tables.ts'
import { changePassword } from '../store/user.ts'
import type { User } from '../user.ts'
import { refusePassword } from './rules.ts'

export type PasswordChange = {
  readonly user: User
  /** Null for the first password of somebody who has none: their sign-in was fresh, which is asked before. */
  readonly current: string | null
  readonly next: string
  /** The session in which it is done: the only one that goes on. */
  readonly sessionId: string
  readonly origin: Origin
}

export type PasswordChangeOutcome =
  | { readonly result: 'changed' }
  | { readonly result: 'refused'; readonly field: 'current' | 'next'; readonly message: string }
  | { readonly result: 'blocked'; readonly retryAfter: number }

/**
 * A new password, for who knows the old one: a borrowed session is not enough (ASVS 5.0, 6.2.3). Wrong ones count as
 * they do at the sign-in. All other sessions, all login tokens and all that apps hold ends with it.
 *
 * @throws Problem `too_busy`
 */
export async function changeOwnPassword(
  deps: {
    readonly tables: Kysely<AccountTables>
    readonly passwords: Passwords
    readonly attempt: AttemptPassword
    readonly onCredentialsChanged: (ownerId: string) => Promise<void>
  },
  { user, current, next, sessionId, origin }: PasswordChange,
): Promise<PasswordChangeOutcome> {
  const weak = next === current ? 'This is the password you have.' : refusePassword(next, user.username)
  if (weak !== undefined) return { result: 'refused', field: 'next', message: weak }

  const proof = current === null ? undefined : await prove(deps.attempt, { user, current, origin })
  if (proof !== undefined && 'result' in proof) return proof

  const to = await deps.passwords.hash(next).catch(refuseWhenBusy)
  // Before: when apps cannot be told now, nothing has been done yet. After: for what they were given in between.
  await deps.onCredentialsChanged(user.id)
  const from = proof?.passwordHash ?? null
  const by = { actor: user.publicId, address: origin.address }
  const target = { kind: 'user' as const, id: user.publicId }
  const note = auditNote(by, { action: 'user.password_changed', target })
  const changed = await changePassword(deps.tables, { id: user.id, from, to, keptSessionId: sessionId, note })
  // Set or changed by somebody else meanwhile.
  if (!changed) return wrong()
  await deps.onCredentialsChanged(user.id)
  return { result: 'changed' }
}

async function prove(
  attempt: AttemptPassword,
  { user, current, origin }: { readonly user: User; readonly current: string; readonly origin: Origin },
): Promise<PasswordChangeOutcome | { readonly passwordHash: string }> {
  const outcome = await attempt({ username: user.username, password: current, method: 'confirmation', origin })
  if (outcome.result === 'blocked') return outcome
  return outcome.result === 'failed' ? wrong() : { passwordHash: outcome.passwordHash }
}

function wrong(): PasswordChangeOutcome {
  return { result: 'refused', field: 'current', message: 'This is not the password you have.' }
}
