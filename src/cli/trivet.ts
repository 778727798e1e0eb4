import { text } from 'node:stream/consumers'
import { StartError } from '#base'
import { builtDirectory, serve } from '../main.ts'
import { clientCommands } from './client.ts'
import { type Command, parseCommand } from './command.ts'
import { dev } from './dev.ts'
import { keysCommands } from './keys.ts'
import { migrateCommand } from './migrate.ts'
import { newMashup } from './new-mashup.ts'
import { registrationTokenCommands } from './registration-token.ts'
import type { CommandPlace } from './rooms.ts'
import { userCommands } from './user.ts'

const PLACE: CommandPlace = {
  workingDirectory: process.cwd(),
  print: console.log,
  async readInput() {
    if (process.stdin.isTTY) throw new StartError('A terminal would show what is typed: send it through a pipe.')
    return text(process.stdin)
  },
}

const COMMANDS: readonly Command[] = [
  {
    words: ['serve'],
    says: 'start the server; what is done where no command is named',
    options: {
      role: {
        type: 'string',
        shows: '--role all|web|worker',
        says: 'serve pages and work on runs, or only one of them',
      },
      // For `trivet dev`: ends when its standard input does, so that it does not outlive who started it.
      leash: { type: 'boolean' },
    },
    async run({ values: { role, leash } }) {
      if (leash) process.stdin.once('end', () => process.kill(process.pid, 'SIGTERM')).resume()
      await serve(typeof role === 'string' ? { TRIVET_ROLE: role } : {}, builtDirectory())
    },
  },
  {
    words: ['dev'],
    says: 'start the server, and again when a file of your own mash-ups or .env changes',
    run: () => dev({ workingDirectory: process.cwd(), program: process.argv[1] ?? '', print: console.log }),
  },
  {
    words: ['new', 'mashup'],
    argument: '<id>',
    says: 'write a mash-up that works, to begin with, into the folder of your own',
    json: true,
    run: ({ argument, json }) => newMashup({ id: argument, json, workingDirectory: process.cwd(), print: console.log }),
  },
  {
    words: ['migrate'],
    says: 'bring the database of DATABASE_URL up to date',
    json: true,
    run: ({ json }) => migrateCommand({ json, workingDirectory: process.cwd(), print: console.log }),
  },
  ...userCommands(PLACE),
  ...clientCommands(PLACE),
  ...registrationTokenCommands(PLACE),
  ...keysCommands(PLACE),
]

async function run(args: readonly string[]): Promise<void> {
  const parsed = parseCommand(COMMANDS, args)
  if ('usage' in parsed) return console.log(parsed.usage)
  await parsed.command.run(parsed.asked)
}

run(process.argv.slice(2)).catch((error: unknown) => {
  const told = error instanceof StartError
  if (told && process.argv.includes('--json')) console.log(JSON.stringify({ error: error.message }))
  else console.error(told ? error.message : error)
  process.exit(1)
})
