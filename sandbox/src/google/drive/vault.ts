import { createHash } from 'node:crypto'
import {
  closeSync,
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { rm, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** Bytes that arrived and are not a file yet. */
export type Incoming = { path: string; size: number; md5Checksum: string; sha256Checksum: string; head: Buffer }

const HEAD_BYTES = 32

/** Passes bytes through and knows their sizes and sums. */
function createMeter() {
  const md5 = createHash('md5')
  const sha256 = createHash('sha256')
  let size = 0
  let head = Buffer.alloc(0)
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      md5.update(chunk)
      sha256.update(chunk)
      size += chunk.length
      if (head.length < HEAD_BYTES) head = Buffer.concat([head, chunk]).subarray(0, HEAD_BYTES)
      done(null, chunk)
    },
  })
  const read = () => ({ size, md5Checksum: md5.digest('hex'), sha256Checksum: sha256.digest('hex'), head })
  return { stream, read }
}

/** Where the bytes lie: `files/<id>` for what is in a Drive, `incoming/<name>` for what is on its way. */
export function openVault(dir: string, newName: () => string) {
  const files = join(dir, 'files')
  const incoming = join(dir, 'incoming')
  for (const folder of [files, incoming]) mkdirSync(folder, { recursive: true, mode: 0o700 })
  const fileOf = (id: string) => join(files, id)
  const sessionOf = (upload: string) => join(incoming, upload)

  return {
    /** Streams to disk; a broken source leaves nothing behind. */
    async receive(source: AsyncIterable<Buffer>): Promise<Incoming> {
      const path = join(incoming, `body-${newName()}`)
      const meter = createMeter()
      try {
        await pipeline(source, meter.stream, createWriteStream(path, { mode: 0o600 }))
      } catch (error) {
        await rm(path, { force: true })
        throw error
      }
      return { path, ...meter.read() }
    },

    /** Appends to an upload session's bytes; what arrived before a break stays. */
    append: (upload: string, source: AsyncIterable<Buffer>) =>
      pipeline(source, createWriteStream(sessionOf(upload), { flags: 'a', mode: 0o600 })),

    stored: async (upload: string) => (existsSync(sessionOf(upload)) ? (await stat(sessionOf(upload))).size : 0),

    cutTo: async (upload: string, size: number) => {
      if (existsSync(sessionOf(upload))) await truncate(sessionOf(upload), size)
    },

    /** The bytes of a complete session, measured. */
    async finish(upload: string): Promise<Incoming> {
      const path = sessionOf(upload)
      const meter = createMeter()
      closeSync(openSync(path, 'a', 0o600))
      await pipeline(createReadStream(path), meter.stream, async (chunks) => {
        for await (const _ of chunks);
      })
      return { path, ...meter.read() }
    },

    /** Before the commit that names the file: a kill in between leaves an orphan, never a file without bytes. */
    keep: ({ path }: Incoming, id: string) => renameSync(path, fileOf(id)),

    discard: (path: string) => rm(path, { force: true }),
    discardSession: (upload: string) => rm(sessionOf(upload), { force: true }),
    read: (id: string) => createReadStream(fileOf(id)),

    /** Removes what no row names: leftovers of a kill, or everything after a reset. */
    sweep(ids: ReadonlySet<string>, uploads: ReadonlySet<string>) {
      for (const name of readdirSync(files)) if (!ids.has(name)) rmSync(fileOf(name))
      for (const name of readdirSync(incoming)) if (!uploads.has(name)) rmSync(sessionOf(name))
    },
  }
}

export type Vault = ReturnType<typeof openVault>
