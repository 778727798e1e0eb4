import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** Another build than `dist` may be tested, such as a copy of it that nobody builds anew meanwhile. */
const BUILT = process.env['E2E_BUILT'] ?? join(import.meta.dirname, '../../dist')

/** Starts a built program (`main.js`, `sandbox.js`) with nothing of the tester's own settings, and waits for nothing. */
export function launchProgram(
  name: 'main.js' | 'sandbox.js' | 'trivet.js',
  options: {
    readonly directory: string
    readonly arguments?: readonly string[]
    readonly environment?: Readonly<Record<string, string>>
    readonly stdio?: StdioOptions
    /** A command that runs it, such as one that mounts something first. */
    readonly before?: readonly string[]
  },
): ChildProcess {
  const command = [...(options.before ?? []), process.execPath, join(BUILT, name), ...(options.arguments ?? [])]
  const [program = '', ...rest] = command
  return spawn(program, rest, {
    cwd: options.directory,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...options.environment },
    stdio: options.stdio ?? ['ignore', 'pipe', 'pipe'],
  })
}

/** Runs the product's program to its end, as `trivet migrate`. @throws with what it printed when it fails */
export async function runProgram(
  args: readonly string[],
  options: { readonly directory: string; readonly environment: Readonly<Record<string, string>> },
): Promise<string> {
  const child = launchProgram('main.js', { ...options, arguments: args })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (printed += chunk))
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`trivet ${args.join(' ')} ended with ${code}:\n${printed}`)
  return printed
}
