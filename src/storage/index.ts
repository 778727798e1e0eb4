/** Files that runs own, written so that a crash leaves none half there; and a bounded cache. Owns FlyDrive. */
export type { Cache } from './cache/cache.ts'
export type { CacheEntry, CacheMeta } from './cache/entry.ts'
export { STORAGE_ERRORS, type StorageErrorCode } from './errors.ts'
export type { FileRef } from './file-ref.ts'
export { createStorage, type FileToWrite, type LooseFile, type Storage, type StoredFile } from './storage.ts'
