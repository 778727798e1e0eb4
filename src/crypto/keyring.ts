import { hkdfSync } from 'node:crypto'
import { StartError } from '#base'
import { MASTER_KEY, MASTER_KEY_RULE } from '#config'

export type MasterKey = { readonly id: string; readonly bytes: Buffer }

/** Keys that open; the first one also seals. */
export type Keyring = { readonly sealing: MasterKey; readonly all: readonly MasterKey[] }

/**
 * Reads `<key id>:<32 bytes as base64url>[,…]`.
 *
 * @throws StartError that says what is wrong, without quoting the text.
 */
export function parseKeyring(text: string): Keyring {
  const all = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(parseKey)
  const [sealing] = all
  if (!sealing) throw new StartError('The master key is empty. Set TRIVET_MASTER_KEY, or remove it to have one made.')
  if (new Set(all.map((key) => key.id)).size < all.length)
    throw new StartError('The master key names one key id twice.')
  return { sealing, all }
}

function parseKey(part: string): MasterKey {
  const [, id, encoded] = MASTER_KEY.exec(part) ?? []
  if (id === undefined || encoded === undefined) throw new StartError(MASTER_KEY_RULE)
  return { id, bytes: Buffer.from(encoded, 'base64url') }
}

/** A key for one purpose only, so that no key is ever used in two ways (RFC 5869, HKDF-SHA-256). */
export function deriveKey(master: MasterKey, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', master.bytes, Buffer.alloc(0), `trivet ${purpose}`, 32))
}
