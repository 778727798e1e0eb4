import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** The started product, and how long it took from the command to the first page. */
export type Started = {
  readonly pid: number
  readonly url: string
  readonly seconds: number
  /** SIGTERM; resolves when it is gone. */
  stop(): Promise<void>
}

// Measurements run bundled, from `dist`.
const ROOT = join(import.meta.dirname, '..')
/** `USER_HZ`: what `/proc/<pid>/stat` counts in, whatever the kernel's own clock does (proc(5)). */
const TICKS_PER_SECOND = 100

/** Whatever happens here, nothing is left running. */
const running = new Set<Pick<ChildProcess, 'kill'>>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Ends it with this process, at the latest. @returns resolves when it is gone */
export function keepWatch(child: ChildProcess): Promise<unknown> {
  running.add(child)
  return once(child, 'exit').finally(() => running.delete(child))
}

/** The same for one that was started elsewhere. @returns to be called when it is gone */
export function keepWatchOf(pid: number): () => void {
  const other = { kill: () => process.kill(pid, 'SIGKILL') }
  running.add(other)
  return () => void running.delete(other)
}

/** `npm start` without npm's own time, in a directory, on free ports. */
export async function startProduct(
  directory: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<Started> {
  const [port, sandboxPort] = [await freePort(), await freePort()]
  const began = performance.now()
  const child = spawn(process.execPath, [join(ROOT, 'scripts/start.mjs')], {
    cwd: directory,
    env: {
      PATH: process.env['PATH'],
      PORT: String(port),
      TRIVET_SANDBOX_PORT: String(sandboxPort),
      LOG_LEVEL: 'warn',
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = keepWatch(child)
  let ready = false
  for await (const line of createInterface({ input: child.stdout })) {
    ready = line.startsWith('Trivet is ready')
    if (ready) break
  }
  if (!ready || child.pid === undefined) throw new Error('the product did not start')
  child.stdout.resume()
  const url = `http://localhost:${port}`
  await fetch(url)
  return {
    pid: child.pid,
    url,
    seconds: (performance.now() - began) / 1000,
    async stop() {
      child.kill('SIGTERM')
      await exited
    },
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}

/** Resident memory of one process alone, in MB. */
export function residentMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1000
}

/** Processor time that one process has taken so far, in steps of 10 ms. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name, second field, may hold spaces; user and system time are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}
