import { describe, expect, it } from 'vitest'
import { Secret } from '#base'
import { newRecoveryCodes, recoveryHash } from './recovery-codes.ts'
import { appCode } from './totp.fixture.ts'
import { newTotpKey, totpStep, totpUri } from './totp.ts'

/** "12345678901234567890" of RFC 6238, Appendix B. */
const RFC_KEY = new Secret('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ')
const at = (seconds: number) => new Date(seconds * 1000)

describe('codes of an app', () => {
  it.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ])('at %i s is the one of RFC 6238, Appendix B', (seconds, code) => {
    expect(totpStep(RFC_KEY, code, at(seconds))).toBe(Math.floor(seconds / 30))
    expect(appCode(RFC_KEY.reveal(), at(seconds))).toBe(code)
  })

  it('count for one step to either side (RFC 6238 §5.2), and tell of which step they are', () => {
    const now = at(1_111_111_111)
    const step = Math.floor(1_111_111_111 / 30)
    for (const [away, found] of [
      [-2, undefined],
      [-1, step - 1],
      [0, step],
      [1, step + 1],
      [2, undefined],
    ] as const) {
      const code = appCode(RFC_KEY.reveal(), new Date(now.getTime() + away * 30_000))
      expect(totpStep(RFC_KEY, code, now)).toBe(found)
    }
  })

  it.each(['', '28708', '2870820', ' 287082', '28708２', 'abcdef', '-87082', '287082\n'])(
    'are six digits, not %j',
    (code) => {
      expect(totpStep(RFC_KEY, code, at(59))).toBeUndefined()
    },
  )

  it('have keys of 160 bits, never the same (RFC 4226 §4, R6)', () => {
    const keys = Array.from({ length: 50 }, () => newTotpKey().reveal())
    for (const key of keys) expect(key).toMatch(/^[A-Z2-7]{32}$/)
    expect(new Set(keys).size).toBe(50)
  })

  it('are set up by an address that says whose and where, whatever is in the name', () => {
    const uri = new URL(totpUri(RFC_KEY, { issuer: 'id.example:8443', username: 'ana & bo/?' }))
    expect(uri.protocol).toBe('otpauth:')
    expect(decodeURIComponent(uri.pathname)).toContain('ana & bo/?')
    // A colon would end it in apps that read these addresses.
    expect(uri.searchParams.get('issuer')).toBe('id.example 8443')
    expect(uri.searchParams.get('secret')).toBe(RFC_KEY.reveal())
  })
})

describe('recovery codes', () => {
  it('have at least 112 random bits each, so that a plain hash is right for them (ASVS 6.5.2)', () => {
    const codes = newRecoveryCodes()
    expect(codes).toHaveLength(8)
    for (const code of codes) expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{5}-){4}[0-9A-HJKMNP-TV-Z]{5}$/)
    expect(new Set([...codes, ...newRecoveryCodes()]).size).toBe(16)
    expect(25 * Math.log2(32)).toBeGreaterThanOrEqual(112)
  })

  it('may be typed in either case, without dashes, and with letters for digits', () => {
    const hash = recoveryHash('01ABC-DEFGH-JKMNP-QRSTV-WXYZ0')
    expect(hash).toHaveLength(32)
    expect(recoveryHash(' oiabc defgh-jkmnpqrstv wxyzo ')).toEqual(hash)
    for (const other of ['', '123456', '01ABC-DEFGH', '01ABC-DEFGH-JKMNP-QRSTV-WXYZU', `${'0'.repeat(26)}`]) {
      expect(recoveryHash(other)).toBeUndefined()
    }
  })
})
