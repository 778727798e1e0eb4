import { Problem } from '#http'

/** Codes of this room, as the admin API shows them. */
export const CONSOLE_PROBLEMS = {
  user_not_found: { status: 404, title: 'There is no such user' },
  client_not_found: { status: 404, title: 'There is no such app' },
  client_changed: { status: 409, title: 'The app was changed meanwhile' },
  registration_token_not_found: { status: 404, title: 'There is no such registration token' },
  own_account: { status: 409, title: 'That is your own account' },
  last_administrator: { status: 409, title: 'That is the only administrator left' },
  reset_link_unavailable: { status: 409, title: 'No link can be made for this account' },
  registration_off: { status: 409, title: 'Registration with a token is switched off' },
  client_metadata_invalid: { status: 422, title: 'The app was not registered' },
  admin_request_invalid: { status: 422, title: 'Something in the request is wrong' },
} as const

export const problem = Problem.from(CONSOLE_PROBLEMS)
