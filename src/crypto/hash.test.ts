import { describe, expect, it } from 'vitest'
import { codeChallenge, hashSecret } from './hash.ts'
import { randomToken } from './random.ts'

describe('hashes', () => {
  it('of secrets are SHA-256 (FIPS 180-4 example "abc")', () => {
    expect(hashSecret('abc').toString('hex')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  })

  it('of PKCE verifiers are S256 (RFC 7636 appendix B)', () => {
    expect(codeChallenge('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBe(
      'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    )
  })
})

describe('randomToken (ASVS 7.2.3: at least 128 bits)', () => {
  it('has 256 bits as 43 characters that need no escaping anywhere', () => {
    const tokens = Array.from({ length: 500 }, () => randomToken())
    expect(new Set(tokens).size).toBe(500)
    for (const token of tokens) expect(token).toMatch(/^[\w-]{43}$/)
  })

  it('varies in every one of them', () => {
    const bytes = Array.from({ length: 200 }, () => [...Buffer.from(randomToken(), 'base64url')])
    const ones = Array.from({ length: 256 }, (_, bit) =>
      bytes.reduce((sum, token) => sum + (((token[bit >> 3] ?? 0) >> (bit & 7)) & 1), 0),
    )
    // 200 tosses: below 50 or above 150 is seven standard deviations away.
    for (const count of ones) expect(count).toSatisfy((ones: number) => ones > 50 && ones < 150)
  })
})
