import { describe, expect, it } from 'vitest'
import type { User } from '../user.ts'
import { claimsOf, USER_CLAIMS } from './claims.ts'

const ANA: User = {
  id: '01890000-0000-7000-8000-000000000000',
  publicId: 'u_ana',
  username: 'ana',
  isAdmin: true,
  email: 'ana@example.com',
  emailVerified: false,
  profile: {
    ...{ name: 'Ana Maria', given_name: 'Ana', middle_name: 'M.', family_name: 'Maria', nickname: 'An' },
    ...{ profile: 'https://a.example/', picture: 'https://a.example/p', website: 'https://a.example/w', gender: 'f' },
    ...{ birthdate: '1990', zoneinfo: 'Europe/Paris', locale: 'fr', phone_number: '+33123456789' },
    address: { street_address: '1 Way', postal_code: '75001', locality: 'Paris', country: 'France' },
  },
  updatedAt: new Date('2026-11-20T10:00:00.900Z'),
  loginEpoch: 3,
  isStale: false,
}

describe('claims by scope (OpenID Connect Core §5.4)', () => {
  it('profile', () => {
    const { phone_number: _phone, address: _address, ...rest } = ANA.profile
    expect(claimsOf(ANA, ['profile'])).toEqual({ ...rest, preferred_username: 'ana', updated_at: 1795168800 })
  })

  it('email, which nobody has verified, says so (CVE-2026-27946)', () => {
    expect(claimsOf(ANA, ['email'])).toEqual({ email: 'ana@example.com', email_verified: false })
    expect(claimsOf({ ...ANA, emailVerified: true }, ['email'])).toMatchObject({ email_verified: true })
  })

  it('phone and address, the address also as on an envelope (§5.1.1)', () => {
    expect(claimsOf(ANA, ['phone', 'address'])).toEqual({
      phone_number: '+33123456789',
      phone_number_verified: false,
      address: { ...ANA.profile.address, formatted: '1 Way\n75001 Paris\nFrance' },
    })
  })

  it('nothing for other scopes, the names of JavaScript included', () => {
    expect(claimsOf(ANA, ['openid', 'offline_access', 'trivet:login', '__proto__', 'constructor', 'toString'])).toEqual(
      {},
    )
  })

  it('what there is not is left out (§5.3.2)', () => {
    const bare = { ...ANA, email: null, profile: {} }
    expect(claimsOf(bare, ['profile', 'email', 'phone', 'address'])).toEqual({
      preferred_username: 'ana',
      updated_at: 1795168800,
    })
  })

  it('all names are in USER_CLAIMS, and never more than those: nothing of the row leaks', () => {
    const names = Object.keys(claimsOf(ANA, ['profile', 'email', 'phone', 'address']))
    expect(names.sort()).toEqual([...USER_CLAIMS].sort())
  })
})
