import type { ConnectionProblemCode } from '../errors.ts'

/** How a sign-in can fail after the provider has answered. */
export type ConnectErrorCode = Extract<
  ConnectionProblemCode,
  | 'wrong_issuer'
  | 'identity_not_proved'
  | 'redirect_uri_refused'
  | 'provider_misconfigured'
  | 'provider_refused'
  | 'provider_unavailable'
  | 'provider_busy'
>

/** The page that says how it went: an address without a code in it. */
export function outcomePath(request: { readonly id: string; readonly provider: string }): string {
  return `/connect/${request.provider}/outcome/${request.id}`
}
