import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'

export type Ended = {
  /** The exit status; undefined when it could not be started, was ended by a signal or took too long. */
  readonly status: number | undefined
  /** stdout and stderr as they came. */
  readonly output: string
}

export type Program = {
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly uid?: number
  readonly gid?: number
  /** Milliseconds. */
  readonly timeout: number
}

const mostOutput = 64_000

/** Runs a program to its end. Its stdin is a pipe that stays open, so that `leashed` commands work. */
export function runProgram(program: Program): Promise<Ended> {
  return new Promise<Ended>((resolve) => {
    const child = start(program)
    let output = ''
    const collect = (chunk: Buffer) => {
      if (output.length < mostOutput) output += chunk.toString()
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    child.stdin.on('error', () => {}) // ended before its stdin did: its status says the rest
    const timer = setTimeout(() => {
      output += `\nno end within ${program.timeout / 1000} s`
      child.stdin.destroy()
      child.kill('SIGKILL')
    }, program.timeout)
    child.on('error', (error) => {
      clearTimeout(timer)
      resolve({ status: undefined, output: error.message })
    })
    child.on('close', (status) => {
      clearTimeout(timer)
      child.stdin.destroy()
      resolve({ status: status ?? undefined, output: output.trim() })
    })
  }).catch((error: unknown) => ({ status: undefined, output: String(error) }))
}

/** @throws for instance EPERM, where root may not become another user */
function start(program: Program): ChildProcessWithoutNullStreams {
  const [file = '', ...args] = program.command
  return spawn(file, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    cwd: '/',
    env: { ...program.env },
    ...(program.uid === undefined ? {} : { uid: program.uid }),
    ...(program.gid === undefined ? {} : { gid: program.gid }),
  })
}

/** The last lines of an output, for a message. */
export function lastLines(output: string, count = 10): string {
  return output.trim().split('\n').slice(-count).join('\n')
}
