import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { freePort, keepWatch, type Started } from '../product.ts'

/** What a server of its own process is told. */
export type Child = {
  readonly port: number
  readonly client: Client
  /** For a PostgreSQL of its own; without it all is held in memory. */
  readonly directory?: string | undefined
}
export type Client = { readonly id: string; readonly secret: string }

/** Starts this same program again, as one of the peers; it answers when this returns. */
export async function startPeer(name: string, told: Omit<Child, 'port'>): Promise<Started> {
  const port = await freePort()
  const began = performance.now()
  const child = spawn(process.execPath, [process.argv[1] ?? '', name, JSON.stringify({ ...told, port })], {
    env: { PATH: process.env['PATH'], NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = keepWatch(child)
  await Promise.race([once(child.stdout, 'data'), exited])
  if (child.pid === undefined || child.exitCode !== null) throw new Error(`${name} did not start`)
  child.stdout.resume()
  return {
    pid: child.pid,
    url: `http://localhost:${port}`,
    seconds: (performance.now() - began) / 1000,
    async stop() {
      child.kill('SIGTERM')
      await exited
    },
  }
}
