import { readdir, readFile, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock, Log } from '#base'
import type { DurableFiles } from '../disk/durable-files.ts'
import { type CacheEntry, type CacheMeta, encodeEntry, parseEntry } from './entry.ts'

/** A cache on the local disk: survives restarts, may be shared by processes, and may lose anything at any time. */
export type Cache = {
  /** The entry, which then counts as used just now. */
  get(key: string): Promise<CacheEntry | undefined>
  /** Keeps bytes below a key of lower-case hexadecimal digits. A disk that refuses them is logged, not thrown. */
  put(key: string, meta: CacheMeta, bytes: Uint8Array): Promise<void>
}

/** Eviction makes this much more room than needed, so that it is not needed for every entry. */
const HEADROOM = 0.1

export function createCache(options: {
  directory: string
  maxBytes: number
  files: DurableFiles
  clock: Clock
  log: Log
}): Cache {
  const { directory, maxBytes, clock } = options
  // Other processes write here too: what this one wrote since it last looked is only a part of the growth.
  let known: { total: number; grown: number } | undefined
  const path = (key: string) => {
    if (!/^[0-9a-f]+$/.test(key)) throw new TypeError('a cache key is lower-case hexadecimal')
    return join(directory, key)
  }
  const makeRoom = async (bytes: number) => {
    if (known && known.total + bytes <= maxBytes && known.grown <= maxBytes * HEADROOM) return
    known = { total: await evict(directory, maxBytes - bytes), grown: 0 }
  }
  return {
    async get(key) {
      const file = await readFile(path(key)).catch(ignoreMissing)
      if (file === undefined) return undefined
      const entry = parseEntry(file)
      if (entry === undefined) await rm(path(key), { force: true })
      else await utimes(path(key), clock.now(), clock.now()).catch(() => {})
      return entry
    },
    async put(key, meta, bytes) {
      const chunks = encodeEntry(meta, bytes)
      const size = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0)
      if (size > maxBytes) return
      try {
        await makeRoom(size)
        await options.files.write(path(key), chunks)
        await utimes(path(key), clock.now(), clock.now())
        if (known) known = { total: known.total + size, grown: known.grown + size }
      } catch (error) {
        options.log.warn({ error: String(error) }, 'An entry of the cache could not be written')
      }
    },
  }
}

/** Removes the least recently used until at most `maxBytes` are left, with some headroom; returns the bytes left. */
async function evict(directory: string, maxBytes: number): Promise<number> {
  const names = (await readdir(directory).catch(ignoreMissing)) ?? []
  const entries: { path: string; size: number; used: number }[] = []
  for (const name of names) {
    const path = join(directory, name)
    // Another process may evict at the same time.
    const found = await stat(path).catch(ignoreMissing)
    if (found) entries.push({ path, size: found.size, used: found.mtimeMs })
  }
  let total = entries.reduce((sum, entry) => sum + entry.size, 0)
  if (total <= maxBytes) return total
  for (const entry of entries.sort((a, b) => a.used - b.used)) {
    if (total <= maxBytes * (1 - HEADROOM)) break
    await rm(entry.path, { force: true })
    total -= entry.size
  }
  return total
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
  throw error
}
