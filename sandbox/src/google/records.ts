import { openOAuthRecords } from '../oauth/records.ts'
import type { Store } from '../state/index.ts'

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
    ...openOAuthRecords(store, 'google'),
    files: store.table<DriveFile>('google.file'),
    uploads: store.table<Upload>('google.upload'),
  }
}

export type Records = ReturnType<typeof openRecords>
