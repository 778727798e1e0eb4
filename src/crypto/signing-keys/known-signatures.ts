import { hash } from 'node:crypto'

/** Twice as many are kept at most, 64 bytes each and some. */
const MOST = 10_000

/**
 * Signatures that one key has verified already. That a signature is right never changes while the key is the same, so
 * this is all that is remembered of a token: type, issuer, time, audience, scopes and revocation are looked at each time
 * (Oathkeeper GHSA-qvp4-rpmr-xwrr), and with the key its memory goes.
 *
 * Wrong ones are not remembered: nobody fills this who has no token.
 */
export function createKnownSignatures(most = MOST) {
  // Two generations: what was not seen since the last change goes with the older one, without a list in order of use.
  let young = new Set<string>()
  let old = new Set<string>()
  return {
    /** @param token all of it: what was signed and the signature */
    async knows(token: string, verify: () => Promise<boolean> | boolean): Promise<boolean> {
      const name = hash('sha256', token, 'base64')
      if (young.has(name)) return true
      if (!old.has(name) && !(await verify())) return false
      if (young.size >= most) {
        old = young
        young = new Set()
      }
      young.add(name)
      return true
    },
  }
}
