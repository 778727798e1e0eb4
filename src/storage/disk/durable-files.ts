import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Clock, newId } from '#base'
import { failedWrite } from '../errors.ts'

/** A write under way takes minutes; what is older was left by a process that died. */
const ABANDONED_SECONDS = 86_400
/** Names of files tell who ran what; nobody else on the machine has to see them. */
const PRIVATE = 0o700

/**
 * Writes files that are either wholly there or not at all, whatever dies in between: temporary file, fsync, rename,
 * fsync of the directory (rename alone does not survive a power cut: rename(2), fsync(2)).
 */
export type DurableFiles = {
  /** Replaces the file at `path`. @throws Failure `storage_full`, `storage_read_only`; what `source` throws, as it is. */
  write(path: string, source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void>
}

export function createDurableFiles(options: { temporary: string; clock: Clock }): DurableFiles {
  let prepared: Promise<void> | undefined
  const prepare = async () => {
    await mkdir(options.temporary, { recursive: true, mode: PRIVATE })
    await removeAbandoned(options.temporary, options.clock)
  }
  return {
    async write(path, source) {
      try {
        prepared ??= prepare()
        await prepared
        await writeFile(path, source, join(options.temporary, newId()))
      } catch (error) {
        prepared = undefined
        throw failedWrite(error)
      }
    },
  }
}

async function writeFile(
  path: string,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  temporary: string,
): Promise<void> {
  try {
    await using file = await open(temporary, 'wx', 0o600)
    await file.writeFile(source)
    await file.sync()
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  const created = await mkdir(dirname(path), { recursive: true, mode: PRIVATE })
  try {
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await syncDirectory(dirname(path))
  if (created !== undefined) await syncDirectory(dirname(created))
}

async function syncDirectory(path: string): Promise<void> {
  await using directory: FileHandle = await open(path, 'r')
  await directory.sync()
}

async function removeAbandoned(directory: string, clock: Clock): Promise<void> {
  for (const name of await readdir(directory)) {
    const path = join(directory, name)
    const found = await stat(path).catch(() => undefined)
    if (found && clock.now().getTime() - found.mtimeMs > ABANDONED_SECONDS * 1000) await rm(path, { force: true })
  }
}
