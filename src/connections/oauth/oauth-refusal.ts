/** RFC 6749 §5.2 and §4.1.2.1, OpenID Connect Core §3.1.2.6, and what providers add that is worth telling apart. */
const KNOWN = [
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
  'access_denied',
  'server_error',
  'temporarily_unavailable',
  'login_required',
  'consent_required',
  'interaction_required',
  'account_selection_required',
  'invalid_token',
  'redirect_uri_mismatch',
  'admin_policy_enforced',
  'org_internal',
  'deleted_client',
  'disabled_client',
  'internal_failure',
] as const

export type OAuthErrorCode = (typeof KNOWN)[number] | 'other'

/** An error code by name; anything else is `other`, because providers put all sorts of text there, tokens included. */
export function parseOAuthError(value: unknown): OAuthErrorCode {
  return KNOWN.find((known) => known === value) ?? 'other'
}

const OUR_FAULT: ReadonlySet<OAuthErrorCode> = new Set([
  'invalid_client',
  'unauthorized_client',
  'deleted_client',
  'disabled_client',
])

/** Whether it is our client that the provider does not accept: no grant is dead because of that. */
export function isOurFault(error: OAuthErrorCode): boolean {
  return OUR_FAULT.has(error)
}

const NEEDS_PERSON: ReadonlySet<OAuthErrorCode> = new Set([
  'login_required',
  'consent_required',
  'interaction_required',
  'account_selection_required',
])

/** Whether the sign-in cannot go on without showing the person a page. */
export function needsPerson(error: OAuthErrorCode): boolean {
  return NEEDS_PERSON.has(error)
}

/** A token endpoint said no. Holds neither description nor body: both may echo what was sent. */
export class OAuthRefusal extends Error {
  readonly error: OAuthErrorCode
  readonly status: number

  constructor(error: OAuthErrorCode, status: number) {
    super(`refused with ${error}, status ${status}`)
    this.name = 'OAuthRefusal'
    this.error = error
    this.status = status
  }
}
