import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { launchProgram } from './program.ts'

const READY_MS = 30_000

export type Product = {
  /** `http://localhost:<port>` */
  readonly url: string
  readonly sandboxUrl: string
  readonly directory: string
  readonly pid: number
  /** Everything it printed. */
  output(): string
  /** kill -9, as a crash; resolves when it is gone. */
  kill(): Promise<void>
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>
  readonly exited: Promise<number | null>
}

export type ProductOptions = {
  /** Kept over restarts when given; else a new one, removed by `stop`. */
  readonly directory?: string
  readonly port?: number
  readonly sandboxPort?: number
  readonly environment?: Readonly<Record<string, string>>
  readonly arguments?: readonly string[]
  /** A command that runs it, such as one that sets a limit first. */
  readonly before?: readonly string[]
}

/** Starts the built product as a user would, in an empty directory, and waits until it says that it is ready. */
export async function startProduct(options: ProductOptions = {}): Promise<Product> {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'trivet-e2e-')))
  const port = options.port ?? (await freePort())
  const sandboxPort = options.sandboxPort ?? (await freePort())
  const child = launchProgram('main.js', {
    ...options,
    directory,
    environment: { PORT: String(port), TRIVET_SANDBOX_PORT: String(sandboxPort), ...options.environment },
  })
  const exited = once(child, 'exit').then(([code]) => code as number | null)
  let printed = ''
  const ready = Promise.withResolvers<void>()
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) throw new Error('no output')
    createInterface({ input: stream }).on('line', (line) => {
      printed += `${line}\n`
      if (line.startsWith('Trivet is ready')) ready.resolve()
    })
  }
  const timer = setTimeout(() => ready.reject(new Error(`not ready:\n${printed}`)), READY_MS)
  exited.then((code) => ready.reject(new Error(`ended with ${code}:\n${printed}`)))
  try {
    await ready.promise
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  } finally {
    clearTimeout(timer)
  }
  return {
    url: `http://localhost:${port}`,
    sandboxUrl: `http://127.0.0.1:${sandboxPort}`,
    directory,
    pid: child.pid ?? 0,
    output: () => printed,
    exited,
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
    async stop() {
      child.kill('SIGTERM')
      const code = await exited
      if (options.directory === undefined) await rm(directory, { recursive: true, force: true })
      return code
    },
  }
}

export type Refusal = { readonly code: number | null; readonly output: string; readonly directory: string }

/**
 * Starts it where it is expected to refuse: what it prints, and its exit code.
 *
 * @param options.before a command that runs it, such as one that mounts something first
 */
export async function startRefused(
  environment: Readonly<Record<string, string>>,
  directory: string,
  options: { readonly arguments?: readonly string[]; readonly before?: readonly string[] } = {},
): Promise<Refusal> {
  const ports = { PORT: String(await freePort()), TRIVET_SANDBOX_PORT: String(await freePort()) }
  const child = launchProgram('main.js', { ...options, directory, environment: { ...ports, ...environment } })
  let output = ''
  child.stdout?.on('data', (chunk) => (output += chunk))
  child.stderr?.on('data', (chunk) => (output += chunk))
  const timer = setTimeout(() => child.kill('SIGKILL'), READY_MS)
  const read = once(child, 'close')
  const [code] = await once(child, 'exit')
  clearTimeout(timer)
  // A process it left behind, which would be a fault, holds its output open.
  await Promise.race([read, sleep(2000)])
  return { code: code as number | null, output, directory }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  return address.port
}
