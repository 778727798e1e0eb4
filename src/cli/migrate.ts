import { pino } from 'pino'
import { StartError } from '#base'
import { loadConfig, readEnvironment } from '#config'
import { migrate, openDatabase } from '#database'
import { migrateEngine } from '#runs'

/** `trivet migrate`: our schema and the engine's, for a database that is not the embedded one. */
export async function migrateCommand(options: {
  readonly workingDirectory: string
  readonly json: boolean
  readonly print: (line: string) => void
}): Promise<void> {
  const config = loadConfig(readEnvironment(options.workingDirectory), options.workingDirectory)
  if (!config.databaseUrl)
    throw new StartError('DATABASE_URL is not set. The embedded database is kept up to date by every start.')
  const database = await openDatabase({
    url: config.databaseUrl,
    poolSize: 2,
    log: pino({ level: 'warn' }),
    patient: true,
  })
  try {
    const ran = await migrate(database)
    await migrateEngine(config.databaseUrl)
    if (options.json) options.print(JSON.stringify({ migrations: ran }))
    else options.print(ran.length === 0 ? 'The database was up to date.' : `Done: ${ran.join(', ')}`)
  } finally {
    await database.close()
  }
}
