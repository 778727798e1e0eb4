import { readFile, readlink, unlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Log, StartError } from '#base'
import type { Places } from './directory.ts'

/** What to put into the environment of `postgres`. */
export type Leftover = { readonly PG_GRANDPARENT_PID?: string }

const patience = 5000

/**
 * Deals with the `postmaster.pid` of an earlier server. To be called under our lock, so whatever runs on the data now
 * has lost its owner.
 *
 * - That server still runs: it is stopped, and waited for.
 * - The pid now belongs to somebody else (a reboot, a container where everything starts at pid 1), or is a zombie
 *   nobody collects: PostgreSQL would refuse for ever. It ignores a lock file of its own grandparent, so we name that
 *   pid as such; removing the file would also remove the check for backends that are still there.
 * - The pid is gone: PostgreSQL sees that itself.
 *
 * @throws StartError when the other server does not stop
 */
export async function clearStalePid(places: Places, log: Log): Promise<Leftover> {
  const path = join(places.data, 'postmaster.pid')
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) return {}
  const pid = Math.abs(Number(text.split('\n')[0])) // negative: a server in single-user mode
  if (!Number.isSafeInteger(pid) || pid <= 1) {
    await unlink(path) // written half, by a full disk: PostgreSQL would stop at it each time
    return {}
  }
  const state = await stateOf(pid, places.data)
  if (state === 'gone') return {}
  if (state === 'other') return { PG_GRANDPARENT_PID: String(pid) }
  log.warn({ pid, directory: places.directory }, 'a PostgreSQL without owner still runs on the directory: stopping it')
  await stopServer(pid, places)
  return {}
}

/** Fast shutdown, then immediate shutdown; never SIGKILL, which would leave shared memory and backends behind. */
async function stopServer(pid: number, places: Places): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    send(pid, signal)
    for (const end = Date.now() + patience; Date.now() < end; await sleep(20)) {
      if ((await stateOf(pid, places.data)) !== 'ours') return
    }
  }
  throw new StartError(
    `Another PostgreSQL (pid ${pid}) runs on ${places.data} and does not stop. End it (kill -QUIT ${pid}), or set TRIVET_DATA_DIR to another directory.`,
  )
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // Ended meanwhile, or not ours to end: the caller looks again.
  }
}

async function stateOf(pid: number, data: string): Promise<'gone' | 'ours' | 'other'> {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: a process of another user, which PostgreSQL ignores as well.
    return error instanceof Error && 'code' in error && error.code === 'EPERM' ? 'other' : 'gone'
  }
  return (await isServerOf(pid, data)) ? 'ours' : 'other'
}

/**
 * PostgreSQL works inside its data directory, so /proc names it. A zombie has neither program nor folder. Where there
 * is no /proc (macOS), a live pid counts as another's: if it is a server of ours, PostgreSQL's own check of the shared
 * memory still refuses, and the start is tried again until that server has ended.
 */
async function isServerOf(pid: number, data: string): Promise<boolean> {
  const [program, folder] = await Promise.all(
    [readlink(`/proc/${pid}/exe`), readlink(`/proc/${pid}/cwd`)].map((link) => link.catch(() => '')),
  )
  return basename(program ?? '').startsWith('postgres') && folder === data
}
