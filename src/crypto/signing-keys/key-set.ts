import type { JWK } from 'jose'
import type { SigningAlg } from '../store/signing-key.ts'
import type { SigningKey } from './key.ts'

/** Where a key stands on its way. */
export type KeyState = 'published' | 'signing' | 'retired'

/** The keys as they were read last; what each may do follows from the time alone, so that all processes agree. */
export type KeySet = {
  /** @throws Error when there is none of that kind */
  signing(alg: SigningAlg, now: Date): SigningKey
  /** The key of ours that writes this very header; a retired one verifies until it is removed. */
  ofHeader(header: string, typ: string, now: Date): SigningKey | undefined
  has(kid: string): boolean
  state(key: SigningKey, now: Date): KeyState
  jwks(now: Date): { keys: JWK[] }
  readonly all: readonly SigningKey[]
}

/** @param all in the order in which they begin to sign */
export function createKeySet(all: readonly SigningKey[]): KeySet {
  const isKept = (key: SigningKey, now: Date) => key.removedAfter === null || key.removedAfter > now

  function signing(alg: SigningAlg, now: Date): SigningKey {
    const candidates = all.filter((key) => key.alg === alg && isKept(key, now))
    // The very first key begins by the database's clock, which may be a moment ahead of ours.
    const key = candidates.findLast(({ signsFrom }) => signsFrom <= now) ?? candidates[0]
    if (!key) throw new Error(`There is no key for ${alg}`)
    return key
  }

  return {
    all,
    signing,
    ofHeader: (header, typ, now) => all.find((key) => key.header(typ) === header && isKept(key, now)),
    has: (kid) => all.some((key) => key.kid === kid),
    state(key, now) {
      if (signing(key.alg, now) === key) return 'signing'
      return key.signsFrom > now ? 'published' : 'retired'
    },
    jwks: (now) => ({ keys: all.filter((key) => isKept(key, now)).map((key) => key.publicJwk) }),
  }
}
