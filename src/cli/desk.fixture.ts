import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { clientCommands } from './client.ts'
import { parseCommand } from './command.ts'
import { keysCommands } from './keys.ts'
import { registrationTokenCommands } from './registration-token.ts'
import type { CommandPlace } from './rooms.ts'
import { userCommands } from './user.ts'

/** A working directory with these settings, and command lines given there; for the test that asks for it. */
export async function createDesk(settings: Readonly<Record<string, string>>) {
  const workingDirectory = await mkdtemp(join(tmpdir(), 'trivet-command-'))
  onTestFinished(() => rm(workingDirectory, { recursive: true, force: true }))
  const lines = Object.entries(settings).map(([name, value]) => `${name}='${value}'\n`)
  await writeFile(join(workingDirectory, '.env'), lines.join(''))

  /** @returns what it printed */
  async function run(words: readonly string[], input = ''): Promise<string> {
    const printed: string[] = []
    const print = (line: string) => void printed.push(line)
    const place: CommandPlace = { workingDirectory, print, readInput: async () => input }
    const groups = [userCommands, clientCommands, registrationTokenCommands, keysCommands]
    const parsed = parseCommand(
      groups.flatMap((group) => group(place)),
      words,
    )
    if ('usage' in parsed) return parsed.usage
    await parsed.command.run(parsed.asked)
    return printed.join('\n')
  }

  return {
    workingDirectory,
    /** A line whose words hold no spaces. */
    run: (line: string, input?: string) => run(line.split(' '), input),
    runWords: run,
    json: async (line: string, input?: string) => JSON.parse(await run([...line.split(' '), '--json'], input)),
  }
}
