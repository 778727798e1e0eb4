import { access, chmod, constants, lchown, lstat, mkdir, readdir, readFile, realpath, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { formatBytes, StartError } from '#base'

/** Where things are in the directory. The cluster moves into place as a whole, with its password. */
export type Places = {
  readonly directory: string
  readonly cluster: string
  /** PostgreSQL's own data directory. */
  readonly data: string
  readonly password: string
  readonly port: string
  readonly libraries: string
}

export type Owner = { readonly uid: number; readonly gid: number }

export const lockPrefix = 'owner-'

const elsewhere = 'set TRIVET_DATA_DIR to another directory, or DATABASE_URL to a PostgreSQL server'

/**
 * Makes the directory (0700) and finds its real path, which is what PostgreSQL's processes show in /proc.
 *
 * @throws StartError when it cannot be made or written to
 */
export async function prepareDirectory(path: string): Promise<Places> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 })
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK)
    await chmod(path, 0o700)
  } catch (error) {
    throw await directoryError(path, error)
  }
  const directory = await realpath(path)
  const cluster = join(directory, 'cluster')
  return {
    directory,
    cluster,
    data: join(cluster, 'data'),
    password: join(cluster, 'password'),
    port: join(cluster, 'port'),
    libraries: join(directory, 'libraries'),
  }
}

/** What the file system said, as a message that says what to do. `what` names the directory in it. */
export async function directoryError(
  path: string,
  error: unknown,
  what = 'The database directory',
): Promise<StartError> {
  const place = await nearest(path)
  // Node's recursive mkdir says ENOENT where a folder above is read-only: ask that folder itself.
  const asked = await access(place, constants.W_OK).catch((reason: unknown) => reason)
  const code = codeOf(error) === 'ENOENT' ? codeOf(asked) : codeOf(error)
  const subject = `${what} ${path}`
  let why = `${subject} cannot be used (${error instanceof Error ? error.message : 'unknown error'})`
  if (code === 'EROFS') {
    why = `${subject} is on a read-only file system. Make it writable`
  } else if (code === 'ENOTDIR' || code === 'EEXIST') {
    why = `${subject} cannot be made: a file of that name is in the way. Move it`
  } else if (code === 'EACCES' || code === 'EPERM') {
    why = `${subject} cannot be used: ${await denied(place)}`
  } else if (code === 'ENOSPC' || code === 'EDQUOT') {
    why = await fullDisk(place)
  }
  return new StartError(`${why}, ${elsewhere}.`, { cause: error })
}

async function denied(place: string): Promise<string> {
  const uid = process.getuid?.()
  const owner = await lstat(place).catch(() => undefined)
  if (!owner || owner.uid === uid) return `uid ${uid} may not write to ${place}. Change its permissions (chmod u+rwx)`
  return `${place} belongs to uid ${owner.uid}, and this process runs as uid ${uid}. Run it as that user, change the owner (chown -R ${uid} ${place})`
}

/** The deepest part of a path that is there. */
async function nearest(path: string): Promise<string> {
  const found = await lstat(path).catch(() => undefined)
  return found || dirname(path) === path ? path : nearest(dirname(path))
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

/** An empty cluster takes 30 MB, its log up to 256 MB more: with less than this a failure is probably about space. */
const enough = 64e6

/**
 * A program failed on the directory: says first what is likely wrong with the place, else what failed, then the
 * program's last lines.
 */
export async function programError(places: Places, what: string, tail: string): Promise<StartError> {
  const free = await freeBytes(places.directory)
  if (free !== undefined && free < enough) {
    return new StartError(`${what}. ${await fullDisk(places.directory)}, ${elsewhere}.\n${tail}`)
  }
  return new StartError(`${what}. The database directory is ${places.directory}. Its last lines:\n${tail}`)
}

async function fullDisk(path: string): Promise<string> {
  const free = await freeBytes(path)
  const left = free === undefined ? '' : `: ${formatBytes(free)} are left`
  return `The disk of ${path} is full${left}. Free some space (PostgreSQL needs about 300 MB)`
}

async function freeBytes(path: string): Promise<number | undefined> {
  return statfs(path).then(
    (found) => found.bavail * found.bsize,
    () => undefined,
  )
}

/**
 * The version the data was made with, or undefined when there is no cluster yet.
 *
 * @throws StartError when the directory holds something that is not our cluster
 */
export async function clusterVersion(places: Places): Promise<string | undefined> {
  if (await readFile(join(places.directory, 'PG_VERSION')).catch(() => undefined)) {
    throw new StartError(
      `${places.directory} is itself a PostgreSQL data directory, not made by Trivet. Set TRIVET_DATA_DIR to another directory, or start that server and set DATABASE_URL.`,
    )
  }
  const version = await readFile(join(places.data, 'PG_VERSION'), 'utf8').catch(() => undefined)
  if (version !== undefined) return version.trim()
  if (!(await lstat(places.cluster).catch(() => undefined))) return undefined
  throw new StartError(
    `${places.cluster} is in the way: it is not a PostgreSQL cluster that can be read (no data/PG_VERSION). Restore it from a backup or move it away, then a new one is made.`,
  )
}

/** @throws StartError: only an export and import crosses major versions */
export function checkVersion(places: Places, found: string, ours: string): void {
  if (found === ours) return
  throw new StartError(
    `The database in ${places.data} was made by PostgreSQL ${found}, and the built-in one is ${ours}; nothing was changed. Start the Trivet that made it, or run PostgreSQL ${found} on a copy and set DATABASE_URL to it, or set TRIVET_DATA_DIR to another directory for an empty database.`,
  )
}

/**
 * Gives everything to the user that is to run PostgreSQL, when that was another one: a directory used as root in one
 * way stays usable in another. The directory itself comes last, so that an interrupted change is taken up again.
 */
export async function takeOwnership(places: Places, owner: Owner): Promise<void> {
  const names = (await readdir(places.directory)).filter((name) => !name.startsWith(lockPrefix))
  const tops = [...names.map((name) => join(places.directory, name)), places.directory]
  const foreign = await Promise.all(tops.map(async (path) => (await lstat(path)).uid !== owner.uid))
  if (!foreign.includes(true)) return
  for (const name of names) {
    const top = join(places.directory, name)
    const inside = (await lstat(top)).isDirectory() ? await readdir(top, { recursive: true }) : []
    for (const path of inside) await lchown(join(top, path), owner.uid, owner.gid)
    await lchown(top, owner.uid, owner.gid)
  }
  await lchown(places.directory, owner.uid, owner.gid)
}
