import { describe, expect, it } from 'vitest'
import { parseProfile } from './parse-profile.ts'

const fieldsWrong = (fields: Record<string, string>) => {
  const parsed = parseProfile(fields)
  return 'errors' in parsed ? parsed.errors.map(({ field }) => field) : []
}

describe('a profile that is typed (OpenID Connect Core §5.1)', () => {
  it('keeps every claim of the form, without the spaces around it; empty ones are left out', () => {
    const typed = {
      name: ' Ana Maria ',
      nickname: '',
      website: 'https://ana.example/x',
      birthdate: '1990-02-28',
      zoneinfo: 'Europe/Paris',
      locale: 'en_gb',
      phone_number: '+33 (1) 23-45.67 89',
      'address.street_address': '1 Way\r\nHouse B',
      'address.country': 'France',
      email: 'ana@example.com',
    }
    expect(parseProfile(typed)).toEqual({
      profile: {
        name: 'Ana Maria',
        website: 'https://ana.example/x',
        birthdate: '1990-02-28',
        zoneinfo: 'Europe/Paris',
        locale: 'en-GB',
        phone_number: '+33123456789',
        address: { street_address: '1 Way\nHouse B', country: 'France' },
      },
      email: 'ana@example.com',
    })
    expect(parseProfile({})).toEqual({ profile: {}, email: undefined })
  })

  it('reads nothing else (mass assignment, CVE-2026-27946)', () => {
    const extra = {
      ...{ sub: 'u_other', email_verified: 'true', phone_number_verified: 'true', is_admin: 'true', username: 'root' },
      ...{
        id: 'x',
        updated_at: '1',
        preferred_username: 'root',
        'address.formatted': 'x',
        address: 'x',
        kind: 'guest',
      },
    }
    expect(parseProfile({ name: 'Ana', ...extra })).toEqual({ profile: { name: 'Ana' }, email: undefined })
  })

  it.each([
    ['name', 'two\nlines'],
    ['name', 'a\u2028b'],
    ['name', 'a\u0007b'],
    ['name', 'x'.repeat(201)],
    ['given_name', 'X-Header: 1\r\nY'],
    ['website', 'javascript:alert(1)'],
    ['website', 'data:text/html,x'],
    ['website', 'example.com'],
    ['website', '//example.com'],
    ['profile', 'https://user:secret@example.com'],
    ['picture', 'ftp://example.com/x'],
    ['birthdate', '1990-02-30'],
    ['birthdate', '1990-13-01'],
    ['birthdate', '0000'],
    ['birthdate', '31.12.1990'],
    ['zoneinfo', 'Mars/Olympus'],
    ['zoneinfo', '+01:00'],
    ['locale', 'not a tag'],
    ['locale', 'x'.repeat(60)],
    ['phone_number', '0123456789'],
    ['phone_number', '+1'],
    ['phone_number', 'call me'],
    ['email', 'ana@example.com, eve@evil.example'],
    ['address.locality', 'a\nb'],
    ['address.street_address', 'a\u0000b'],
    ['address.street_address', 'x'.repeat(501)],
  ])('%s %j is refused, at its field', (field, text) => {
    expect(fieldsWrong({ [field]: text, nickname: 'An' })).toEqual([field])
  })

  it.each(['0000-02-29', '2000-02-29', '1990', '1990-12-31'])('birthdate %s is good', (birthdate) => {
    expect(parseProfile({ birthdate })).toEqual({ profile: { birthdate }, email: undefined })
  })

  it('a number of 60,000 characters is refused at once: a pattern must not hold up the whole server', () => {
    const before = performance.now()
    for (const blank of [' ', '-', '\t']) {
      expect(fieldsWrong({ phone_number: `+1${blank.repeat(60_000)}x` })).toEqual(['phone_number'])
    }
    expect(performance.now() - before).toBeLessThan(200)
  })

  it('all errors are told at once', () => {
    expect(fieldsWrong({ website: 'x', locale: '!', email: 'y' })).toEqual(['website', 'locale', 'email'])
  })
})
