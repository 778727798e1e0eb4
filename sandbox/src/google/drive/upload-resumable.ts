import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Realm } from '../realm.ts'
import type { DriveFile, Upload } from '../records.ts'
import { bodyOf, readText } from './body.ts'
import { type ContentRange, parseContentRange } from './content-range.ts'
import type { Files } from './files.ts'
import { parseMetadata } from './metadata.ts'
import { badRequest, notFound } from './refusal.ts'
import type { Exclusively } from './transfers.ts'
import type { Vault } from './vault.ts'

/** Every chunk but the last is a multiple of this, and so is what survives a broken connection (facts 2.2). */
const GRAIN = 256 * 1024
export const SESSION_LIFE_MS = 7 * 24 * 3600 * 1000

type Owner = { account: string; client: string }
export type Drive = { realm: Realm; files: Files; vault: Vault; exclusively: Exclusively }

/** Where an upload stands: the file, or how many bytes are stored. */
export type Outcome = { file: DriveFile } | { stored: number }

/** Opens a session and gives its address, which needs no credentials of its own. */
export async function startUpload({ realm, files }: Drive, owner: Owner, request: FastifyRequest, reply: FastifyReply) {
  const metadata = parseMetadata(await readText(bodyOf(request)))
  files.checkId(metadata.id)
  const declared = request.headers['x-upload-content-length']
  const type = request.headers['x-upload-content-type']
  const length = typeof declared === 'string' && /^\d+$/.test(declared) ? Number(declared) : undefined
  const contentType = typeof type === 'string' ? type : undefined
  const id = realm.random(48).toString('base64url')
  const { account, client } = owner
  realm.records.commit(
    realm.records.uploads.put(id, { account, client, metadata, contentType, length, createdAt: realm.now() }),
  )
  const location = new URL(realm.site.direct(request.url))
  location.searchParams.set('upload_id', id)
  return reply.code(200).headers({ location: location.href, 'x-guploader-uploadid': id }).send()
}

function findUpload({ realm }: Drive, id: string): Upload {
  const upload = realm.records.uploads.get(id)
  if (!upload || realm.now() > upload.createdAt + SESSION_LIFE_MS) throw notFound(id)
  return upload
}

/** The bytes from `skip` on, at most `limit`: a chunk may repeat what is stored already. */
async function* slice(source: AsyncIterable<Buffer>, skip: number, limit: number) {
  let at = 0
  for await (const chunk of source) {
    const from = Math.max(0, skip - at)
    at += chunk.length
    if (at > limit) throw badRequest('The request body is longer than its Content-Range says.')
    if (from < chunk.length) yield chunk.subarray(from)
  }
}

function checkChunk(range: Extract<ContentRange, { kind: 'chunk' }>, upload: Upload) {
  const { first, last, total } = range
  if (total !== undefined && upload.length !== undefined && total !== upload.length) {
    throw badRequest(`The total ${total} differs from the declared length ${upload.length}.`)
  }
  const isLast = total !== undefined && last === total - 1
  if (!isLast && (last - first + 1) % GRAIN !== 0) {
    throw badRequest(`Every chunk but the last must be a multiple of ${GRAIN} bytes.`)
  }
}

/** Stores a chunk; a break in the middle keeps whole grains only, as callers must never assume otherwise. */
async function store({ vault }: Drive, id: string, body: AsyncIterable<Buffer>) {
  try {
    await vault.append(id, body)
  } catch (error) {
    const stored = await vault.stored(id)
    await vault.cutTo(id, stored - (stored % GRAIN))
    throw error
  }
  return vault.stored(id)
}

async function finish({ realm, files, vault }: Drive, id: string, upload: Upload): Promise<Outcome> {
  const { metadata, contentType } = upload
  const bytes = await vault.finish(id)
  const file = files.create(upload, { metadata, contentType, bytes }, ({ id: fileId }) => [
    realm.records.uploads.put(id, { ...upload, fileId }),
  ])
  return { file }
}

async function takeWhole(drive: Drive, id: string, upload: Upload, request: FastifyRequest) {
  const limit = upload.length ?? Number.POSITIVE_INFINITY
  await drive.vault.cutTo(id, 0)
  const stored = await store(drive, id, slice(bodyOf(request), 0, limit))
  if (upload.length !== undefined && stored !== upload.length) {
    throw badRequest(`The body has ${stored} bytes, ${upload.length} were declared.`)
  }
  return finish(drive, id, { ...upload, contentType: upload.contentType ?? request.headers['content-type'] })
}

/** A PUT to a session: a status query, a chunk, or the whole body. */
export function continueUpload(drive: Drive, id: string, request: FastifyRequest): Promise<Outcome> {
  findUpload(drive, id)
  const range = parseContentRange(request.headers['content-range'])
  return drive.exclusively(id, async (signal) => {
    // Cuts the line of a request that was overtaken: its caller has gone.
    signal.addEventListener('abort', () => request.raw.destroy(), { once: true })
    const upload = findUpload(drive, id)
    if (upload.fileId !== undefined) return { file: drive.files.find(upload, upload.fileId) }
    if (range.kind === 'whole') return takeWhole(drive, id, upload, request)
    const before = await drive.vault.stored(id)
    if (range.kind === 'status') return before === range.total ? finish(drive, id, upload) : { stored: before }
    checkChunk(range, upload)
    if (range.first > before) return { stored: before }
    const body = slice(bodyOf(request), before - range.first, range.last - range.first + 1)
    const stored = await store(drive, id, body)
    return stored === range.total ? finish(drive, id, upload) : { stored }
  })
}

/** The caller gives the session up. */
export function cancelUpload(drive: Drive, id: string): Promise<void> {
  findUpload(drive, id)
  return drive.exclusively(id, async () => {
    drive.realm.records.commit(drive.realm.records.uploads.drop(id))
    await drive.vault.discardSession(id)
  })
}
