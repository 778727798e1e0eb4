import { randomBytes } from 'node:crypto'
import { createServer } from './server.ts'

export type SandboxOptions = {
  /** Folder for everything that is kept; made if missing. One sandbox at a time per folder. */
  state: string
  /** 0 or absent: any free port. */
  port?: number
  /** Address seen from outside (may carry a path); absent: where it listens. */
  baseUrl?: string | undefined
  /** Milliseconds since the epoch; absent: the system's clock. */
  now?: () => number
}

export type Sandbox = {
  /** Where it listens: `http://127.0.0.1:<port>`. */
  url: string
  close(): Promise<void>
}

/**
 * Starts the stand-ins for Google (`<url>/google`), The Cat API (`<url>/thecatapi`), Discord (`<url>/discord`) and DiceBear
 * (`<url>/dicebear`) in this process, on loopback.
 * Rejects with the listen error (`code: 'EADDRINUSE'`) when the port is taken.
 */
export async function createSandbox({ state, port = 0, baseUrl, now = Date.now }: SandboxOptions): Promise<Sandbox> {
  const app = await createServer({ state, baseUrl: baseUrl?.replace(/\/+$/, ''), now, random: randomBytes })
  try {
    const url = await app.listen({ port, host: '127.0.0.1' })
    return { url, close: () => app.close() }
  } catch (error) {
    await app.close()
    throw error
  }
}
