import type { JWTPayload } from 'jose'

/** What the claims of a token have to say. */
export type ExpectedClaims = {
  readonly issuer: string
  readonly audience?: string | undefined
  /** Only for hints at who somebody was, such as `id_token_hint` (OpenID Connect RP-Initiated Logout §2). */
  readonly expired?: 'accepted' | undefined
}

/** Processes of one installation may disagree by so many seconds about what time it is. */
const SKEW_SECONDS = 5

/** RFC 7519 §4.1, by type as well as by value: a date is a number and not a text, infinite ones are none. */
export function hasClaims(
  claims: Readonly<Record<string, unknown>>,
  expected: ExpectedClaims,
  now: Date,
): claims is JWTPayload {
  const seconds = now.getTime() / 1000
  const { iss, aud, sub, exp, nbf, iat } = claims
  if (iss !== expected.issuer) return false
  if (!isAudience(aud)) return false
  if (expected.audience !== undefined && ![aud].flat().includes(expected.audience)) return false
  if (sub !== undefined && typeof sub !== 'string') return false
  if (!isDate(exp) || !isDate(iat) || !(nbf === undefined || isDate(nbf))) return false
  if (iat > seconds + SKEW_SECONDS || (nbf ?? iat) > seconds + SKEW_SECONDS) return false
  return exp > seconds || expected.expired === 'accepted'
}

/** Whole seconds, although RFC 7519 §2 would allow fractions: ours have none. */
function isDate(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isAudience(value: unknown): value is string | string[] {
  return typeof value === 'string' || (Array.isArray(value) && value.every((one) => typeof one === 'string'))
}
