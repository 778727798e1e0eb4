import type { Store } from '../state/index.ts'

/** What a person allowed an app. Key: `<account> <client>`. */
export type Grant = { account: string; client: string; scopes: string[] }

/** All tokens that stem from one code die together when the code is used twice. */
type Issued = { account: string; client: string; scopes: string[]; family: string }

export type AccessToken = Issued & { expiresAt: number }
export type RefreshToken = Issued & {
  createdAt: number
  /** Set by a rotation: the moment from which this one is dead. */
  diesAt?: number
}

export type Code = {
  client: string
  account: string
  redirectUri: string
  scopes: string[]
  nonce?: string | undefined
  challenge?: { value: string; method: 'S256' | 'plain' } | undefined
  /** Whether a refresh token comes with it: offline asked, and the consent page was shown. */
  refreshable: boolean
  createdAt: number
  family: string
  used: boolean
}

/** A browser's login. */
export type Session = { account: string; createdAt: number }

/** A file in somebody's Drive; times are RFC 3339. */
export type DriveFile = {
  id: string
  account: string
  client: string
  name: string
  mimeType: string
  description?: string | undefined
  parents: string[]
  appProperties?: Record<string, string> | undefined
  size: number
  md5Checksum: string
  sha256Checksum: string
  createdTime: string
  modifiedTime: string
}

/** A resumable upload that was started. */
export type Upload = {
  account: string
  client: string
  metadata: Record<string, unknown>
  contentType: string | undefined
  length: number | undefined
  createdAt: number
  /** The file it became. */
  fileId?: string
}

/** The tables of Sandbox Google; times in milliseconds since the epoch unless said otherwise. */
export function openRecords(store: Store) {
  return {
    commit: store.commit,
    grants: store.table<Grant>('google.grant'),
    codes: store.table<Code>('google.code'),
    access: store.table<AccessToken>('google.access'),
    refresh: store.table<RefreshToken>('google.refresh'),
    sessions: store.table<Session>('google.session'),
    files: store.table<DriveFile>('google.file'),
    uploads: store.table<Upload>('google.upload'),
  }
}

export type Records = ReturnType<typeof openRecords>

export const grantKey = (account: string, client: string) => `${account} ${client}`
