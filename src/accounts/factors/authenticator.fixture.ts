import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { isoCBOR } from '@simplewebauthn/server/helpers'

type Cbor = Parameters<typeof isoCBOR.encode>[0]
type Key = { readonly id: Buffer; readonly privateKey: KeyObject; readonly userHandle: Buffer; count: number }

/** What an attacker, or a broken authenticator, would change. */
export type Twist = {
  readonly origin?: string
  readonly rpId?: string
  readonly type?: string
  readonly challenge?: string
  readonly isUserVerified?: boolean
  readonly isUserPresent?: boolean
  readonly userHandle?: string
  readonly count?: number
  readonly signature?: Buffer
  readonly id?: Buffer
}

const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url')
const sha256 = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest()

/** A passkey provider and the browser before it (WebAuthn §6.3): ES256, "none" attestation, user verification. */
export function createAuthenticator(origin: string) {
  const keys: Key[] = []

  function clientData(type: string, challenge: string, twist: Twist) {
    const shown = { type: twist.type ?? type, challenge: twist.challenge ?? challenge, origin: twist.origin ?? origin }
    return Buffer.from(JSON.stringify({ ...shown, crossOrigin: false }))
  }

  function authenticatorData(rpId: string, count: number, twist: Twist, attested = Buffer.alloc(0)) {
    const flags =
      (twist.isUserPresent === false ? 0 : 0x01) |
      (twist.isUserVerified === false ? 0 : 0x04) |
      (attested.length > 0 ? 0x40 : 0)
    const counter = Buffer.alloc(4)
    counter.writeUInt32BE(twist.count ?? count)
    return Buffer.concat([sha256(twist.rpId ?? rpId), Buffer.from([flags]), counter, attested])
  }

  return {
    keys,
    /** `navigator.credentials.create`: the JSON that goes with the form. */
    create(optionsJson: string, twist: Twist = {}): string {
      const { rp, user, challenge } = JSON.parse(optionsJson)
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
      const key: Key = {
        id: twist.id ?? randomBytes(32),
        privateKey,
        userHandle: Buffer.from(user.id, 'base64url'),
        count: 0,
      }
      keys.push(key)
      const cose = isoCBOR.encode(
        new Map<number, Cbor>([
          [1, 2],
          [3, -7],
          [-1, 1],
          [-2, new Uint8Array(Buffer.from(x, 'base64url'))],
          [-3, new Uint8Array(Buffer.from(y, 'base64url'))],
        ]),
      )
      const attested = Buffer.concat([Buffer.alloc(16), Buffer.from([0, key.id.length]), key.id, cose])
      const authData = new Uint8Array(authenticatorData(rp.id, 0, twist, attested))
      const attestation = new Map<string, Cbor>([
        ['fmt', 'none'],
        ['attStmt', new Map<string, Cbor>()],
        ['authData', authData],
      ])
      const response = {
        clientDataJSON: base64url(clientData('webauthn.create', challenge, twist)),
        attestationObject: base64url(isoCBOR.encode(attestation)),
        transports: ['internal', 'hybrid'],
      }
      const id = base64url(key.id)
      return JSON.stringify({ id, rawId: id, type: 'public-key', response, clientExtensionResults: {} })
    },
    /** `navigator.credentials.get` with the latest key. */
    get(optionsJson: string, twist: Twist = {}): string {
      const key = keys.at(-1)
      if (!key) throw new Error('no key')
      const { rpId, challenge } = JSON.parse(optionsJson)
      key.count += 1
      const client = clientData('webauthn.get', challenge, twist)
      const authData = authenticatorData(rpId, key.count, twist)
      const signature = twist.signature ?? sign('sha256', Buffer.concat([authData, sha256(client)]), key.privateKey)
      const response = {
        clientDataJSON: base64url(client),
        authenticatorData: base64url(authData),
        signature: base64url(signature),
        userHandle: twist.userHandle ?? base64url(key.userHandle),
      }
      const id = base64url(twist.id ?? key.id)
      return JSON.stringify({ id, rawId: id, type: 'public-key', response, clientExtensionResults: {} })
    },
  }
}

/** What a page asks the browser for. */
export function passkeyOptions(body: string): string {
  const attribute = /<passkey-[^>]* data-options="([^"]+)"/.exec(body)?.[1]
  if (attribute === undefined) throw new Error('no passkey is asked for')
  return attribute.replaceAll('&quot;', '"').replaceAll('&amp;', '&')
}

export function csrfIn(body: string): string {
  return /name="csrf" value="([^"]+)"/.exec(body)?.[1] ?? ''
}
