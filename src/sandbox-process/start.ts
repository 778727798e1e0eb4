import { spawn } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { type Log, StartError } from '#base'
import type { SandboxConfig } from '#config'

export type SandboxProcess = {
  /** Resolves when it has ended, in whatever way. */
  readonly ended: Promise<void>
  /** Asks it to end, and waits for that. May be called again. */
  stop(): Promise<void>
}

export type SandboxOptions = {
  /** The built sandbox (`dist/sandbox.js`). */
  readonly program: string
  readonly sandbox: SandboxConfig
  /** For its state; made where it is missing. */
  readonly directory: string
  readonly log: Log
}

const READY_MS = 10_000

/**
 * Starts Trivet's stand-ins for the providers as a process of their own, on loopback. It ends when we end, in whatever
 * way: its standard input is a pipe that only we hold.
 *
 * @throws StartError when it does not come up; its own words are in the message.
 */
export async function startSandbox(options: SandboxOptions): Promise<SandboxProcess> {
  const { program, sandbox, directory, log } = options
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const flags = ['--port', String(sandbox.port), '--state', directory, '--base-url', sandbox.browserUrl, '--leash']
  const child = spawn(process.execPath, [program, ...flags], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C is ours to pass on, after the runs that use it have stopped.
    detached: true,
    env: {},
  })
  let said = ''
  createInterface({ input: child.stderr }).on('line', (line) => {
    said = `${said}${line}\n`.slice(-2000)
    log.debug({ sandbox: line }, 'The sandbox says')
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  await ready(child, () => said, sandbox.port)
  let stopping = false
  child.once('exit', (code, signal) => {
    if (!stopping) log.warn({ code, signal }, 'The sandbox has ended')
  })
  return {
    ended,
    async stop() {
      stopping = true
      child.stdin.end()
      await ended
    },
  }
}

async function ready(child: ReturnType<typeof spawn>, said: () => string, port: number): Promise<void> {
  const { stdout } = child
  if (!stdout) throw new StartError('The sandbox has no output.')
  const lines = createInterface({ input: stdout })
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const fail = (what: string) =>
    reject(
      new StartError(
        `The sandbox ${what}. ${said().trim()} If port ${port} is taken, set TRIVET_SANDBOX_PORT to another one; TRIVET_SANDBOX=off does without it.`,
      ),
    )
  const timer = setTimeout(() => fail(`was not ready within ${READY_MS / 1000} s`), READY_MS)
  lines.once('line', () => resolve())
  child.once('exit', (code) => setTimeout(() => fail(`ended with code ${code}`), 50))
  child.once('error', (error) => fail(`could not be started: ${error.message}`))
  try {
    await promise
  } catch (error) {
    child.kill()
    throw error
  } finally {
    clearTimeout(timer)
  }
}
