import { pino } from 'pino'
import { describeError } from '#base'
import { type Config, loadConfig, readEnvironment } from '#config'
import { type OpenRooms, openRooms } from '../app.ts'

/** Where a command is run, and what it reads from and writes to. */
export type CommandPlace = {
  readonly workingDirectory: string
  print(line: string): void
  /** Standard input, whole. */
  readInput(): Promise<string>
}

/** Opens database and rooms for one command, and closes them whatever comes of it. */
export async function withRooms(
  { workingDirectory }: CommandPlace,
  use: (rooms: OpenRooms, config: Config) => Promise<void>,
): Promise<void> {
  const config = loadConfig(readEnvironment(workingDirectory), workingDirectory)
  // To standard error: standard output is the answer.
  const log = pino({ level: 'warn', serializers: { err: describeError } }, pino.destination({ dest: 2, sync: true }))
  const rooms = await openRooms(config, log)
  try {
    await use(rooms, config)
  } finally {
    await rooms.close()
  }
}
