import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readEnvironment } from '#config'

/** A few files are looked at so often: it sees folders that come and go, and is the same on every file system. */
const LOOK_MS = 250
/** A server that does not end by then (a mash-up may be in an endless loop) is ended. */
const END_MS = 5000

/**
 * `trivet dev`: the server as a process of its own, started again when a file of one's own mash-ups or `.env` changes,
 * also where it could not start. Ends with it when asked to by a signal.
 *
 * @param options.program path of the built program
 */
export async function dev(options: {
  readonly workingDirectory: string
  readonly program: string
  readonly print: (line: string) => void
}): Promise<void> {
  const stopping = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort())
  const { signal } = stopping
  const look = () => lookAt(watched(options.workingDirectory))
  const start = () => {
    const args = [...process.execArgv, options.program, 'serve', '--leash']
    const child = spawn(process.execPath, args, {
      stdio: ['pipe', 'inherit', 'inherit'],
    })
    child.once('exit', (code, by) => {
      if (child.killed || signal.aborted) return
      options.print(`Trivet ended (${by ?? code}). It starts again when a mash-up or .env changes.`)
    })
    return child
  }

  let seen = await look()
  let server = start()
  while (!signal.aborted) {
    await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined)
    const now = await look()
    if (now === seen || signal.aborted) continue
    seen = await settled(look, now)
    options.print('A mash-up or .env changed: starting again.')
    await end(server)
    if (!signal.aborted) server = start()
  }
  await end(server)
  process.exit(0)
}

/** What is watched; the folder is asked for again each time, as `.env` may name another one. */
function watched(workingDirectory: string): { readonly folder: string; readonly file: string } {
  const folder = readEnvironment(workingDirectory)['TRIVET_MASHUPS']?.trim() || './mashups'
  return { folder: resolve(workingDirectory, folder), file: join(workingDirectory, '.env') }
}

/** Names, times and sizes of all that is watched, as one text. */
async function lookAt({ folder, file }: ReturnType<typeof watched>): Promise<string> {
  const paths = [file, ...(await sourcesIn(folder)).sort()]
  const seen = await Promise.all(paths.map((path) => stat(path).catch(() => undefined)))
  return JSON.stringify(paths.map((path, index) => [path, seen[index]?.mtimeMs, seen[index]?.size]))
}

/** What mash-ups are made of, near and far; nothing where the folder is not there. */
async function sourcesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const found = entries.map((entry) => {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') return []
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return sourcesIn(path)
    return /\.(m?[jt]s|json)$/.test(entry.name) ? [path] : []
  })
  return (await Promise.all(found)).flat()
}

/** An editor may write a file in several goes: how it looks once it stays the same. */
async function settled(look: () => Promise<string>, last: string): Promise<string> {
  for (let before = last; ; ) {
    await sleep(LOOK_MS / 2)
    const now = await look()
    if (now === before) return now
    before = now
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  // Not SIGINT: pressed in a terminal, it has got one already, and a second one would cut its end short.
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), END_MS)
  await exited
  clearTimeout(timer)
}
