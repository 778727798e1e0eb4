import { createPublicKey, type KeyObject } from 'node:crypto'
import { compactVerify } from 'jose'
import { decodeObject, splitCompact } from './jwt/compact.ts'
import { createKnownSignatures } from './signing-keys/known-signatures.ts'

/** A public key of somebody else (RFC 7517), as far as it says how to check a signature. */
export type PublicJwk = {
  readonly kty: 'RSA' | 'EC' | 'OKP'
  readonly kid?: string
  readonly alg?: string
  readonly use?: string
  readonly n?: string
  readonly e?: string
  readonly crv?: string
  readonly x?: string
  readonly y?: string
}

/** Keys of somebody else, checked by `parsePublicKeys`. */
export type PublicKeys = { readonly keys: readonly PublicJwk[] }

/** Algorithms that others may sign with here, and the keys that each needs (RFC 7518 §3.1, 8037 §3.1, 9864 §2.2). */
const ALGORITHMS: Readonly<Record<string, Pick<PublicJwk, 'kty' | 'crv'>>> = {
  RS256: { kty: 'RSA' },
  PS256: { kty: 'RSA' },
  ES256: { kty: 'EC', crv: 'P-256' },
  ES384: { kty: 'EC', crv: 'P-384' },
  ES512: { kty: 'EC', crv: 'P-521' },
  EdDSA: { kty: 'OKP', crv: 'Ed25519' },
  Ed25519: { kty: 'OKP', crv: 'Ed25519' },
}

/** Names for `token_endpoint_auth_signing_alg_values_supported`: asymmetric ones only. */
export const FOREIGN_ALGORITHMS: readonly string[] = Object.keys(ALGORITHMS)

const MOST_KEYS = 10
/** Of a server that this one's operator named: those with keys of many tenants publish dozens. */
const MOST_KEYS_OF_SERVER = 200
const LEAST_RSA_BITS = 2048
/** A verification with 8192 bits costs 8 times one with 2048, and a stranger may cause it. */
const MOST_RSA_BITS = 4096
/** Of keys that a token does not tell apart by their `kid`, so many are tried. */
const MOST_TRIED = 4
const MOST_MEMBER = 2048
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

/** A set of keys that cannot be used; the message says why, without a word of what the keys hold. */
export class KeysNotUsable extends Error {}

/**
 * Reads a JWK Set (RFC 7517 §5) of somebody else. Members that say nothing about the key are dropped (`x5u`, `x5c` …),
 * keys of unknown types too (§5: ignored).
 *
 * @param options.skipsOdd of a server that nobody here can tell to mend its set: what is not usable is left out
 * @throws KeysNotUsable for private or symmetric keys, RSA below 2048 bits, points off the curve, one `kid` twice; with
 *   `skipsOdd` only where no key is left
 */
export function parsePublicKeys(value: unknown, { skipsOdd = false } = {}): PublicKeys {
  const all = isObject(value) ? value['keys'] : undefined
  if (!Array.isArray(all)) throw new KeysNotUsable('a JWK Set is an object with an array "keys"')
  const most = skipsOdd ? MOST_KEYS_OF_SERVER : MOST_KEYS
  if (all.length > most) throw new KeysNotUsable(`a JWK Set holds at most ${most} keys here`)
  const keys = all.flatMap((one: unknown) => (skipsOdd ? parseIfUsable(one) : parseKey(one)) ?? [])
  if (keys.length === 0) throw new KeysNotUsable('the JWK Set holds no key that could check a signature')
  if (skipsOdd) return { keys }
  const ids = keys.flatMap(({ kid }) => kid ?? [])
  if (new Set(ids).size < ids.length) throw new KeysNotUsable('two keys have the same kid')
  return { keys }
}

function parseIfUsable(value: unknown): PublicJwk | undefined {
  try {
    return parseKey(value)
  } catch (error) {
    if (error instanceof KeysNotUsable) return undefined
    throw error
  }
}

function parseKey(value: unknown): PublicJwk | undefined {
  if (!isObject(value)) throw new KeysNotUsable('a key is no object')
  if (value['kty'] === 'oct' || PRIVATE_MEMBERS.some((name) => Object.hasOwn(value, name))) {
    throw new KeysNotUsable('a key is private or symmetric: keep it, make a new one, and send the public half only')
  }
  const member = (name: string): string | undefined => {
    const text = Object.hasOwn(value, name) ? value[name] : undefined
    if (text === undefined || (typeof text === 'string' && text.length <= MOST_MEMBER)) return text
    throw new KeysNotUsable(`the member ${name} of a key is no text, or too long`)
  }
  const kty = member('kty')
  if (kty !== 'RSA' && kty !== 'EC' && kty !== 'OKP') return undefined
  const crv = member('crv')
  if (kty !== 'RSA' && !Object.values(ALGORITHMS).some((one) => one.kty === kty && one.crv === crv)) return undefined
  const names = { RSA: ['n', 'e'], EC: ['crv', 'x', 'y'], OKP: ['crv', 'x'] }[kty]
  const members = ['kid', 'alg', 'use', ...names].flatMap((name) => {
    const text = member(name)
    return text === undefined ? [] : [[name, text]]
  })
  const key: PublicJwk = { kty, ...Object.fromEntries(members) }
  checkStrength(key)
  return key
}

