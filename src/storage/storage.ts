import { join } from 'node:path'
import { Readable } from 'node:stream'
import { Disk } from 'flydrive'
import { type Clock, Failure, isId, type Log, newId, systemClock } from '#base'
import type { Database, TablesOf } from '#database'
import { type Cache, createCache } from './cache/cache.ts'
import { DurableDriver } from './disk/durable-driver.ts'
import { createDurableFiles } from './disk/durable-files.ts'
import { type Measure, measured } from './disk/measured.ts'
import { fileMissing, fileOwnerGone } from './errors.ts'
import type { FileRef } from './file-ref.ts'
import { isForeignKeyViolation, storedFileStore } from './store/stored-file.ts'
import type { StorageTables } from './store/tables.ts'

/** A file to be kept, whose it is, and the most bytes that it may have. */
export type FileToWrite = {
  readonly source: AsyncIterable<Uint8Array> | Uint8Array
  readonly name: string
  readonly type: string
  readonly ownerId: string | null
  readonly runId: string | null
  /** Writing the same id again replaces the file, so a step that is repeated leaves one. A new one unless told. */
  readonly id?: string
  readonly maxBytes: number
}

/** A file that is kept, and whose it is; its bytes are read by `stream()`. */
export type StoredFile = {
  readonly ref: FileRef
  readonly ownerId: string | null
  readonly runId: string | null
  stream(): Readable
}

/** A file that belongs to no run; `size` in bytes. */
export type LooseFile = {
  readonly id: string
  readonly name: string
  readonly size: number
  readonly createdAt: Date
}

/** Files that people own, and the cache. */
export type Storage = {
  /**
   * Keeps a file; it is there for good when this returns.
   *
   * @throws Failure `file_too_large`, `storage_full`, `storage_read_only`, `file_owner_gone`; what `source` throws.
   */
  write(file: FileToWrite): Promise<FileRef>
  /** A file with whom it belongs to, or `undefined`. The caller decides who may see it. */
  open(id: string): Promise<StoredFile | undefined>
  /** All bytes of a file, in memory. @throws Failure `file_missing` */
  read(ref: FileRef): Promise<Buffer>
  /** The bytes of a file; fails with `file_missing` while it is read. */
  stream(ref: FileRef): Readable
  /** Files of an owner that belong to no run, the newest first; those of a run go where their run goes. */
  loose(tables: TablesOf, ownerId: string): Promise<readonly LooseFile[]>
  /** Gives such files to another owner, within a transaction. */
  moveLoose(
    tables: TablesOf,
    move: { readonly from: string; readonly to: string; readonly ids: readonly string[] },
  ): Promise<void>
  /** Removes all files of a run. May be repeated. */
  removeRun(runId: string): Promise<void>
  /** Removes all files of an owner, of runs or not. May be repeated. */
  removeOwner(ownerId: string): Promise<void>
  readonly cache: Cache
}

/** Files that people's runs own, on disk, with one row each in the database; and a cache beside them. */
export function createStorage(options: {
  database: Database
  /** `<data directory>/files`; made when first needed. */
  directory: string
  /** Most bytes of the cache. */
  cacheBytes: number
  log: Log
  clock?: Clock
}): Storage {
  const clock = options.clock ?? systemClock
  const files = createDurableFiles({ temporary: join(options.directory, 'temporary'), clock })
  const disk = new Disk(new DurableDriver(options.directory, files))
  const store = storedFileStore(options.database)

  async function* read(id: string, name: string): AsyncGenerator<Uint8Array> {
    const row = await store.find(id)
    if (!row) throw fileMissing(name)
    try {
      yield* (await disk.getStream(row.key)) as AsyncIterable<Uint8Array>
    } catch (error) {
      throw error instanceof Error && 'code' in error && error.code === 'ENOENT' ? fileMissing(name, error) : error
    }
  }
  const stream = (ref: FileRef) => Readable.from(read(ref.id, ref.name), { objectMode: false })

  return {
    stream,
    async write(file) {
      const id = file.id ?? newId(clock.now().getTime())
      assertId(id)
      if (file.runId !== null) assertId(file.runId)
      const key = file.runId === null ? `file/${id}` : `run/${file.runId}/${id}`
      const measure = await put(disk, key, file)
      const ref: FileRef = { id, name: file.name, type: file.type, ...measure }
      const saved = await store
        .save({ ...ref, key, owner_id: file.ownerId, run_id: file.runId })
        .catch(async (error: unknown) => {
          if (!isForeignKeyViolation(error)) throw error
          await disk.delete(key)
          throw fileOwnerGone(error)
        })
      if (!saved) throw new TypeError(`the file id ${id} is taken by another owner or run`)
      return ref
    },
    async open(id) {
      const row = isId(id) ? await store.find(id) : undefined
      if (!row) return undefined
      const ref: FileRef = { id, name: row.name, type: row.type, size: row.size, sha256: row.sha256 }
      return { ref, ownerId: row.owner_id, runId: row.run_id, stream: () => stream(ref) }
    },
    async read(ref) {
      const chunks: Uint8Array[] = []
      for await (const chunk of read(ref.id, ref.name)) chunks.push(chunk)
      return Buffer.concat(chunks)
    },
    loose: (tables, ownerId) => store.listLoose(tables<StorageTables>(), ownerId),
    async moveLoose(tables, move) {
      if (move.ids.length > 0) await store.moveLoose(tables<StorageTables>(), move)
    },
    async removeRun(runId) {
      assertId(runId)
      // Rows last: while one is left, a removal that broke off is found and repeated.
      await disk.deleteAll(`run/${runId}`)
      await store.removeRun(runId)
    },
    async removeOwner(ownerId) {
      assertId(ownerId)
      for (const key of await store.keysOfOwner(ownerId)) await disk.delete(key)
      await store.removeOwner(ownerId)
    },
    cache: createCache({
      directory: join(options.directory, 'cache'),
      maxBytes: options.cacheBytes,
      files,
      clock,
      log: options.log,
    }),
  }
}

/** Ids become paths: one that is none would reach beyond its place. */
function assertId(id: string): void {
  if (!isId(id)) throw new TypeError('an id of a file or run is a UUID in lower case')
}

async function put(disk: Disk, key: string, file: FileToWrite): Promise<Measure> {
  const measure = Promise.withResolvers<Measure>()
  const source = measured(file.source, { maxBytes: file.maxBytes, done: measure.resolve })
  try {
    await disk.putStream(key, Readable.from(source, { objectMode: false }))
  } catch (error) {
    // FlyDrive wraps what went wrong.
    throw error instanceof Error && error.cause instanceof Error && !(error instanceof Failure) ? error.cause : error
  }
  return measure.promise
}
