import { Readable } from 'node:stream'
import type { AccountRequest } from '#connections'

/** What `files.create` is asked to answer; without `fields` it would say four things only (Drive guide, "query parameters"). */
const FILE_FIELDS = 'id,name,webViewLink,size,md5Checksum'

export type FileMetadata = {
  readonly id: string
  /** With its extension (files.create reference). */
  readonly name: string
  /** A concrete media type, never a wildcard (files.create reference). */
  readonly mimeType: string
  readonly description?: string
}

export type DriveRequest = {
  method: AccountRequest['method']
  /** For log and trace. */
  purpose: string
  path: string
  headers?: Record<string, string>
  body?: string | Uint8Array | (() => Readable)
  bodyLength?: number
}

/** files.generateIds: an id that is reserved before the upload makes repeating the upload safe. */
export function newIdRequest(): DriveRequest {
  return { method: 'GET', purpose: 'reserve a file id', path: '/drive/v3/files/generateIds?count=1&space=drive' }
}

export function getFileRequest(id: string): DriveRequest {
  return {
    method: 'GET',
    purpose: 'look at a file',
    path: `/drive/v3/files/${encodeURIComponent(id)}?fields=${FILE_FIELDS}`,
  }
}

export function aboutRequest(): DriveRequest {
  return {
    method: 'GET',
    purpose: 'look at the space left',
    path: '/drive/v3/about?fields=user(displayName,emailAddress),storageQuota(limit,usage)',
  }
}

/**
 * Metadata and bytes in one request, for up to 5 MB (Drive guide, "multipart upload").
 *
 * Why not the bare `POST /upload/drive/v3/files` with an image as body: without `uploadType` the answer is undocumented
 * (small text and JSON files were reported to fail), the file would be called "Untitled", and it could not carry an id,
 * so a repeated request would leave a second file. `multipart/form-data` would make an empty "Untitled" one.
 */
export function multipartRequest(
  metadata: FileMetadata,
  file: { size: number; stream: () => AsyncIterable<Uint8Array> },
  boundary: string,
): DriveRequest {
  const head = Buffer.from(
    `--${boundary}\r\ncontent-type: application/json; charset=UTF-8\r\n\r\n${JSON.stringify(metadata)}\r\n` +
      `--${boundary}\r\ncontent-type: ${metadata.mimeType}\r\n\r\n`,
  )
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`)
  const parts = async function* () {
    yield head
    yield* file.stream()
    yield tail
  }
  return {
    method: 'POST',
    purpose: 'upload a file',
    path: `/upload/drive/v3/files?uploadType=multipart&fields=${FILE_FIELDS}`,
    headers: { 'content-type': `multipart/related; boundary=${boundary}` },
    body: () => Readable.from(parts(), { objectMode: false }),
    bodyLength: head.byteLength + file.size + tail.byteLength,
  }
}

/** Bytes alone, for up to 5 MB (Drive guide, "simple upload"). */
export function mediaRequest(file: {
  type: string
  size: number
  stream: () => AsyncIterable<Uint8Array>
}): DriveRequest {
  return {
    method: 'POST',
    purpose: 'upload a file',
    path: `/upload/drive/v3/files?uploadType=media&fields=${FILE_FIELDS}`,
    headers: { 'content-type': file.type },
    body: () => Readable.from(file.stream(), { objectMode: false }),
    bodyLength: file.size,
  }
}

/** Opens a resumable session (Drive guide, "resumable upload", step 1); the answer's `Location` is the session URI. */
export function startSessionRequest(metadata: FileMetadata, size: number): DriveRequest {
  return {
    method: 'POST',
    purpose: 'begin an upload',
    path: `/upload/drive/v3/files?uploadType=resumable&fields=${FILE_FIELDS}`,
    headers: {
      'content-type': 'application/json; charset=UTF-8',
      'x-upload-content-type': metadata.mimeType,
      'x-upload-content-length': String(size),
    },
    body: JSON.stringify(metadata),
  }
}

export function chunkRequest(uri: string, chunk: Uint8Array, range: { start: number; size: number }): DriveRequest {
  const end = range.start + chunk.byteLength - 1
  return {
    method: 'PUT',
    purpose: 'upload a part of a file',
    path: uri,
    headers: { 'content-range': `bytes ${range.start}-${end}/${range.size}` },
    body: chunk,
  }
}

/** "How much do you have?": an empty PUT. */
export function statusRequest(uri: string, size: number): DriveRequest {
  return {
    method: 'PUT',
    purpose: 'ask how far an upload got',
    path: uri,
    headers: { 'content-range': `bytes */${size}` },
    body: new Uint8Array(),
  }
}
