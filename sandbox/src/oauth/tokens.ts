import type { Change } from '../state/index.ts'
import type { OAuthRealm } from './realm.ts'
import { type AccessToken, grantKey, type RefreshToken } from './records.ts'

export type Owner = { account: string; client: string; scopes: string[]; family: string }

/** An access token to be committed by the caller. `operation` decides which expiry fault applies. */
export function issueAccess({ provider, format, records, faults, now }: OAuthRealm, owner: Owner, operation: string) {
  const fault = faults.take(provider, operation, 'expire_tokens')
  const seconds = typeof fault?.with['seconds'] === 'number' ? fault.with['seconds'] : format.accessSeconds
  const token = format.access()
  const { account, client, scopes, family } = owner
  const row = { account, client, scopes, family, expiresAt: now() + seconds * 1000 }
  return { token, seconds, change: records.access.put(token, row) }
}

/** A refresh token to be committed by the caller, with the oldest beyond the limit dropped. */
export function issueRefresh({ format, records, now }: OAuthRealm, owner: Owner) {
  const token = format.refresh()
  const { account, client, scopes, family } = owner
  const live = records.refresh.entries().filter(([, row]) => row.account === account && row.client === client)
  const surplus = live.slice(0, Math.max(0, live.length + 1 - format.liveRefreshTokens))
  const changes: Change[] = surplus.map(([old]) => records.refresh.drop(old))
  changes.push(records.refresh.put(token, { account, client, scopes, family, createdAt: now() }))
  return { token, changes }
}

export function findAccess({ records, now }: OAuthRealm, token: string): AccessToken | undefined {
  const row = records.access.get(token)
  return row && row.expiresAt > now() ? row : undefined
}

export function findRefresh({ records, now }: OAuthRealm, token: string): RefreshToken | undefined {
  const row = records.refresh.get(token)
  return row && (row.diesAt === undefined || row.diesAt > now()) ? row : undefined
}

/** The live access token of an `Authorization: Bearer` header (RFC 6750, 2.1). */
export function readBearer(realm: OAuthRealm, authorization: string | undefined): AccessToken | undefined {
  const [, token = ''] = /^Bearer (\S+)$/i.exec(authorization ?? '') ?? []
  return findAccess(realm, token)
}

type Matches = (owner: { account: string; client: string; family: string }) => boolean

/** Drops the tokens and unused codes that match. */
export function killTokens({ records }: OAuthRealm, matches: Matches): Change[] {
  return [records.access, records.refresh, records.codes].flatMap((table) =>
    table.entries().flatMap(([key, row]) => (matches(row) ? [table.drop(key)] : [])),
  )
}

/** The grant and everything issued from it, as when the person removes the app or the app revokes. */
export function revokeGrant(realm: OAuthRealm, account: string, client: string): Change[] {
  const dead = killTokens(realm, (owner) => owner.account === account && owner.client === client)
  return [realm.records.grants.drop(grantKey(account, client)), ...dead]
}
