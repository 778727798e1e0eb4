import { createHash } from 'node:crypto'
import type { Change } from '../state/index.ts'
import { findPersona } from './personas.ts'
import { issuerOf, type Realm } from './realm.ts'
import { type AccessToken, grantKey, type RefreshToken } from './records.ts'

/** Google's limit: the oldest is dropped silently (developers.google.com/identity/protocols/oauth2). */
const LIVE_REFRESH_TOKENS = 100
const ACCESS_SECONDS = 3600

type Owner = { account: string; client: string; scopes: string[]; family: string }

/** An access token to be committed by the caller. `operation` decides which expiry fault applies. */
export function issueAccess({ records, faults, now, random }: Realm, owner: Owner, operation: string) {
  const fault = faults.take('google', operation, 'expire_tokens')
  const seconds = typeof fault?.with['seconds'] === 'number' ? fault.with['seconds'] : ACCESS_SECONDS
  const token = `ya29.a0${random(96).toString('base64url')}`
  const { account, client, scopes, family } = owner
  const row = { account, client, scopes, family, expiresAt: now() + seconds * 1000 }
  return { token, seconds, change: records.access.put(token, row) }
}

/** A refresh token to be committed by the caller, with the oldest beyond the limit dropped. */
export function issueRefresh({ records, now, random }: Realm, owner: Owner) {
  const token = `1//0${random(60).toString('base64url')}`
  const { account, client, scopes, family } = owner
  const live = records.refresh.entries().filter(([, row]) => row.account === account && row.client === client)
  const surplus = live.slice(0, Math.max(0, live.length + 1 - LIVE_REFRESH_TOKENS))
  const changes: Change[] = surplus.map(([old]) => records.refresh.drop(old))
  changes.push(records.refresh.put(token, { account, client, scopes, family, createdAt: now() }))
  return { token, changes }
}

export function findAccess({ records, now }: Realm, token: string): AccessToken | undefined {
  const row = records.access.get(token)
  return row && row.expiresAt > now() ? row : undefined
}

export function findRefresh({ records, now }: Realm, token: string): RefreshToken | undefined {
  const row = records.refresh.get(token)
  return row && (row.diesAt === undefined || row.diesAt > now()) ? row : undefined
}

type Matches = (owner: { account: string; client: string; family: string }) => boolean

/** Drops the tokens and unused codes that match. */
export function killTokens({ records }: Realm, matches: Matches): Change[] {
  return [records.access, records.refresh, records.codes].flatMap((table) =>
    table.entries().flatMap(([key, row]) => (matches(row) ? [table.drop(key)] : [])),
  )
}

/** The grant and everything issued from it, as when the person removes the app or the app revokes (facts 1.4). */
export function revokeGrant(realm: Realm, account: string, client: string): Change[] {
  const dead = killTokens(realm, (owner) => owner.account === account && owner.client === client)
  return [realm.records.grants.drop(grantKey(account, client)), ...dead]
}

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
    exp: iat + ACCESS_SECONDS,
  })
}
