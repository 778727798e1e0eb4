import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { StartError } from '#base'
import { deriveKey, parseKeyring } from './keyring.ts'

const encoded = randomBytes(32).toString('base64url')

describe('parseKeyring', () => {
  it('reads keys in order: the first seals, all open', () => {
    const other = randomBytes(32)
    const ring = parseKeyring(` k2:${encoded} , old_key-1:${other.toString('base64url')}=,`)
    expect(ring.sealing.id).toBe('k2')
    expect(ring.all.map((key) => key.id)).toEqual(['k2', 'old_key-1'])
    expect(ring.all[1]?.bytes.equals(other)).toBe(true)
    for (const key of ring.all) expect(key.bytes).toHaveLength(32)
  })

  it.each([
    '',
    ' , ',
    'k1',
    encoded,
    `:${encoded}`,
    `k1:${encoded.slice(1)}`,
    `k1:${encoded}A`,
    `k1:${Buffer.alloc(16).toString('base64url')}`,
    `k1:${'+/'.repeat(21)}A`,
    `K1:${encoded}`,
    `k.1:${encoded}`,
    `-k:${encoded}`,
    `${'k'.repeat(33)}:${encoded}`,
    `k1:${encoded} k2:${encoded}`,
    `k1:${encoded},k1:${randomBytes(32).toString('base64url')}`,
  ])('refuses %#: no key, no id, wrong length, twice the same id; and never quotes the text', (text) => {
    try {
      parseKeyring(text)
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(StartError)
      expect(String(error)).not.toContain(encoded.slice(2, 20))
      expect(String(error)).toMatch(/master.key/i)
    }
  })
})

describe('deriveKey (RFC 5869)', () => {
  it('is HKDF-SHA-256 of the master key with the purpose as info: changing it would orphan everything sealed', () => {
    // Computed with Python: HMAC(HMAC(32 zero bytes, 32 bytes 0x01), b"trivet vault\x01").
    const master = { id: 'k1', bytes: Buffer.alloc(32, 1) }
    expect(deriveKey(master, 'vault').toString('hex')).toBe(
      '308e1e0c8c00f3a037241007fd961c17bb2e50fd419cb6820192d92c3d858221',
    )
  })

  it('gives each purpose and each master key a key of its own', () => {
    const master = { id: 'k1', bytes: randomBytes(32) }
    const keys = [
      deriveKey(master, 'vault'),
      deriveKey(master, 'csrf'),
      deriveKey({ id: 'k1', bytes: randomBytes(32) }, 'vault'),
      master.bytes,
    ].map((key) => key.toString('hex'))
    expect(new Set(keys).size).toBe(4)
  })
})
