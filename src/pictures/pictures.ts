import { createHash } from 'node:crypto'
import { type Clock, createSingleFlight, type Log, systemClock } from '#base'
import { callCancelled, type Outbound, parseDestination } from '#outbound'
import type { CacheEntry, FileRef, Storage } from '#storage'
import { downloadPicture, type Picture } from './download.ts'
import { pictureFailure } from './errors.ts'
import { createFailureMemory } from './failure-memory.ts'
import { isPictureType, pictureName } from './format/sniff.ts'
import { makeThumbnail } from './format/thumbnail.ts'
import { createDrawProcess } from './svg/draw-process.ts'
import { rasterizeSvg } from './svg/rasterize.ts'
import { requireSafeSvg } from './svg/require-safe-svg.ts'

/** A picture somewhere else, and the limits of fetching it. */
export type PictureRequest = {
  readonly url: string
  /** The only hosts that the picture may come from, redirects included: `host` or `host:port`. */
  readonly hosts: readonly string[]
  readonly signal?: AbortSignal
  /** 20 MB unless told. */
  readonly maxBytes?: number
}

/** A picture, its size in bytes, and whether it had been fetched before. */
export type CachedPicture = Picture & { readonly size: number; readonly fromCache: boolean }

/** A small copy; `sha256` is hexadecimal. */
export type Thumbnail = { readonly type: 'image/webp'; readonly bytes: Buffer; readonly sha256: string }

/** Pictures of other servers, fetched once for all who want them. */
export type Pictures = {
  /**
   * The picture at a URL, from the cache or downloaded into it; one download, however many ask at once.
   *
   * @throws Failure `picture_too_large`, `picture_not_an_image`, `picture_not_found`, and those of `#outbound`
   */
  fetch(request: PictureRequest): Promise<CachedPicture>
  /** The same as a file that the run owns, named to fit its type. The cache may lose its copy, the run never does. */
  into(
    target: {
      readonly ownerId: string | null
      readonly runId: string | null
      readonly name: string
      readonly id?: string
    },
    request: PictureRequest,
  ): Promise<{ readonly file: FileRef; readonly fromCache: boolean; readonly width: number; readonly height: number }>
  /** A picture cropped to this many pixels; made once. @throws Failure `picture_not_readable`, too (all GIFs) */
  thumbnail(request: PictureRequest & { readonly width: number; readonly height: number }): Promise<Thumbnail>
  /**
   * A PNG of `size` by `size` pixels (16 to 2048) from a whole SVG; made once for the same SVG.
   *
   * @throws Failure `svg_not_safe` (see `requireSafeSvg`), `svg_not_drawable`, `svg_letters_missing`
   */
  rasterize(drawing: { readonly svg: string; readonly size: number }): Promise<Buffer>
}

const DEFAULT_MAX_BYTES = 20_000_000
/** Decoding takes four bytes a pixel. */
const MOST_PIXELS = 50_000_000
/** Drawings wait for one another: one that takes its ten seconds and fails may not do so at every reload. */
const FAILURE_SECONDS = 600
const MOST_FAILURES = 1000

/** Pictures of other people's servers, fetched by ours so that visitors' browsers need not call theirs. */
export function createPictures(options: { outbound: Outbound; storage: Storage; log: Log; clock?: Clock }): Pictures & {
  /** Ends the process that draws, and with it what it draws. */
  close(): Promise<void>
} {
  const { outbound, log } = options
  const { cache } = options.storage
  const clock = options.clock ?? systemClock
  const downloads = createSingleFlight<Picture>({ gone: callCancelled })
  const thumbnails = createSingleFlight<Thumbnail>({ gone: callCancelled })
  const drawings = createSingleFlight<Buffer>()
  const failures = createFailureMemory({ clock, most: MOST_FAILURES, seconds: FAILURE_SECONDS })
  const drawProcess = createDrawProcess()

  const fetch = async (request: PictureRequest): Promise<CachedPicture> => {
    const maxBytes = request.maxBytes ?? DEFAULT_MAX_BYTES
    // Also before the cache is asked: another caller may have been allowed more.
    const url = parseDestination(request.url, request.hosts)
    const key = sha256(url.href)
    const entry = await cache.get(key)
    const cached = entry && pictureOf(entry)
    if (cached && cached.bytes.byteLength > maxBytes) throw pictureFailure('picture_too_large', url.host, { maxBytes })
    if (cached) return { ...cached, size: cached.bytes.byteLength, fromCache: true }
    // Those with other limits may not share the download: it could bring more, or fail, where theirs would not.
    const flight = [key, maxBytes, ...request.hosts].join(' ')
    const picture = await downloads(
      flight,
      async (signal) => {
        const download = { url: url.href, hosts: request.hosts, maxBytes, signal, now: clock.now() }
        const downloaded = await downloadPicture(outbound, download)
        const { bytes, ...meta } = downloaded
        await cache.put(key, meta, bytes)
        log.debug({ host: url.host, bytes: bytes.byteLength }, 'A picture came into the cache')
        return downloaded
      },
      request.signal,
    )
    return { ...picture, size: picture.bytes.byteLength, fromCache: false }
  }

  return {
    fetch,
    async into(target, request) {
      const { bytes, type, width, height, fromCache } = await fetch(request)
      const name = pictureName(target.name, type)
      const file = await options.storage.write({ ...target, name, type, source: bytes, maxBytes: bytes.byteLength })
      return { file, fromCache, width, height }
    },
    async thumbnail({ width, height, ...request }) {
      const url = parseDestination(request.url, request.hosts)
      const key = sha256(`thumbnail ${width}x${height} ${url.href}`)
      const entry = await cache.get(key)
      if (entry) return thumbnailOf(entry.bytes)
      return await thumbnails(
        [key, ...request.hosts].join(' '),
        async (signal) => {
          const picture = await fetch({ ...request, signal })
          const bytes = await shrink(picture, { width, height }, url.host)
          await cache.put(key, {}, bytes)
          return thumbnailOf(bytes)
        },
        request.signal,
      )
    },
    async rasterize({ svg, size }) {
      if (!Number.isInteger(size) || size < 16 || size > 2048) throw new RangeError('size is from 16 to 2048')
      // Also for what is in the cache: the rules may have become stricter since.
      requireSafeSvg(svg)
      const key = sha256(`png ${size} ${svg}`)
      const entry = await cache.get(key)
      if (entry) return entry.bytes
      failures.throwAgain(key)
      return await drawings(key, async () => {
        const png = await rasterizeSvg(drawProcess, svg, size).catch((error) => failures.keep(key, error))
        await cache.put(key, {}, png)
        return png
      })
    },
    close: () => drawProcess.close(),
  }
}

async function shrink(picture: Picture, size: { width: number; height: number }, host: string): Promise<Buffer> {
  if (picture.width * picture.height > MOST_PIXELS || picture.type === 'image/gif') {
    throw pictureFailure('picture_not_readable', host, { hint: `${picture.type} ${picture.width}x${picture.height}` })
  }
  try {
    return await makeThumbnail(picture.bytes, size)
  } catch (cause) {
    throw pictureFailure('picture_not_readable', host, { cause })
  }
}

function pictureOf({ meta, bytes }: CacheEntry): Picture | undefined {
  const { type, width, height, sha256: hash } = meta
  if (!isPictureType(type) || typeof width !== 'number' || typeof height !== 'number') return undefined
  return typeof hash === 'string' ? { type, width, height, sha256: hash, bytes } : undefined
}

function thumbnailOf(bytes: Buffer): Thumbnail {
  return { type: 'image/webp', bytes, sha256: sha256(bytes) }
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}
