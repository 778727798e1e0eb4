import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, sign, verify } from 'node:crypto'
import { promisify } from 'node:util'
import { calculateJwkThumbprint, type JWK } from 'jose'
import { Secret } from '#base'
import type { Envelope, SealedPlace } from '../envelope.ts'
import { encodeObject } from '../jwt/compact.ts'
import type { SigningAlg, SigningKeyRow } from '../store/signing-key.ts'
import { concatenate, toDer } from './ecdsa.ts'
import { createKnownSignatures } from './known-signatures.ts'

/** A key of ours, ready to sign and to verify. */
export type SigningKey = {
  readonly kid: string
  readonly alg: SigningAlg
  readonly publicJwk: JWK
  readonly createdAt: Date
  readonly signsFrom: Date
  /** `null` while it may still sign. */
  readonly removedAfter: Date | null
  /** The encoded header of tokens of this type. We write it in this one way, and know it again by that. */
  header(typ: string): string
  sign(input: string): Promise<string>
  verify(input: string, signature: string): Promise<boolean>
}

const generate = promisify(generateKeyPair)
const signInPool = promisify(sign)
const verifyInPool = promisify(verify)
const KEY_TYPE = { ES256: 'EC', RS256: 'RSA' } as const
const SIGNATURE_BYTES = { ES256: 64, RS256: 256 } as const

/** A new key pair: P-256, or RSA with 2048 bits (RFC 7518 §3.3 and §3.4). The kid is the thumbprint (RFC 7638). */
export async function makeKey(alg: SigningAlg) {
  const { privateKey } =
    alg === 'ES256' ? await generate('ec', { namedCurve: 'P-256' }) : await generate('rsa', { modulusLength: 2048 })
  const publicJwk = describe(createPublicKey(privateKey))
  const kid = await calculateJwkThumbprint(publicJwk)
  return { kid, alg, publicJwk, privateJwk: new Secret(JSON.stringify(privateKey.export({ format: 'jwk' }))) }
}

/** With its purpose: whoever can write into the database does not make a key do what another one is for. */
export function sealedPlace({ kid, purpose }: Pick<SigningKeyRow, 'kid' | 'purpose'>): SealedPlace {
  const owner = purpose === 'token' ? 'trivet' : `trivet ${purpose}`
  return { table: 'signing_key', column: 'sealed_private_key', row: kid, owner }
}

/**
 * The public half comes out of the sealed private one, not out of its column: whoever can write into the database has
 * not made a key of ours by that.
 *
 * @throws Error when it does not open
 */
export function openKey(row: SigningKeyRow, envelope: Envelope): SigningKey {
  const { kid, alg } = row
  const jwk: unknown = JSON.parse(envelope.open(row.sealed, sealedPlace(row)).reveal())
  if (typeof jwk !== 'object' || jwk === null) throw new Error('The sealed value is no key')
  const privateKey = createPrivateKey({ key: { ...jwk }, format: 'jwk' })
  const publicKey = createPublicKey(privateKey)
  const publicJwk = describe(publicKey)
  if (publicJwk.kty !== KEY_TYPE[alg]) throw new Error(`The sealed key is not for ${alg}`)
  const headers = new Map<string, string>()
  const known = createKnownSignatures()
  return {
    kid,
    alg,
    publicJwk: { ...publicJwk, kid, alg, use: 'sig' },
    createdAt: row.createdAt,
    signsFrom: row.signsFrom,
    removedAfter: row.removedAfter,
    header(typ) {
      const known = headers.get(typ)
      if (known !== undefined) return known
      const header = encodeObject({ alg, typ, kid })
      headers.set(typ, header)
      return header
    },
    sign: signWith(alg, privateKey),
    verify: (input, signature) =>
      known.knows(`${input}.${signature}`, () => {
        const bytes = Buffer.from(signature, 'base64url')
        if (bytes.length !== SIGNATURE_BYTES[alg]) return false
        // ES256 takes 47 µs here and now, and 7 to have it done in the pool; RS256 takes 15.
        if (alg === 'RS256') return verify('sha256', Buffer.from(input), publicKey, bytes)
        return verifyInPool('sha256', Buffer.from(input), publicKey, toDer(bytes))
      }),
  }
}

/**
 * ES256 is signed here and now: a thread of the pool or WebCrypto costs more than it saves. RS256 takes 240 µs and goes to the pool, so that it holds up nobody.
 */
function signWith(alg: SigningAlg, key: KeyObject): SigningKey['sign'] {
  if (alg === 'ES256') {
    return async (input) => concatenate(sign('sha256', Buffer.from(input), key)).toString('base64url')
  }
  return async (input) => (await signInPool('sha256', Buffer.from(input), key)).toString('base64url')
}

function describe(publicKey: KeyObject): JWK {
  const { kty, crv, x, y, n, e } = publicKey.export({ format: 'jwk' }) as JWK
  return kty === 'EC' ? ({ kty, crv, x, y } as JWK) : ({ kty, n, e } as JWK)
}
