import { createHash } from 'node:crypto'
import type { Failure } from '#base'
import { type Outbound, OutboundFailure, type OutboundResponse, unexpectedStatus } from '#outbound'
import { pictureFailure } from './errors.ts'
import { parseDimensions } from './format/dimensions.ts'
import { type PictureType, sniffPicture } from './format/sniff.ts'

export type Picture = {
  readonly type: PictureType
  readonly width: number
  readonly height: number
  /** Hexadecimal. */
  readonly sha256: string
  readonly bytes: Buffer
}

/** Redirects stay within the allowed hosts; a CDN may need one or two. */
const MOST_REDIRECTS = 3
const TOTAL_SECONDS = 30

/** Fetches a picture and looks at what it really is. @throws Failure of `errors.ts` and of `#outbound` */
export async function downloadPicture(
  outbound: Outbound,
  request: { url: string; hosts: readonly string[]; maxBytes: number; signal: AbortSignal; now: Date },
): Promise<Picture> {
  const { url, hosts, maxBytes, signal } = request
  const response = await outbound.send({
    method: 'GET',
    url,
    hosts,
    headers: { accept: 'image/jpeg, image/png, image/webp, image/gif' },
    redirects: MOST_REDIRECTS,
    timeoutSeconds: TOTAL_SECONDS,
    maxBytes,
    signal,
    purpose: 'fetch a picture',
  })
  if (response.status !== 200) throw await refusedPicture(response, request.now)
  const host = new URL(response.url).host
  return describePicture(await readBody(response, host, maxBytes), host)
}

/** Type and size from the bytes themselves; `Content-Type` is not asked. */
async function describePicture(bytes: Buffer, host: string): Promise<Picture> {
  const type = await sniffPicture(bytes)
  const dimensions = type && parseDimensions(type, bytes)
  if (!type || !dimensions) throw pictureFailure('picture_not_an_image', host, { hint: `${bytes.byteLength} bytes` })
  return { type, ...dimensions, sha256: createHash('sha256').update(bytes).digest('hex'), bytes }
}

async function readBody(response: OutboundResponse, host: string, maxBytes: number): Promise<Buffer> {
  try {
    return await response.bytes()
  } catch (error) {
    if (error instanceof OutboundFailure && error.data.code === 'upstream_too_large') {
      throw pictureFailure('picture_too_large', host, { maxBytes, cause: error })
    }
    throw error
  }
}

/** The Cat API's own servers say 400 or 403 for what is gone, others 404 or 410. */
async function refusedPicture(response: OutboundResponse, now: Date): Promise<Failure> {
  const failure = await unexpectedStatus(response, now)
  if (failure.data.kind !== 'refused') return failure
  return pictureFailure('picture_not_found', new URL(response.url).host, { cause: failure })
}
