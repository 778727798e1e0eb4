import { join } from 'node:path'
import { type Log, StartError } from '#base'
import type { Config } from '#config'
import {
  type Database,
  DirectoryInUse,
  migrate,
  openDatabase,
  pendingMigrations,
  runningEmbeddedPostgres,
  startEmbeddedPostgres,
} from '#database'
import type { Closing } from './closing.ts'

/** The embedded PostgreSQL allows 40; the engine, LISTEN and the lock have their own. */
const CONNECTIONS = 8
/** Of a command, beside a server that has its own. */
const CONNECTIONS_BESIDE = 2

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

/**
 * The same for a command. Where a server runs on our own PostgreSQL, the command goes through that one and changes
 * nothing about it.
 */
export async function connectBeside(config: Config, log: Log, closing: Closing): Promise<Database> {
  try {
    return (await connectDatabase(config, log, closing)).database
  } catch (error) {
    if (!(error instanceof DirectoryInUse)) throw error
    return await connectRunning(config, log, closing, error)
  }
}

async function connectRunning(config: Config, log: Log, closing: Closing, inUse: StartError): Promise<Database> {
  const url = await runningEmbeddedPostgres(postgresDirectory(config))
  const database = url && (await openDatabase({ url, poolSize: CONNECTIONS_BESIDE, log }).catch(() => undefined))
  // It is about to start or to stop.
  if (!database) throw inUse
  closing.add(() => database.close())
  if ((await pendingMigrations(database)).length === 0) return database
  throw new StartError('The Trivet that runs on this database is an older one: stop it first.')
}

async function startOwn(config: Config, log: Log, closing: Closing): Promise<ConnectedDatabase> {
  const embedded = await startEmbeddedPostgres({ directory: postgresDirectory(config), log })
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

function postgresDirectory({ dataDir }: Config): string {
  return join(dataDir, 'postgres')
}