/** OpenSSL refuses points off the curve; sizes are ours (security test lines §8, §11.10). */
function checkStrength(key: PublicJwk): void {
  let details: KeyObject['asymmetricKeyDetails']
  try {
    details = toKey(key).asymmetricKeyDetails
  } catch {
    throw new KeysNotUsable(`a key of type ${key.kty} is broken`)
  }
  if (key.kty !== 'RSA') return
  const { modulusLength = 0, publicExponent = 0n } = details ?? {}
  if (modulusLength < LEAST_RSA_BITS) throw new KeysNotUsable(`an RSA key has at least ${LEAST_RSA_BITS} bits`)
  if (modulusLength > MOST_RSA_BITS) throw new KeysNotUsable(`an RSA key has at most ${MOST_RSA_BITS} bits here`)
  // A long exponent makes every verification as dear as a signature; 1 is no encryption at all.
  if (publicExponent < 3n || publicExponent % 2n === 0n || publicExponent > 0xffffffffn) {
    throw new KeysNotUsable('the exponent of an RSA key is odd and between 3 and 32 bits long; use 65537')
  }
}

/** Reading a key costs more than checking a signature with it: what was read is kept as long as the key itself. */
const readKeys = new WeakMap<PublicJwk, KeyObject>()

function toKey(key: PublicJwk): KeyObject {
  const known = readKeys.get(key)
  if (known) return known
  const read = createPublicKey({ key: { ...key }, format: 'jwk' })
  readKeys.set(key, read)
  return read
}

/** As long as the key itself: one that its server publishes no more verifies nothing by what it did before. */
const signatures = new WeakMap<PublicJwk, ReturnType<typeof createKnownSignatures>>()
/** For each key; a server publishes several. */
const MOST_SIGNATURES = 5000

function signaturesOf(key: PublicJwk) {
  const known = signatures.get(key) ?? createKnownSignatures(MOST_SIGNATURES)
  signatures.set(key, known)
  return known
}

/**
 * Checks the signature of a JWT that somebody else made; what its claims say is for the caller to judge. Where its
 * `kid` names no key, the first four that are for its algorithm are tried: a wrong signature must not cost more than that.
 *
 * @param options.algorithms out of `FOREIGN_ALGORITHMS`
 * @param options.types accepted values of `typ`, lower case, without `application/`
 * @param options.typeless whether the header may also be missing (it may, unless told)
 * @param options.remembers for tokens that come again and again: a right signature is verified once, all else each time
 * @returns the claims; undefined for whatever is wrong
 */
export async function verifyForeignJwt(
  token: string,
  options: {
    readonly keys: PublicKeys
    readonly algorithms: readonly string[]
    readonly types: readonly string[]
    readonly typeless?: boolean
    readonly remembers?: boolean
  },
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const parts = splitCompact(token)
  const header = parts && decodeObject(parts.header)
  const claims = parts && decodeObject(parts.payload)
  if (!header || !claims) return undefined
  const { alg, kid, typ } = header
  if (typeof alg !== 'string' || !options.algorithms.includes(alg) || !Object.hasOwn(ALGORITHMS, alg)) return undefined
  if (kid !== undefined && typeof kid !== 'string') return undefined
  const { typeless = true, remembers = false } = options
  if (!(typ === undefined ? typeless : isType(typ, options.types))) return undefined
  // RFC 7515 §4.1.11: we understand no extension. Keys come from the registration and from nowhere else (RFC 8725 §3.10).
  if (['crit', 'b64', 'jku', 'jwk', 'x5u', 'x5c'].some((name) => Object.hasOwn(header, name))) return undefined
  const fitting = options.keys.keys.filter((key) => isFor(key, alg, kid))
  const named = fitting.filter((key) => kid !== undefined && key.kid === kid)
  for (const key of (named.length > 0 ? named : fitting).slice(0, MOST_TRIED)) {
    const verify = () => isSignedWith(token, key, alg)
    if (await (remembers ? signaturesOf(key).knows(`${alg} ${token}`, verify) : verify())) return claims
  }
  return undefined
}

/** RFC 7515 §4.1.9: a media type, compared without regard to case, `application/` may be left out. */
function isType(typ: unknown, types: readonly string[]): boolean {
  return typeof typ === 'string' && types.includes(typ.toLowerCase().replace(/^application\//, ''))
}

function isFor(key: PublicJwk, alg: string, kid: string | undefined): boolean {
  const needed = ALGORITHMS[alg]
  if (key.kty !== needed?.kty || (needed.crv !== undefined && key.crv !== needed.crv)) return false
  if (key.use !== undefined && key.use !== 'sig') return false
  if (key.alg !== undefined && key.alg !== alg && key.kty !== 'OKP') return false
  return kid === undefined || key.kid === undefined || key.kid === kid
}

async function isSignedWith(token: string, key: PublicJwk, alg: string): Promise<boolean> {
  try {
    const read = toKey(key)
    // One that was registered while more bits were allowed.
    if ((read.asymmetricKeyDetails?.modulusLength ?? 0) > MOST_RSA_BITS) return false
    await compactVerify(token, read, { algorithms: [alg] })
    return true
  } catch {
    return false
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
