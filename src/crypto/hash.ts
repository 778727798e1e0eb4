import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/**
 * SHA-256 of a secret that we only ever compare. Plain and fast is right here: our secrets have 256 random bits
 * (ASVS 5.0, 6.5.2); passwords go another way.
 */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

/** HMAC-SHA-256 as base64url. */
export function authenticate(key: Buffer, message: string): string {
  return createHmac('sha256', key).update(message).digest('base64url')
}

/** Whether two texts are the same, in a time that does not depend on where they differ. */
export function isSameSecret(a: string, b: string): boolean {
  const left = hashSecret(a)
  return timingSafeEqual(left, hashSecret(b))
}

/** The `S256` challenge of a PKCE verifier (RFC 7636 §4.2). */
export function codeChallenge(verifier: string): string {
  return hashSecret(verifier).toString('base64url')
}
