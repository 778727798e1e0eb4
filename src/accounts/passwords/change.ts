import type { Kysely } from 'kysely'
import type { Passwords } from '#crypto'
import { refuseWhenBusy } from '../errors.ts'
import type { AttemptPassword } from '../login/attempt.ts'
import type { Origin } from '../login/origin.ts'
import type { AccountTables } from '../store/tables.ts'
import { changePassword } from '../store/user.ts'
import type { User } from '../user.ts'
import { refusePassword } from './rules.ts'

export type PasswordChange = {
  readonly user: User
  readonly current: string
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

  const attempt = { username: user.username, password: current, method: 'confirmation' as const, origin }
  const outcome = await deps.attempt(attempt)
  if (outcome.result === 'blocked') return outcome
  if (outcome.result === 'failed') return wrong()

  const to = await deps.passwords.hash(next).catch(refuseWhenBusy)
  // Before: when apps cannot be told now, nothing has been done yet. After: for what they were given in between.
  await deps.onCredentialsChanged(user.id)
  const from = outcome.passwordHash
  const changed = await changePassword(deps.tables, { id: user.id, from, to, keptSessionId: sessionId })
  if (!changed) return wrong()
  await deps.onCredentialsChanged(user.id)
  return { result: 'changed' }
}

function wrong(): PasswordChangeOutcome {
  return { result: 'refused', field: 'current', message: 'This is not the password you have.' }
}
