import { PasswordsBusy } from '#crypto'
import { Problem } from '#http'

/** Codes of this room, as pages and the API show them. */
export const ACCOUNT_PROBLEMS = {
  sign_in_required: { status: 401, title: 'You have to sign in first' },
  too_busy: { status: 503, title: 'Too many people sign in at once' },
  too_many_attempts: { status: 429, title: 'Too many attempts to sign in' },
  login_body_type: { status: 415, title: 'That kind of content is not taken here' },
  credentials_missing: { status: 400, title: 'Username and password are missing' },
  password_api_off: { status: 404, title: 'Signing in by this API is switched off' },
  login_token_too_old: { status: 401, title: 'The login token is too old for a change' },
  session_not_found: { status: 404, title: 'There is no such session' },
  confirmation_required: { status: 403, title: 'You have to confirm that it is you' },
  sign_in_outdated: { status: 409, title: 'The account was changed meanwhile' },
  too_many_letters: { status: 429, title: 'Too many letters were asked for' },
  link_over: { status: 410, title: 'This link does not work any more' },
  guest_things_in_use: { status: 409, title: 'Nothing was moved yet' },
  profile_invalid: { status: 422, title: 'The profile was not saved' },
} as const

export const problem = Problem.from(ACCOUNT_PROBLEMS)

/** Lets go through what is not about a full queue. @throws Problem `too_busy` */
export function refuseWhenBusy(error: unknown): never {
  if (error instanceof PasswordsBusy) {
    throw problem('too_busy', 'Nothing was done. Try again in a few seconds.', { cause: error, retryAfter: 2 })
  }
  throw error
}
