import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Binaries } from './binaries.ts'
import { directoryError, type Places, programError } from './directory.ts'
import { leashed } from './leash.ts'
import { giveTo, writeOwned } from './owned-file.ts'
import { lastLines, runProgram } from './program.ts'
import type { Runner } from './runner.ts'
import { initialiseFlags } from './settings.ts'

const prefix = 'initialise-'

/** What a start that was killed during initdb left behind. To be called under the lock. */
export async function removeUnfinished(places: Places): Promise<void> {
  for (const name of await readdir(places.directory)) {
    if (name.startsWith(prefix)) await remove(join(places.directory, name))
  }
}

/**
 * Makes the cluster and its password in a temporary folder and moves them into place in one step, so that there is
 * either a whole cluster with its password or none.
 *
 * @throws StartError when initdb fails; nothing is left then
 */
export async function initialise(binaries: Binaries, places: Places, runner: Runner, env: Record<string, string>) {
  const temporary = join(places.directory, `${prefix}${randomBytes(6).toString('hex')}`)
  try {
    await mkdir(temporary, { mode: 0o700 })
    const password = join(temporary, 'password')
    await writeOwned(password, randomBytes(32).toString('base64url'), runner.owner)
    await giveTo(temporary, runner.owner)
    const flags = initialiseFlags(join(temporary, 'data'), password)
    const ended = await runProgram({
      command: [...runner.prefix, ...leashed([binaries.initdb, ...flags])],
      env,
      ...runner.user,
      timeout: 60_000,
    })
    if (ended.status !== 0) {
      throw await programError(places, 'PostgreSQL could not make its data directory (initdb)', lastLines(ended.output))
    }
    await rename(temporary, places.cluster)
    await syncFolder(places.directory)
  } catch (error) {
    await remove(temporary)
    throw error instanceof Error && 'code' in error ? await directoryError(places.directory, error) : error
  }
}

/** The rename itself must outlive a power cut. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** An initdb that lost its owner may still be cleaning up in there: then a folder is "not empty", for a moment. */
async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
}
