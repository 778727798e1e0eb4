import { Readable } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import type { DriveFile } from '../records.ts'
import { bodyOf, readText } from './body.ts'
import type { Files } from './files.ts'
import { type Metadata, parseMetadata } from './metadata.ts'
import { type Part, parseBoundary, readParts } from './multipart.ts'
import { badRequest } from './refusal.ts'
import type { Incoming, Vault } from './vault.ts'

type Drive = { files: Files; vault: Vault }
type Owner = { account: string; client: string }

/** Bytes become a file, or are thrown away when Drive refuses. */
async function createOrDiscard(
  { files, vault }: Drive,
  owner: Owner,
  bytes: Incoming,
  contentType: string | undefined,
  metadata: Metadata = {},
): Promise<DriveFile> {
  try {
    return files.create(owner, { metadata, contentType, bytes })
  } catch (error) {
    await vault.discard(bytes.path)
    throw error
  }
}

/** uploadType=media: the body is the file, there is no metadata (facts 2.1). */
export async function uploadMedia(drive: Drive, owner: Owner, request: FastifyRequest) {
  return createOrDiscard(drive, owner, await drive.vault.receive(bodyOf(request)), request.headers['content-type'])
}

async function nextPart(parts: AsyncGenerator<Part>): Promise<Part> {
  const { value, done } = await parts.next()
  if (done) throw badRequest('Malformed multipart body.')
  return value
}

async function* lastBody(part: Part, parts: AsyncGenerator<Part>) {
  yield* part.body
  if (!(await parts.next()).done) throw badRequest('A multipart upload has two parts.')
}

/** uploadType=multipart: a JSON part, then the file (multipart/related). */
export async function uploadMultipart(drive: Drive, owner: Owner, request: FastifyRequest) {
  const { files, vault } = drive
  const contentType = request.headers['content-type'] ?? ''
  // Reported by apps in the field: form-data makes an empty, nameless file instead of an error (facts 2.1).
  if (/^multipart\/form-data/i.test(contentType)) {
    for await (const _ of bodyOf(request));
    return createOrDiscard(drive, owner, await vault.receive(Readable.from([])), undefined)
  }
  if (!/^multipart\/related/i.test(contentType)) {
    throw badRequest('Media type is not supported for multipart upload; use multipart/related.')
  }
  const parts = readParts(bodyOf(request), parseBoundary(contentType))
  try {
    const metadata = parseMetadata(await readText((await nextPart(parts)).body))
    files.checkId(metadata.id)
    const media = await nextPart(parts)
    const bytes = await vault.receive(lastBody(media, parts))
    return await createOrDiscard(drive, owner, bytes, media.headers.get('content-type'), metadata)
  } finally {
    await parts.return(undefined)
  }
}
