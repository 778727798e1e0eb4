import type { Change, Store } from '../state/index.ts'
import type { Challenge } from './secrets.ts'

/** What a person allowed an app. Key: `<account> <client>`. */
export type Grant = { account: string; client: string; scopes: string[] }

/** All tokens that stem from one code die together when the code is used twice. */
type Issued = { account: string; client: string; scopes: string[]; family: string }

export type AccessToken = Issued & { expiresAt: number }
export type RefreshToken = Issued & {
  createdAt: number
  /** Set by a rotation with grace: the moment from which this one is dead. */
  diesAt?: number
}

export type Code = {
  client: string
  account: string
  redirectUri: string
  scopes: string[]
  nonce?: string | undefined
  challenge?: Challenge | undefined
  /** Whether a refresh token comes with it. */
  refreshable: boolean
  createdAt: number
  family: string
  used: boolean
}

/** A browser's login. */
export type Session = { account: string; createdAt: number }

/** What an authorization server remembers; times in milliseconds since the epoch. */
export function openOAuthRecords(store: Store, provider: string) {
  return {
    commit: store.commit,
    grants: store.table<Grant>(`${provider}.grant`),
    codes: store.table<Code>(`${provider}.code`),
    access: store.table<AccessToken>(`${provider}.access`),
    refresh: store.table<RefreshToken>(`${provider}.refresh`),
    sessions: store.table<Session>(`${provider}.session`),
  }
}

export type OAuthRecords = ReturnType<typeof openOAuthRecords>

export const grantKey = (account: string, client: string) => `${account} ${client}`

/** Drops codes and access tokens that have mattered to nobody since then. */
export function dropOutlived({ access, codes }: OAuthRecords, since: number): Change[] {
  return [
    ...access.entries().flatMap(([key, row]) => (row.expiresAt < since ? [access.drop(key)] : [])),
    ...codes.entries().flatMap(([key, row]) => (row.createdAt < since ? [codes.drop(key)] : [])),
  ]
}
