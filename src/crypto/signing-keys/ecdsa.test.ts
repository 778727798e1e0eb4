import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { concatenate, toDer } from './ecdsa.ts'

/** Of signatures one in 256 has a half with a leading zero, every other a half that looks negative. */
const MANY = 3000

describe('the two ways to write a P-256 signature', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const signatures = Array.from({ length: MANY }, (_, index) => ({
    input: Buffer.from(`input ${index}`),
    der: sign('sha256', Buffer.from(`input ${index}`), privateKey),
  }))

  it('are the same signature, there and back (RFC 7518 §3.4, RFC 3279 §2.2.3)', () => {
    for (const { der } of signatures) {
      const raw = concatenate(der)
      expect(raw.length).toBe(64)
      expect(toDer(raw).equals(der)).toBe(true)
    }
    const short = signatures.filter(({ der }) => der.length < 70)
    expect(short.length).toBeGreaterThan(0)
  })

  it('are read by others: Node itself takes R and S', () => {
    for (const { input, der } of signatures.slice(0, 300)) {
      const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const
      expect(verify('sha256', input, key, concatenate(der))).toBe(true)
    }
  })

  it('of zeros verifies as nothing and does not throw (CVE-2022-21449)', () => {
    for (const raw of [Buffer.alloc(64), Buffer.alloc(64, 0xff), Buffer.concat([Buffer.alloc(63), Buffer.of(1)])]) {
      expect(verify('sha256', Buffer.from('input'), publicKey, toDer(raw))).toBe(false)
    }
  })
})
