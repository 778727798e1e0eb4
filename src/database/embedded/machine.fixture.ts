import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { copyFile, link, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { beforeAll, onTestFinished } from 'vitest'
import { findBinaries } from './binaries.ts'

export const silent = { debug() {}, info() {}, warn() {}, error() {} }
export const isRoot = process.getuid?.() === 0

/** A folder that closes itself to others (0700) and goes away with the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'embedded-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }))
  return folder
}

/** A directory for all tests of a file, for those that leave it usable: making a new cluster is what takes time. */
export function directoryForAll(): () => string {
  let directory = ''
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'embedded-'))
    directory = join(folder, 'postgres')
    return () => rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  })
  return () => directory
}

export type Owner = {
  readonly process: ChildProcess
  /** The next line it prints. */
  line(): Promise<Record<string, unknown>>
  stop(): Promise<void>
  kill(signal: NodeJS.Signals): Promise<void>
}

/** Starts a process that owns a PostgreSQL; `before` is a command that runs it. */
export function startOwner(
  directory: string,
  options: { binaries?: string; uid?: number; before?: readonly string[]; detached?: boolean } = {},
): Owner {
  const script = fileURLToPath(new URL('./owner.fixture.ts', import.meta.url))
  const command = [...(options.before ?? []), process.execPath, script, directory, options.binaries ?? '']
  const [file = '', ...args] = command
  const child = spawn(file, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    cwd: '/',
    detached: options.detached ?? false,
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const exited = once(child, 'exit')
  onTestFinished(async () => {
    child.stdin.destroy()
    child.kill('SIGKILL')
    await exited
  })
  return {
    process: child,
    line: async () => {
      const next = await lines.next()
      return next.done ? { ended: true } : JSON.parse(next.value)
    },
    stop: async () => {
      child.stdin.write('stop\n')
      await exited
    },
    kill: async (signal) => {
      child.kill(signal)
      await exited
    },
  }
}

/** Gone, or a zombie that init has not collected yet. */
export async function isGone(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return stat === '' || stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z')
}

/** Milliseconds until the process is gone. */
export async function timeToEnd(pid: number, most = 5000): Promise<number> {
  const begin = performance.now()
  while (!(await isGone(pid)) && performance.now() - begin < most) await sleep(5)
  return performance.now() - begin
}

/** A copy (by hard links) of the installed programs; on request without the symlinks that npm's install script makes. */
export async function copyPrograms(folder: string, options: { links: boolean }): Promise<string> {
  const from = join(findBinaries().directory, 'native')
  const into = join(folder, 'programs', 'native')
  await mkdir(into, { recursive: true })
  for (const entry of await readdir(from, { recursive: true, withFileTypes: true })) {
    const source = join(entry.parentPath, entry.name)
    const target = join(into, relative(from, source))
    if (entry.isDirectory()) await mkdir(target, { recursive: true })
    else if (!entry.isSymbolicLink()) await link(source, target).catch(() => copyFile(source, target))
    else if (options.links) await symlink(await readlink(source), target)
  }
  return join(folder, 'programs')
}

const namespaces = spawnSync('/usr/bin/unshare', ['--mount', 'true']).status === 0

/** Why tests that mount something cannot run, or false. */
export const noMounts: string | false = namespaces ? false : 'needs root and mount namespaces'

/** A command that runs another one where these shell lines were run first, with mounts that only it can see. */
export function withMounts(lines: string): readonly string[] {
  return ['/usr/bin/unshare', '--mount', 'sh', '-ec', `${lines}\nexec "$@"`, 'sh']
}

/** Hides programs of the machine, as if they were not installed. */
export function without(...names: readonly string[]): readonly string[] {
  const paths = names.flatMap((name) => [`/usr/bin/${name}`, `/bin/${name}`]).filter((path) => existsSync(path))
  return withMounts(paths.map((path) => `mount --bind /dev/null ${path}`).join('\n'))
}
