import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createEnvelope } from '../envelope.ts'
import { parseKeyring } from '../keyring.ts'
import { makeKey, openKey, sealedPlace } from './key.ts'

describe('ES256 signatures (RFC 7518 §3.4)', () => {
  it('are R and S in 32 bytes each, however many either of them needs', async () => {
    const envelope = createEnvelope(parseKeyring(`k1:${randomBytes(32).toString('base64url')}`))
    const { kid, alg, privateJwk } = await makeKey('ES256')
    const sealed = envelope.seal(privateJwk, sealedPlace({ kid, purpose: 'token' }))
    const now = new Date()
    const row = { kid, alg, sealed, purpose: 'token', createdAt: now, signsFrom: now, removedAfter: null } as const
    const key = openKey(row, envelope)

    let short = 0
    for (let n = 0; n < 3000; n += 1) {
      const signature = await key.sign(`message ${n}`)
      const bytes = Buffer.from(signature, 'base64url')
      expect(bytes.length).toBe(64)
      if (bytes[0] === 0 || bytes[32] === 0) short += 1
      expect(await key.verify(`message ${n}`, signature)).toBe(true)
    }
    // One in 128 has a number of 31 bytes: that none of 3000 had one happens once in 10^10 runs.
    expect(short).toBeGreaterThan(0)
  })
})
