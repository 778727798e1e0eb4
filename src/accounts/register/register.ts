import type { Kysely } from 'kysely'
import { newId } from '#base'
import { type Passwords, randomToken } from '#crypto'
import { refuseWhenBusy } from '../errors.ts'
import { parseEmail } from '../names/email.ts'
import { isReserved } from '../names/reserved.ts'
import { parseUsername, type Username } from '../names/username.ts'
import { refusePassword } from '../passwords/rules.ts'
import type { AccountTables } from '../store/tables.ts'
import { findUser, insertUser, isNameTaken } from '../store/user.ts'
import type { User } from '../user.ts'

export type Registration = {
  readonly username: string
  readonly password: string
  readonly email?: string | undefined
  readonly isAdmin: boolean
  /** Reserved names are for whoever runs the server. */
  readonly byOperator: boolean
}

export type RegistrationError = {
  readonly code: 'username_invalid' | 'username_taken' | 'password_weak' | 'email_invalid'
  readonly field: 'username' | 'password' | 'email'
  readonly message: string
}

export type RegistrationOutcome = { readonly user: User } | { readonly errors: readonly RegistrationError[] }

/** @param insert stores the user; false when the name was taken meanwhile */
export type Register = (
  registration: Registration,
  insert?: (user: Parameters<typeof insertUser>[1]) => Promise<boolean>,
) => Promise<RegistrationOutcome>

/** @returns a function that throws Problem `too_busy` */
export function createRegister(deps: { tables: Kysely<AccountTables>; passwords: Passwords }): Register {
  const { tables, passwords } = deps

  return async (registration, insert = (user) => insertUser(tables, user)) => {
    const { username, email, errors } = check(registration)
    if (username === undefined || errors.length > 0) return { errors }
    const { shown, folded } = username
    if (await isNameTaken(tables, folded)) return { errors: [taken(shown)] }
    const id = newId()
    const passwordHash = await passwords.hash(registration.password).catch(refuseWhenBusy)
    const { isAdmin } = registration
    const isNew = await insert({ id, publicId: newPublicId(), username: shown, folded, passwordHash, email, isAdmin })
    const user = isNew ? await findUser(tables, id) : undefined
    return user ? { user } : { errors: [taken(shown)] }
  }
}

/** All that is wrong at once. */
function check(registration: Registration) {
  const errors: RegistrationError[] = []
  const checked = checkUsername(registration.username, registration.byOperator)
  const username = 'folded' in checked ? checked : undefined
  if ('code' in checked) errors.push(checked)

  const weak = refusePassword(registration.password, registration.username)
  if (weak !== undefined) errors.push({ code: 'password_weak', field: 'password', message: weak })

  const typed = registration.email?.trim() ?? ''
  const email = typed === '' ? undefined : parseEmail(typed)
  if (typed !== '' && email === undefined) {
    const message = 'Write one e-mail address, such as ana@example.com, or leave it empty.'
    errors.push({ code: 'email_invalid', field: 'email', message })
  }
  return { username, email, errors }
}

/** A name that may be had, as far as its letters go; or what is wrong with it. */
export function checkUsername(text: string, byOperator: boolean): Username | RegistrationError {
  const parsed = parseUsername(text)
  if (typeof parsed === 'string') return { code: 'username_invalid', field: 'username', message: parsed }
  return isReserved(parsed.folded) && !byOperator ? taken(parsed.shown) : parsed
}

/** `sub` of tokens: 132 random bits. */
export function newPublicId(): string {
  return `u_${randomToken().slice(0, 22)}`
}

export function taken(shown: string): RegistrationError {
  return { code: 'username_taken', field: 'username', message: `The username ${shown} is taken. Choose another one.` }
}
