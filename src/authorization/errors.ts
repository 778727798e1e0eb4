import type { FastifyReply } from 'fastify'
import { HTTP_PROBLEMS, Problem } from '#http'

/** Where a page or a problem is answered, and no body of OAuth. */
export const problem = Problem.from(HTTP_PROBLEMS)

/** Error codes of the endpoints of this room, and the status that each has unless told. */
const STATUS = {
  invalid_request: 400,
  invalid_client: 401,
  invalid_grant: 400,
  unauthorized_client: 400,
  unsupported_grant_type: 400,
  unsupported_response_type: 400,
  invalid_scope: 400,
  invalid_target: 400,
  access_denied: 403,
  login_required: 400,
  consent_required: 400,
  interaction_required: 400,
  account_selection_required: 400,
  unmet_authentication_requirements: 400,
  request_not_supported: 400,
  request_uri_not_supported: 400,
  registration_not_supported: 400,
  invalid_redirect_uri: 400,
  invalid_client_metadata: 400,
  invalid_token: 401,
  insufficient_scope: 403,
  unsupported_token_type: 400,
  temporarily_unavailable: 503,
  server_error: 500,
} as const

/** RFC 6749 §4.1.2.1 and §5.2, 6750 §3.1, 7009 §2.2.1, 7591 §3.2.2, 8707 §2, OpenID Connect Core §3.1.2.6, and its error code unmet_authentication_requirements. */
export type OAuthErrorCode = keyof typeof STATUS

/** An error by the words of the specifications; `description` is for developers and must not quote secrets. */
export class OAuthError extends Error {
  readonly error: OAuthErrorCode
  readonly description: string
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(
    error: OAuthErrorCode,
    description: string,
    options: { readonly status?: number; readonly headers?: Readonly<Record<string, string>>; cause?: unknown } = {},
  ) {
    super(`${error}: ${description}`, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'OAuthError'
    this.error = error
    this.description = printable(description)
    this.status = options.status ?? STATUS[error]
    this.headers = options.headers ?? {}
  }
}

/** Sends the error as the body that RFC 6749 §5.2 describes, whatever `Accept` says. */
export function sendOAuthError(reply: FastifyReply, error: OAuthError): FastifyReply {
  // §5.2: a 401 names a scheme that would do.
  const challenge = error.status === 401 && !('www-authenticate' in error.headers)
  return reply
    .code(error.status)
    .headers({
      'cache-control': 'no-store',
      pragma: 'no-cache',
      ...(challenge ? { 'www-authenticate': `Basic realm="trivet", error="${error.error}"` } : {}),
      ...error.headers,
    })
    .type('application/json')
    .send({ error: error.error, error_description: error.description })
}

/** §5.2: %x20-21 / %x23-5B / %x5D-7E, which is printable ASCII without quotation mark and backslash. */
function printable(text: string): string {
  return text.replaceAll('"', "'").replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '?')
}
