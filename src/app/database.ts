import { join } from 'node:path'
import { type Log, StartError } from '#base'
import type { Config } from '#config'
import { type Database, migrate, openDatabase, pendingMigrations, startEmbeddedPostgres } from '#database'
import type { Closing } from './closing.ts'

/** The embedded PostgreSQL allows 40; the engine, LISTEN and the lock have their own. */
const CONNECTIONS = 8

export type ConnectedDatabase = {
  readonly database: Database
  /** For the lines printed at the start. */
  readonly mode: string
  /** Resolves with a reason when it has ended for good. */
  readonly ended: Promise<string>
}

/** The PostgreSQL of `DATABASE_URL`, whose schema has to be up to date, or our own, which is brought up to date here. */
export function connectDatabase(config: Config, log: Log, closing: Closing): Promise<ConnectedDatabase> {
  return config.databaseUrl ? connectExternal(config.databaseUrl, log, closing) : startOwn(config, log, closing)
}

async function startOwn(config: Config, log: Log, closing: Closing): Promise<ConnectedDatabase> {
  const embedded = await startEmbeddedPostgres({ directory: join(config.dataDir, 'postgres'), log })
  closing.add(() => embedded.stop())
  // Patient for the migrations: and no network is between us that could swallow an answer.
  const database = await openDatabase({ url: embedded.url, poolSize: CONNECTIONS, log, patient: true })
  closing.add(() => database.close())
  await migrate(database)
  return { database, mode: `embedded PostgreSQL, ${embedded.mode}`, ended: embedded.died }
}

async function connectExternal(
  url: NonNullable<Config['databaseUrl']>,
  log: Log,
  closing: Closing,
): Promise<ConnectedDatabase> {
  const database = await openDatabase({ url, poolSize: CONNECTIONS, log })
  closing.add(() => database.close())
  const pending = await pendingMigrations(database)
  if (pending.length > 0) {
    throw new StartError(`The database is not up to date (${pending.length} migrations): run "npx trivet migrate".`)
  }
  // It comes back, or somebody else sees to that: the pool reconnects.
  return { database, mode: 'PostgreSQL of DATABASE_URL', ended: new Promise(() => undefined) }
}
