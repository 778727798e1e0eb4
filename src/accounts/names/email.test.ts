import { describe, expect, it } from 'vitest'
import { parseEmail } from './email.ts'

describe('an e-mail address (security §9.4: strict)', () => {
  it.each([
    'ana@example.com',
    ' ana@example.com ',
    'a.b+c@sub.example.co.uk',
    "o'brien@example.ie",
    'x@xn--bcher-kva.example',
  ])('%s', (text) => {
    expect(parseEmail(text)).toBe(text.trim())
  })

  it.each([
    '',
    'ana',
    'ana@',
    '@example.com',
    'ana@localhost',
    'ana@evil.example@example.com', // GHSA-c5c4-8r6x-56w3
    'ana@example.com,eve@evil.example', // CVE-2022-35924
    'ana@example.com;eve@evil.example',
    'ana@example.com\r\nBcc: eve@evil.example',
    '"ana"@example.com',
    'Ana <ana@example.com>',
    'ana@[192.0.2.1]',
    'ana@example..com',
    'ana@-example.com',
    'ana@ex\u00e4mple.com',
    `${'a'.repeat(65)}@example.com`,
    `ana@${'a.'.repeat(130)}com`,
  ])('%j is none', (text) => {
    expect(parseEmail(text)).toBeUndefined()
  })

  it('is read in time that does not explode', () => {
    const begun = performance.now()
    parseEmail(`a@${'a-'.repeat(30_000)}`)
    parseEmail(`a@${'a.'.repeat(30_000)}!`)
    expect(performance.now() - begun).toBeLessThan(100)
  })
})
