import type { Kysely } from 'kysely'
import { newId } from '#base'
import type { Passwords } from '#crypto'
import { refuseWhenBusy } from '../errors.ts'
import { foldUsername } from '../names/username.ts'
import { insertLoginEvent } from '../store/login-event.ts'
import type { AccountTables, LoginOutcome } from '../store/tables.ts'
import { findCredentials, rehashPassword, touchUser } from '../store/user.ts'
import type { User } from '../user.ts'
import type { LoginLimits } from './limits.ts'
import type { Origin } from './origin.ts'

export type Attempt = {
  readonly username: string
  readonly password: string
  /** How it came, for the login log: by the form, by JSON, or asked for again before something that cannot be undone. */
  readonly method: 'password' | 'password_api' | 'confirmation'
  readonly origin: Origin
}

export type AttemptOutcome =
  /**
   * `passwordHash` is the one that was checked: what is done with the answer can ask whether it still stands.
   * `needsCode`: this was the first of two factors; nobody has signed in yet, and nothing is noted but by the second.
   */
  | { readonly result: 'succeeded'; readonly user: User; readonly passwordHash: string; readonly needsCode: boolean }
  | { readonly result: 'failed' }
  /** `retryAfter` in seconds. */
  | { readonly result: 'blocked'; readonly retryAfter: number }

export type AttemptPassword = (attempt: Attempt) => Promise<AttemptOutcome>

/**
 * One attempt at a password. Whether the name is somebody's changes neither the answer, nor what is counted and written,
 * nor how long it takes (ASVS 5.0, 6.3.8).
 *
 * @returns a function that throws Problem `too_busy`
 */
export function createAttempt(deps: {
  tables: Kysely<AccountTables>
  passwords: Passwords
  limits: LoginLimits
}): AttemptPassword {
  const { tables, passwords, limits } = deps

  return async ({ username, password, method, origin }) => {
    const folded = foldUsername(username.trim())
    const keys = limits[method === 'confirmation' ? 'keysOfConfirmation' : 'keys'](folded, origin.address)
    const note = (outcome: LoginOutcome, ownerId: string | undefined) =>
      insertLoginEvent(tables, { id: newId(), ownerId: ownerId ?? null, outcome, method, ...origin })

    const [wait, known] = await Promise.all([limits.wait(keys), findCredentials(tables, folded)])
    if (wait > 0) return { result: 'blocked', retryAfter: wait }
    const { ok, outdated } = await passwords.verify(password, known?.passwordHash).catch(refuseWhenBusy)

    if (!ok || known?.passwordHash === undefined) {
      const { over, blocks } = await limits.fail(keys)
      if (!over) await note(blocks ? 'blocked' : 'failed', known?.user.id)
      return over ? { result: 'blocked', retryAfter: Math.max(1, await limits.wait(keys)) } : { result: 'failed' }
    }
    // A hundred guesses at once all pass the first look: the right one among them gets no other answer than the rest.
    const late = await limits.pass(keys)
    if (late > 0) return { result: 'blocked', retryAfter: late }
    const { user, passwordHash, needsCode } = known
    if (!needsCode || method === 'confirmation') {
      await Promise.all([user.isStale ? touchUser(tables, user.id) : undefined, note('succeeded', user.id)])
    }
    if (!outdated) return { result: 'succeeded', user, passwordHash, needsCode }
    const to = await passwords.hash(password).catch(refuseWhenBusy)
    await rehashPassword(tables, { id: user.id, from: passwordHash, to })
    return { result: 'succeeded', user, passwordHash: to, needsCode }
  }
}
