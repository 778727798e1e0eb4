import type { ResponsePlace } from '../checks/check-place.ts'
import type { OAuthError } from '../errors.ts'

/** What the client gets: at which address, by which method, which parameters. */
export type AuthorizationResponse = {
  readonly place: Pick<ResponsePlace, 'redirectUri' | 'responseMode'>
  readonly parameters: Readonly<Record<string, string>>
}

/** RFC 6749 §4.1.2. `iss` in every answer, so that nobody mixes servers up (RFC 9207). */
export function codeResponse(place: ResponsePlace, code: string, issuer: string): AuthorizationResponse {
  return { place, parameters: { code, ...stateOf(place), iss: issuer } }
}

/** RFC 6749 §4.1.2.1. */
export function errorResponse(place: ResponsePlace, error: OAuthError, issuer: string): AuthorizationResponse {
  const parameters = { error: error.error, error_description: error.description, ...stateOf(place), iss: issuer }
  return { place, parameters }
}

function stateOf({ state }: ResponsePlace): { state?: string } {
  return state === undefined ? {} : { state }
}

/** The parameters in the query of the redirect URI, which keeps what it has (RFC 6749 §3.1.2), character by character. */
export function responseUrl({ place, parameters }: AuthorizationResponse): string {
  const { redirectUri } = place
  const separator = !redirectUri.includes('?') ? '?' : /[?&]$/.test(redirectUri) ? '' : '&'
  return `${redirectUri}${separator}${new URLSearchParams(parameters)}`
}
