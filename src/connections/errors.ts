import { Failure, type FailureKind } from '#base'
import { Problem } from '#http'

/** Codes of this room as pages and the API show them. */
export const CONNECTION_PROBLEMS = {
  provider_unknown: { status: 404, title: 'There is no such provider here' },
  provider_not_set_up: { status: 503, title: 'This provider is not set up yet' },
  sign_in_not_offered: { status: 403, title: 'Nobody signs in here with that provider' },
  connection_not_found: { status: 404, title: 'There is no such connection' },
  scope_not_declared: { status: 400, title: 'Nothing here needs that permission' },
  bad_return_path: { status: 400, title: 'The way back is not a page of this server' },
  callback_malformed: { status: 400, title: 'The answer of the provider could not be read' },
  callback_unknown: { status: 400, title: 'No sign-in is waiting for this answer' },
  callback_other_browser: { status: 403, title: 'This sign-in was begun in another browser' },
  callback_used: { status: 409, title: 'This sign-in is over' },
  wrong_issuer: { status: 400, title: 'The answer came from somebody else' },
  identity_not_proved: { status: 502, title: 'The account could not be verified' },
  redirect_uri_refused: { status: 502, title: 'The provider does not know our redirect URI' },
  provider_misconfigured: { status: 502, title: 'The provider does not accept our client' },
  provider_refused: { status: 502, title: 'The provider refused the sign-in' },
  provider_unavailable: { status: 502, title: 'The provider did not answer as it should' },
  provider_busy: { status: 503, title: 'The provider asks for a pause' },
  connection_needs_reconnect: { status: 409, title: 'The account has to be connected again' },
  connection_missing_scope: { status: 409, title: 'A permission is missing' },
  connection_busy: { status: 503, title: 'The connection is being renewed' },
  token_refused: { status: 502, title: 'The provider refused a token it had just given' },
} as const

export type ConnectionProblemCode = keyof typeof CONNECTION_PROBLEMS

export const problem = Problem.from(CONNECTION_PROBLEMS)

/** Which of the codes a call over an account can end with, and what is to be done about each. */
const FAILURE_KINDS = {
  connection_not_found: 'needs_reconnect',
  connection_needs_reconnect: 'needs_reconnect',
  connection_missing_scope: 'missing_scope',
  provider_not_set_up: 'refused',
  provider_misconfigured: 'refused',
  provider_refused: 'refused',
  provider_unavailable: 'transient',
  provider_busy: 'rate_limited',
  connection_busy: 'transient',
  token_refused: 'rate_limited',
} as const satisfies Partial<Record<ConnectionProblemCode, FailureKind>>

/** A code that a call with somebody's account can fail with, and that stays noted on the connection. */
export type ConnectionFailureCode = keyof typeof FAILURE_KINDS

export function isFailureCode(text: string | null): text is ConnectionFailureCode {
  return text !== null && Object.hasOwn(FAILURE_KINDS, text)
}

/** `message` is for the person; nothing that a provider said goes into it, because providers echo tokens. */
export function failure(
  code: ConnectionFailureCode,
  message: string,
  options: { connectionId?: string; retryAfter?: number; hint?: string; cause?: unknown } = {},
): Failure {
  const { connectionId, retryAfter, ...rest } = options
  return new Failure(
    {
      kind: FAILURE_KINDS[code],
      code,
      message,
      ...(connectionId === undefined ? {} : { connectionId }),
      ...(retryAfter === undefined ? {} : { retryAfter }),
    },
    rest,
  )
}
