/** What a client assertion has to say (RFC 7523 §3). */
type ExpectedAssertion = {
  readonly clientId: string
  /** Of this server; the first is the issuer. */
  readonly audiences: readonly string[]
  readonly now: Date
}

/** Clocks of clients may differ from ours by so many seconds. */
const SKEW_SECONDS = 30
/** An assertion is made for one request; a longer life would only make its `jti` be remembered for longer. */
const MOST_SECONDS = 600
const MOST_JTI = 512

/** @returns `jti` and `exp` (seconds since 1970) of an assertion that is what it should be; undefined for any other */
export function readAssertionClaims(
  claims: Readonly<Record<string, unknown>>,
  { clientId, audiences, now }: ExpectedAssertion,
): { readonly jti: string; readonly exp: number } | undefined {
  const { iss, sub, aud, exp, nbf, iat, jti } = claims
  const seconds = now.getTime() / 1000
  // Points 1 and 2: both are the client.
  if (iss !== clientId || sub !== clientId) return undefined
  // Point 3: meant for us, and for nobody else besides (RFC 9700 §2.5 and its later advice).
  const named: unknown[] = Array.isArray(aud) ? aud : [aud]
  if (named.length === 0 || !named.every((one) => typeof one === 'string' && audiences.includes(one))) return undefined
  // Point 4: it ends, and soon.
  if (!isDate(exp) || exp <= seconds - SKEW_SECONDS || exp > seconds + MOST_SECONDS + SKEW_SECONDS) return undefined
  // Points 5 and 6: not from the future.
  if (nbf !== undefined && (!isDate(nbf) || nbf > seconds + SKEW_SECONDS)) return undefined
  if (iat !== undefined && (!isDate(iat) || iat > seconds + SKEW_SECONDS)) return undefined
  // Point 7: used once, which needs a name.
  if (typeof jti !== 'string' || jti === '' || jti.length > MOST_JTI) return undefined
  return { jti, exp }
}

/** RFC 7519 §2, NumericDate: a number, fractions allowed, which no text is. */
function isDate(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 && value <= Number.MAX_SAFE_INTEGER
}
