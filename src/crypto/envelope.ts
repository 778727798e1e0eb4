import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { Secret } from '#base'
import { deriveKey, type Keyring } from './keyring.ts'

/** Where a sealed value stands. It goes into the AAD, so that a value copied to another row or owner does not open. */
export type SealedPlace = {
  readonly table: string
  readonly column: string
  readonly row: string
  readonly owner: string
}

/** Seals secrets that we must be able to use again, such as tokens of providers. */
export type Envelope = {
  /** `v1.<key id>.<iv>.<ciphertext and tag>`: AES-256-GCM, 96 random bits of IV (NIST SP 800-38D §8.2.2). */
  seal(value: Secret, place: SealedPlace): string
  /** @throws Error when the text was changed, stands in another place, or its key is not in the keyring. */
  open(sealed: string, place: SealedPlace): Secret
}

const ALGORITHM = 'aes-256-gcm'
const TAG_BYTES = 16

/** An envelope that seals with the first key of the ring and opens what any of them sealed. */
export function createEnvelope(keyring: Keyring): Envelope {
  const keys = new Map(keyring.all.map((key) => [key.id, deriveKey(key, 'vault')]))
  const keyOf = (id: string): Buffer => {
    const key = keys.get(id)
    if (!key) throw new Error(`Sealed with key ${id}, which is not in the keyring`)
    return key
  }
  return {
    seal(value, place) {
      const iv = randomBytes(12)
      const cipher = createCipheriv(ALGORITHM, keyOf(keyring.sealing.id), iv)
      cipher.setAAD(additionalData(place))
      const sealed = Buffer.concat([cipher.update(value.reveal(), 'utf8'), cipher.final(), cipher.getAuthTag()])
      return ['v1', keyring.sealing.id, iv.toString('base64url'), sealed.toString('base64url')].join('.')
    },
    open(text, place) {
      const [version, id, iv, sealed, ...rest] = text.split('.')
      if (version !== 'v1' || id === undefined || iv === undefined || sealed === undefined || rest.length > 0) {
        throw new Error('Not a sealed value of version 1')
      }
      const bytes = parseBase64url(sealed)
      const decipher = createDecipheriv(ALGORITHM, keyOf(id), parseBase64url(iv), { authTagLength: TAG_BYTES })
      decipher.setAAD(additionalData(place))
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
      return new Secret(
        Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]).toString('utf8'),
      )
    },
  }
}

/** Strictly: Node's decoder passes over foreign characters and unused bits, so that changed texts would still open. */
function parseBase64url(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.toString('base64url') !== text) throw new Error('Not a sealed value: bad base64url')
  return bytes
}

/** JSON keeps the four parts apart whatever they contain. */
function additionalData(place: SealedPlace): Buffer {
  return Buffer.from(JSON.stringify([place.table, place.column, place.row, place.owner]))
}
