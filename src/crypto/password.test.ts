import { argon2Sync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createPasswords, PasswordsBusy } from './index.ts'

const passwords = createPasswords({ concurrency: 2 })

describe('a stored password (security §5: OWASP Password Storage)', () => {
  it('is Argon2id with m=19456, t=2, p=1 as a PHC string, with a salt of its own', async () => {
    const [one, two] = await Promise.all([passwords.hash('correct horse'), passwords.hash('correct horse')])
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    expect(one).not.toBe(two)
    expect(one).not.toContain('correct')
  })

  it('opens to the password and to no other', async () => {
    const stored = await passwords.hash('correct horse')
    expect(await passwords.verify('correct horse', stored)).toEqual({ ok: true, outdated: false })
    for (const wrong of ['correct hors', 'correct horse ', 'Correct horse', '', stored]) {
      expect(await passwords.verify(wrong, stored)).toEqual({ ok: false, outdated: false })
    }
  })

  it('is not cut off, as bcrypt would after 72 bytes, nor at a NUL', async () => {
    const long = 'x'.repeat(100)
    const stored = await passwords.hash(`${long}a`)
    expect((await passwords.verify(`${long}b`, stored)).ok).toBe(false)
    expect((await passwords.verify(`${long}a`, stored)).ok).toBe(true)
    expect((await passwords.verify('a\0b', await passwords.hash('a\0c'))).ok).toBe(false)
  })

  it('is the same however a keyboard composes its letters (RFC 8265 §4.2), and no other letter is folded', async () => {
    const stored = await passwords.hash('caf\u00e9 au lait')
    expect((await passwords.verify('cafe\u0301 au lait', stored)).ok).toBe(true)
    expect((await passwords.verify('cafe au lait', stored)).ok).toBe(false)
    expect((await passwords.verify('caf\u00e9 au la\uff49t', stored)).ok).toBe(false)
  })

  it('of an older cost still opens, and says that it is to be hashed anew', async () => {
    const salt = Buffer.alloc(16, 7)
    const cost = { memory: 7168, passes: 5, parallelism: 1 }
    const tag = argon2Sync('argon2id', { message: 'old one', nonce: salt, tagLength: 32, ...cost })
    const plain = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '')
    const stored = `$argon2id$v=19$m=7168,t=5,p=1$${plain(salt)}$${plain(tag)}`
    expect(await passwords.verify('old one', stored)).toEqual({ ok: true, outdated: true })
    expect(await passwords.verify('another', stored)).toEqual({ ok: false, outdated: false })
  })

  it.each(['', 'plain', '$2b$10$abcdefghijklmnopqrstuu', '$argon2i$v=19$m=19456,t=2,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAA'])(
    'that we did not write (%j) is an error, and no wrong password',
    async (stored) => {
      await expect(passwords.verify('x', stored)).rejects.toThrow('no Argon2id PHC string')
    },
  )
})

describe('nobody’s password (ASVS 6.3.8: the answer does not tell who has an account)', () => {
  it('is wrong, whatever it is', async () => {
    expect(await passwords.verify('', undefined)).toEqual({ ok: false, outdated: false })
  })

  it('takes as long as somebody’s', async () => {
    const stored = await passwords.hash('somebody is here')
    const times = { known: [] as number[], unknown: [] as number[] }
    for (let n = 0; n < 15; n += 1) {
      for (const [who, of] of [
        ['known', stored],
        ['unknown', undefined],
      ] as const) {
        const begun = performance.now()
        await passwords.verify('a wrong password', of)
        times[who].push(performance.now() - begun)
      }
    }
    const median = (list: number[]) => list.sort((a, b) => a - b)[7] ?? 0
    expect(median(times.unknown)).toBeGreaterThan(median(times.known) / 2)
    expect(median(times.unknown)).toBeLessThan(median(times.known) * 2)
  })
})

describe('a crowd at the door (security §5: 19 MiB each, login must not be a memory DoS)', () => {
  it('is let in by turns, the first first; beyond 64 for each place it is sent away at once', async () => {
    const door = createPasswords({ concurrency: 1 })
    const order: number[] = []
    const crowd = Array.from({ length: 80 }, (_, n) =>
      door.verify('x', undefined).then(
        () => order.push(n),
        (error) => error,
      ),
    )
    const sentAway = (await Promise.all(crowd)).filter((outcome) => outcome instanceof PasswordsBusy)
    expect(sentAway).toHaveLength(80 - 65)
    expect(order).toEqual(Array.from({ length: 65 }, (_, n) => n))
    expect((await door.verify('x', undefined)).ok).toBe(false)
  })

  it('goes on after an error: a broken hash costs nobody a place', async () => {
    const door = createPasswords({ concurrency: 1 })
    for (let n = 0; n < 3; n += 1) await expect(door.verify('x', 'broken')).rejects.toThrow()
    expect((await door.verify('x', await door.hash('x'))).ok).toBe(true)
  })
})
