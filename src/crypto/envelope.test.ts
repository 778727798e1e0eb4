import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { Secret } from '#base'
import { createEnvelope, type SealedPlace } from './envelope.ts'
import { type Keyring, parseKeyring } from './keyring.ts'

const VALUE = 'ya29.a0AfH6SMB-token'
const PLACE: SealedPlace = { table: 'connection', column: 'access_token', row: 'r1', owner: 'o1' }

const keyText = (id: string) => `${id}:${randomBytes(32).toString('base64url')}`
const K1 = keyText('k1')
const K2 = keyText('k2')
const ring = (...keys: string[]): Keyring => parseKeyring(keys.join(','))

const envelope = createEnvelope(ring(K1))
const seal = (value = VALUE, place = PLACE) => envelope.seal(new Secret(value), place)

describe('sealing', () => {
  it.each(['', 'x', VALUE, 'ü\u{1f408}\n', 'a'.repeat(100_000)])('gives back what was sealed (%#)', (value) => {
    expect(envelope.open(seal(value), PLACE).reveal()).toBe(value)
  })

  it('gives back a Secret, which no log shows', () => {
    expect(inspect(envelope.open(seal(), PLACE))).not.toContain(VALUE)
  })

  it('hides the value, and the key is not in the text either', () => {
    const text = seal()
    const bytes = text.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1'))
    expect(text + bytes.join()).not.toContain(VALUE)
    expect(text).not.toContain(K1.slice(3))
  })

  it('takes a new 96-bit IV each time (SP 800-38D §8.2.2): equal values do not look equal', () => {
    const sealed = Array.from({ length: 200 }, () => seal().split('.'))
    const ivs = sealed.map((parts) => parts[2] ?? '')
    expect(new Set(ivs).size).toBe(200)
    for (const iv of ivs) expect(Buffer.from(iv, 'base64url')).toHaveLength(12)
    expect(new Set(sealed.map((parts) => parts[3])).size).toBe(200)
  })
})

describe('a sealed value opens in its own place only (AAD: row swap)', () => {
  it.each([
    ['another row', { row: 'r2' }],
    ['another owner', { owner: 'o2' }],
    ['another column', { column: 'refresh_token' }],
    ['another table', { table: 'run_secret' }],
  ])('not in %s', (_title, other) => {
    const text = seal()
    expect(() => envelope.open(text, { ...PLACE, ...other })).toThrow()
    expect(envelope.open(text, PLACE).reveal()).toBe(VALUE)
  })

  it('not where the four parts only look alike when written together', () => {
    const text = seal(VALUE, { table: 'a', column: 'b', row: 'c', owner: 'd' })
    for (const place of [
      { table: 'ab', column: '', row: 'c', owner: 'd' },
      { table: 'a', column: 'b', row: 'cd', owner: '' },
      { table: 'a","b', column: 'c', row: 'd', owner: '' },
      { table: 'd', column: 'c', row: 'b', owner: 'a' },
    ]) {
      expect(() => envelope.open(text, place)).toThrow()
    }
  })
})

describe('tampering', () => {
  it('with any single character of the text is noticed', () => {
    const text = seal()
    for (const [index, character] of [...text].entries()) {
      for (const other of ['A', 'B', '9', '_', '.', '=', '+', ' ']) {
        if (other === character) continue
        const changed = text.slice(0, index) + other + text.slice(index + 1)
        expect(() => envelope.open(changed, PLACE), `${index}: ${character} → ${other}`).toThrow()
      }
    }
  })

  it('by cutting, adding or exchanging parts is noticed, with a tag shorter than 128 bits too', () => {
    const text = seal()
    const [version, id, iv, body = ''] = text.split('.')
    const other = seal().split('.')
    const cut = (bytes: number) => Buffer.from(body, 'base64url').subarray(0, bytes).toString('base64url')
    for (const changed of [
      '',
      'v1',
      `v2.${id}.${iv}.${body}`,
      `${version}.${id}.${iv}`,
      `${version}.${id}..${body}`,
      `${version}.${id}.${iv}.`,
      ...[1, 4, 8, 12, 15, 16, 17].map((bytes) => `${version}.${id}.${iv}.${cut(bytes)}`),
      `${text}.more`,
      `${text}AAAA`,
      `${text}\n`,
      `${version}.${id}.${other[2]}.${body}`,
      `${version}.${id}.${iv}.${other[3]}`,
    ]) {
      expect(() => envelope.open(changed, PLACE), changed).toThrow()
    }
  })

  it('by leaving only the beginning of a right tag is noticed: 32 bits could be guessed', () => {
    // Of an empty value the body is the tag alone.
    const [version, id, iv, body = ''] = seal('').split('.')
    const tag = Buffer.from(body, 'base64url')
    expect(tag).toHaveLength(16)
    for (const bytes of [4, 8, 12, 13, 14, 15]) {
      const cut = [version, id, iv, tag.subarray(0, bytes).toString('base64url')].join('.')
      expect(() => envelope.open(cut, PLACE), `${bytes} bytes`).toThrow()
    }
  })

  it('says in its error nothing of the value or the key', () => {
    const text = seal()
    try {
      envelope.open(`${text.slice(0, -1)}${text.endsWith('A') ? 'B' : 'A'}`, PLACE)
      expect.unreachable()
    } catch (error) {
      expect(inspect(error)).not.toContain(VALUE)
      expect(inspect(error)).not.toContain(K1.slice(3))
    }
  })
})

describe('keys', () => {
  it('seals with the first, opens with every one: rotation is adding a key in front', () => {
    const old = seal()
    const rotated = createEnvelope(ring(K2, K1))
    expect(rotated.open(old, PLACE).reveal()).toBe(VALUE)
    const fresh = rotated.seal(new Secret(VALUE), PLACE)
    expect(fresh).toMatch(/^v1\.k2\./)
    expect(() => envelope.open(fresh, PLACE)).toThrow('k2')
  })

  it('names an unknown key id, so that the operator knows which key is missing', () => {
    expect(() => createEnvelope(ring(K2)).open(seal(), PLACE)).toThrow(
      'Sealed with key k1, which is not in the keyring',
    )
  })

  it('does not open with another key of the same id', () => {
    expect(() => createEnvelope(ring(keyText('k1'))).open(seal(), PLACE)).toThrow()
  })

  it('does not take the key id for a name of an object’s own members', () => {
    for (const id of ['__proto__', 'constructor', 'toString']) {
      expect(() => envelope.open(seal().replace('.k1.', `.${id}.`), PLACE)).toThrow(id)
    }
  })
})
