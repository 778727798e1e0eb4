import { createHash } from 'node:crypto'

/**
 * SHA-256 of a secret that we only ever compare. Plain and fast is right here: our secrets have 256 random bits
 * (ASVS 5.0, 6.5.2); passwords go another way.
 */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

/** The `S256` challenge of a PKCE verifier (RFC 7636 §4.2). */
export function codeChallenge(verifier: string): string {
  return hashSecret(verifier).toString('base64url')
}
