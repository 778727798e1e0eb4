import { createHash, timingSafeEqual } from 'node:crypto'

/** How an app proves at the token endpoint that it made the authorization request (RFC 7636). */
export type Challenge = { value: string; method: 'S256' | 'plain' }

export function isSame(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}

/** RFC 7636, 4.2: 43 to 128 unreserved characters. */
export const isChallenge = (value: string) => /^[\w.~-]{43,128}$/.test(value)

/** RFC 7636, 4.6 */
export function provesChallenge(verifier: string, { value, method }: Challenge): boolean {
  return isSame(method === 'S256' ? createHash('sha256').update(verifier).digest('base64url') : verifier, value)
}
