import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startBalancer } from './balancer.ts'
import { type Postgres, startPostgres } from './postgres.ts'
import { freePort, type Product, startProduct } from './product.ts'
import { launchProgram, runProgram } from './program.ts'
import { type Sandbox, sandboxAt } from './sandbox.ts'

/** Several processes of the product as one: one database, one key, one folder of files, one address, one sandbox. */
export type Replicas = {
  /** Where people come. */
  readonly url: string
  /** Where all of them work. */
  readonly directory: string
  readonly sandbox: Sandbox
  readonly postgres: Postgres
  start(role?: 'all' | 'web' | 'worker'): Promise<Product>
  /** Who serves people from now on, in turns. */
  route(...products: readonly Product[]): void
  close(): Promise<void>
}

/** @param settings further settings of every process */
export async function createReplicas(settings: Readonly<Record<string, string>> = {}): Promise<Replicas> {
  const directory = await mkdtemp(join(tmpdir(), 'trivet-replicas-'))
  const [postgres, balancer, sandbox] = await Promise.all([
    startPostgres(),
    startBalancer(),
    startSandbox(directory, settings),
  ])
  const environment = {
    DATABASE_URL: postgres.url,
    TRIVET_MASTER_KEY: `replicas:${randomBytes(32).toString('base64url')}`,
    TRIVET_DATA_DIR: join(directory, 'data'),
    TRIVET_PUBLIC_URL: balancer.url,
    TRIVET_SANDBOX_URL: sandbox.url,
    ...settings,
  }
  await runProgram(['migrate'], { directory, environment })
  const started: Product[] = []
  return {
    url: balancer.url,
    directory,
    sandbox: sandboxAt(sandbox.url),
    postgres,
    async start(role = 'all') {
      const options = { directory, port: await freePort(), environment, arguments: ['--role', role] }
      const product = await startProduct(options)
      started.push(product)
      return product
    },
    route: (...products) => balancer.route(products.map(({ url }) => Number(new URL(url).port))),
    async close() {
      await Promise.all(started.map((product) => product.kill()))
      await Promise.all([postgres.stop(), balancer.close(), sandbox.stop()])
      await rm(directory, { recursive: true, force: true })
    },
  }
}

async function startSandbox(
  directory: string,
  settings: Readonly<Record<string, string>>,
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const { TRIVET_PUBLIC_URL: publicUrl = '', TRIVET_SANDBOX_MOUNT: mount } = settings
  const child = launchProgram('sandbox.js', {
    directory,
    arguments: [
      ...['--state', join(directory, 'sandbox'), '--port', '0', '--leash'],
      ...(mount === undefined ? [] : ['--base-url', `${publicUrl}${mount}`]),
    ],
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  if (!child.stdout || !child.stdin) throw new Error('the sandbox has no streams')
  const exited = once(child, 'exit')
  const [line] = await Promise.race([once(child.stdout, 'data'), exited])
  const { ready } = JSON.parse(String(line)) as { ready: string }
  return {
    url: ready,
    async stop() {
      child.stdin?.end()
      await exited
    },
  }
}
