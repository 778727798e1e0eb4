/** What a cached thing is, besides its bytes; small and JSON. */
export type CacheMeta = Readonly<Record<string, string | number>>

/** What the cache keeps under one key. */
export type CacheEntry = { readonly meta: CacheMeta; readonly bytes: Buffer }

const NEWLINE = 0x0a

/** One file per entry, so that bytes and description can never come from two writers: a line of JSON, then the bytes. */
export function encodeEntry(meta: CacheMeta, bytes: Uint8Array): Uint8Array[] {
  return [Buffer.from(`${JSON.stringify({ size: bytes.byteLength, meta })}\n`), bytes]
}

/** Undefined for a file that is none of ours, or not whole. */
export function parseEntry(file: Buffer): CacheEntry | undefined {
  const end = file.indexOf(NEWLINE)
  if (end < 0) return undefined
  const bytes = file.subarray(end + 1)
  try {
    const head: unknown = JSON.parse(file.toString('utf8', 0, end))
    if (!isHead(head) || head.size !== bytes.byteLength) return undefined
    return { meta: head.meta, bytes }
  } catch {
    return undefined
  }
}

function isHead(value: unknown): value is { size: number; meta: CacheMeta } {
  if (typeof value !== 'object' || value === null || !('size' in value) || !('meta' in value)) return false
  const { size, meta } = value
  if (typeof size !== 'number' || typeof meta !== 'object' || meta === null) return false
  return Object.values(meta).every((one) => typeof one === 'string' || typeof one === 'number')
}
