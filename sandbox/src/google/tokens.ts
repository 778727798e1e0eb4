import { createHash } from 'node:crypto'
import { issuerOf, type TokenFormat } from '../oauth/realm.ts'
import type { Owner } from '../oauth/tokens.ts'
import type { Surroundings } from '../provider.ts'
import { findPersona } from './personas.ts'
import type { Realm } from './realm.ts'

/** Google's limit on refresh tokens: developers.google.com/identity/protocols/oauth2. */
export const formatTokens = (random: Surroundings['random']): TokenFormat => ({
  access: () => `ya29.a0${random(96).toString('base64url')}`,
  refresh: () => `1//0${random(60).toString('base64url')}`,
  accessSeconds: 3600,
  liveRefreshTokens: 100,
})

/** Claims about a person that the scopes open. */
export function claimsOf({ site }: Realm, account: string, scopes: readonly string[]): Record<string, unknown> {
  const persona = findPersona(account)
  if (!persona) return {}
  const { id, sub, email, name, givenName, familyName } = persona
  return {
    sub,
    ...(scopes.includes('email') && { email, email_verified: true }),
    ...(scopes.includes('profile') && {
      name,
      given_name: givenName,
      family_name: familyName,
      picture: site.direct(`/google/people/${id}.png`),
    }),
  }
}

/** OpenID Connect Core 3.1.3.6: the left half of the hash of the access token. */
const atHash = (token: string) => createHash('sha256').update(token).digest().subarray(0, 16).toString('base64url')

export function issueIdToken(realm: Realm, owner: Owner & { nonce?: string | undefined }, accessToken: string) {
  const iat = Math.floor(realm.now() / 1000)
  return realm.keys.sign({
    iss: issuerOf(realm),
    azp: owner.client,
    aud: owner.client,
    ...claimsOf(realm, owner.account, owner.scopes),
    at_hash: atHash(accessToken),
    ...(owner.nonce !== undefined && { nonce: owner.nonce }),
    iat,
    exp: iat + realm.format.accessSeconds,
  })
}
