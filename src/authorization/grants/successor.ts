import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

/**
 * A refresh token's successor, sealed under a key that is derived from the token itself: only who has the old one gets
 * the new one out. AES-256-GCM, 96 random bits of IV, tag at the end.
 */
export function sealSuccessor(successor: string, token: string): Buffer {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', keyOf(token), iv)
  return Buffer.concat([iv, cipher.update(successor, 'utf8'), cipher.final(), cipher.getAuthTag()])
}

/** @throws Error when it was sealed under another token, or changed */
export function openSuccessor(sealed: Buffer, token: string): string {
  const decipher = createDecipheriv('aes-256-gcm', keyOf(token), sealed.subarray(0, 12), { authTagLength: 16 })
  decipher.setAuthTag(sealed.subarray(-16))
  return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]).toString('utf8')
}

/** RFC 5869; the token has 256 random bits, so that no salt is needed. */
function keyOf(token: string): Buffer {
  return Buffer.from(hkdfSync('sha256', token, Buffer.alloc(0), 'trivet refresh token successor', 32))
}
