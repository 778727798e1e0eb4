import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { freePort, keepWatch, type Started } from './product.ts'

/** Starts this same program again, as one of the servers beside ours; it answers when this returns. */
export async function startPeer(name: string, told: object): Promise<Started> {
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
