import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '#base'
import type { Binaries } from './binaries.ts'
import type { Places } from './directory.ts'
import { leashed } from './leash.ts'
import type { Runner } from './runner.ts'
import { readServerLog, type ServerLog } from './server-log.ts'
import { serverFlags } from './settings.ts'

export type Server = {
  /** PostgreSQL's own pid (the leash's is another). */
  readonly pid: number
  /** Resolves with the exit status when the server has ended, however that came. */
  readonly ended: Promise<number | undefined>
  readonly log: ServerLog
  /** Fast shutdown; after 5 s an immediate one, which costs a crash recovery at the next start. */
  stop(): Promise<void>
}

/** A start that did not come to its end. */
export type NotStarted = { readonly pid?: never; readonly log: ServerLog; readonly slow: boolean }

type Leash = ChildProcessByStdio<Writable, null, Readable>

/** Crash recovery replays at most max_wal_size, which takes seconds even on slow disks. */
const startPatience = 60_000
const stopPatience = 5000

/** Starts `postgres` and waits until it says that it accepts connections. */
export async function launchServer(options: {
  binaries: Binaries
  places: Places
  runner: Runner
  env: Record<string, string>
  port: number
  log: Log
}): Promise<Server | NotStarted> {
  const { binaries, places, runner } = options
  const flags = serverFlags(places.data, options.port)
  const [file = '', ...args] = [...runner.prefix, ...leashed([binaries.postgres, ...flags])]
  // Detached: Ctrl-C goes to the terminal's whole process group, and the server must outlive our draining.
  const child = spawn(file, args, {
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
    cwd: '/',
    env: options.env,
    ...runner.user,
  })
  child.stdin.on('error', () => {}) // ended before its leash did
  const ready = Promise.withResolvers<'ready'>()
  const log = readServerLog(child.stderr, options.log, (line) => {
    if (line.message.endsWith('ready to accept connections')) ready.resolve('ready')
  })
  const ended = endOf(child)
  const outcome = await within(startPatience, Promise.race([ready.promise, ended]))
  if (outcome === 'ready') {
    const pid = Number((await readFile(join(places.data, 'postmaster.pid'), 'utf8')).split('\n')[0])
    return { pid, ended, log, stop: () => stop(child, ended, pid, options.log) }
  }
  child.stdin.end()
  await within(stopPatience, ended)
  return { log, slow: outcome === 'late' }
}

/** The end of the leash, and of the log, whose last lines tell why. */
async function endOf(child: Leash): Promise<number | undefined> {
  const status = await new Promise<number | undefined>((resolve) => {
    const closed = once(child, 'close').catch(() => {})
    child.on('error', () => resolve(undefined))
    child.on('exit', async (code) => {
      child.stdin.destroy() // a shell that was killed leaves its other half holding the leash: let go
      await within(1000, closed)
      resolve(code ?? undefined)
    })
  })
  return status
}

async function stop(child: Leash, ended: Promise<unknown>, pid: number, log: Log): Promise<void> {
  child.stdin.end()
  if ((await within(stopPatience, ended)) !== 'late') return
  log.warn({ pid }, `PostgreSQL did not stop within ${stopPatience / 1000} s: stopping it at once`)
  try {
    process.kill(pid, 'SIGQUIT')
  } catch {
    return // it ended just now
  }
  await within(stopPatience, ended)
}

/** The promise's value, or `'late'` after so many milliseconds. */
async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T | 'late'> {
  const timer = new AbortController()
  const late = sleep(milliseconds, 'late' as const, { signal: timer.signal }).catch(() => 'late' as const)
  try {
    return await Promise.race([promise, late])
  } finally {
    timer.abort()
  }
}
