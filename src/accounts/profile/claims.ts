import type { User } from '../user.ts'
import { type PostalAddress, PROFILE_TEXTS } from './profile.ts'

type Claims = Readonly<Record<string, unknown>>

/**
 * What OpenID Connect tells an app about somebody, by the scopes they allowed it (Core §5.4): `profile`, `email`,
 * `address`, `phone`; other scopes give nothing. `sub` is added by whoever answers. Claims without a value are left out
 * (§5.3.2).
 */
export function claimsOf(user: User, scopes: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(scopes.flatMap((scope) => Object.entries(CLAIMS.get(scope)?.(user) ?? {})))
}

const CLAIMS: ReadonlyMap<string, (user: User) => Claims> = new Map([
  ['profile', profileClaims],
  ['email', emailClaims],
  ['phone', phoneClaims],
  ['address', addressClaims],
])

function profileClaims({ username, updatedAt, profile }: User): Claims {
  const { phone_number: _phone, address: _address, ...rest } = profile
  return { ...rest, preferred_username: username, updated_at: Math.floor(updatedAt.getTime() / 1000) }
}

function emailClaims({ email, emailVerified }: User): Claims {
  return email === null ? {} : { email, email_verified: emailVerified }
}

/** Nobody here calls anybody to find out whose number it is. */
function phoneClaims({ profile: { phone_number } }: User): Claims {
  return phone_number === undefined ? {} : { phone_number, phone_number_verified: false }
}

function addressClaims({ profile: { address } }: User): Claims {
  return address === undefined ? {} : { address: { ...address, formatted: formatAddress(address) } }
}

/** Core §5.1.1: lines as on an envelope. */
function formatAddress(address: PostalAddress): string {
  const { street_address, locality, region, postal_code, country } = address
  const town = [postal_code, locality].filter((part) => part !== undefined).join(' ')
  const lines = [street_address, town === '' ? undefined : town, region, country]
  return lines.filter((line) => line !== undefined).join('\n')
}

/** Every claim that `claimsOf` may give, for `claims_supported` (OpenID Connect Discovery §3). */
export const USER_CLAIMS: readonly string[] = [
  ...PROFILE_TEXTS,
  ...['preferred_username', 'updated_at', 'email', 'email_verified', 'phone_number_verified', 'address'],
]
