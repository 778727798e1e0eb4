import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, type Product, startProduct } from '../harness/product.ts'
import { launchProgram } from '../harness/program.ts'
import { type Sandbox, sandboxAt } from '../harness/sandbox.ts'

/** What dies at once. Whatever is not named here has to notice by itself that its owner is gone. */
export const WAYS = [
  'product',
  'product, then PostgreSQL',
  'PostgreSQL, then product',
  'product and sandbox',
  'all three',
] as const
export type Way = (typeof WAYS)[number]

/** One directory and its two ports, in which the product is started, killed and started again. */
export type Place = {
  readonly directory: string
  readonly url: string
  readonly sandbox: Sandbox
  /** @returns milliseconds until it was ready. */
  start(): Promise<number>
  /** Starts and kills after so many milliseconds. @returns whether it was ready by then. */
  interruptStart(milliseconds: number): Promise<boolean>
  /** kill -9, the second victim so many milliseconds after the first. */
  kill(way: Way, gapMs: number): Promise<void>
  /** SIGTERM. @returns the exit code. */
  stop(): Promise<number | null>
  /** What all the starts of it printed about something, such as a run. */
  logAbout(text: string): string[]
  /** Processes that still run here although the product does not. */
  survivors(): Promise<string[]>
  remove(): Promise<void>
}

/** Small, so that pictures leave the cache again and are downloaded while somebody kills. */
const ENVIRONMENT = { TRIVET_CACHE_BYTES: '1000000' }

export async function createPlace(): Promise<Place> {
  const directory = await mkdtemp(join(tmpdir(), 'trivet-chaos-'))
  const [port, sandboxPort] = [await freePort(), await freePort()]
  const options = { directory, port, sandboxPort, environment: ENVIRONMENT }
  const url = `http://localhost:${port}`
  let product: Product | undefined
  const earlier: string[] = []
  const leave = () => {
    if (product) earlier.push(product.output())
    product = undefined
  }
  const running = () => {
    if (!product) throw new Error('the product does not run')
    return product
  }
  const postgres = () => pidIn(join(directory, '.trivet/postgres/cluster/data/postmaster.pid'))
  const stand = () => pidIn(join(directory, '.trivet/sandbox/lock'))

  return {
    directory,
    url,
    sandbox: sandboxAt(`http://127.0.0.1:${sandboxPort}`),
    async start() {
      const began = performance.now()
      product = await startProduct(options)
      return performance.now() - began
    },
    async interruptStart(milliseconds) {
      const child = launchProgram('main.js', {
        directory,
        environment: { PORT: String(port), TRIVET_SANDBOX_PORT: String(sandboxPort), ...ENVIRONMENT },
      })
      let printed = ''
      child.stdout?.on('data', (chunk) => (printed += chunk))
      child.stderr?.resume()
      const exited = once(child, 'exit')
      await Promise.race([exited, sleep(milliseconds)])
      child.kill('SIGKILL')
      await exited
      return printed.includes('Trivet is ready')
    },
    async kill(way, gapMs) {
      const { exited, pid } = running()
      const others = [
        ...(way.includes('PostgreSQL') || way === 'all three' ? [await postgres()] : []),
        ...(way.includes('sandbox') || way === 'all three' ? [await stand()] : []),
      ]
      const victims = way === 'PostgreSQL, then product' ? [...others, pid] : [pid, ...others]
      for (const [index, victim] of victims.entries()) {
        if (index > 0) await sleep(gapMs)
        if (victim !== undefined) end(victim)
      }
      await exited
      leave()
    },
    async stop() {
      const code = await running().stop()
      leave()
      return code
    },
    logAbout(text) {
      const lines = [...earlier, product?.output() ?? ''].join('\n').split('\n')
      return lines.filter((line) => line.includes(text))
    },
    async survivors() {
      const found = { PostgreSQL: await postgres(), sandbox: await stand() }
      return Object.entries(found).flatMap(([name, pid]) =>
        pid !== undefined && lives(pid) ? [`${name} (${pid})`] : [],
      )
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  }
}

/** The pid that a lock file begins with. */
async function pidIn(path: string): Promise<number | undefined> {
  const pid = Number.parseInt(await readFile(path, 'utf8').catch(() => ''), 10)
  return pid > 1 ? pid : undefined
}

function end(pid: number): void {
  if (lives(pid)) process.kill(pid, 'SIGKILL')
}

/** A zombie, which waits for PID 1 to take note of its end, is dead: proc_pid_stat(5), third field. */
function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch (error) {
    // No /proc on macOS.
    return process.platform !== 'linux' && error instanceof Error && 'syscall' in error && error.syscall === 'open'
  }
}
