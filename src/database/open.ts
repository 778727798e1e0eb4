import { Kysely, PostgresDialect } from 'kysely'
import { type Log, type Secret, StartError } from '#base'
import { createListener } from './listen.ts'
import { type LivenessLock, openLivenessLock } from './liveness-lock.ts'
import { preparingPool } from './often-run.ts'
import { openPool } from './pool.ts'

/** The oldest PostgreSQL that works: 15, for `NULLS NOT DISTINCT` and what DBOS asks for. */
const LEAST_VERSION = 150_000

/** No statement of ours but a migration takes nearly as long. */
const SILENCE_MS = 60_000

/** `name` is unique in the process. */
export type PreparedStatement = { readonly name: string; readonly text: string }

/** Typed handles on the tables of any room, in schema `trivet`. `T` maps table names to row types. */
export type TablesOf = <T>() => Kysely<T>

/** PostgreSQL as the rooms use it: a pool, one connection for LISTEN, and locks. */
export type Database = {
  /** For the engine of `runs` only, which opens its own pool. */
  readonly url: Secret
  /** A typed handle on the tables of one room, in schema `trivet`. `T` maps table names to row types. */
  tables<T>(): Kysely<T>
  /** Statements of several rooms as one: all of them count, or none when `work` throws. */
  transaction<R>(work: (tables: TablesOf) => Promise<R>): Promise<R>
  /** A statement that is parsed and planned once per connection: for the few that are run hundreds of times a second. */
  prepared<Row extends object>(statement: PreparedStatement, values: readonly unknown[]): Promise<Row[]>
  /**
   * Calls `handler` with the payload of every NOTIFY on the channel, from any process, and survives reconnects. What was
   * notified between two connections is lost (PostgreSQL manual, LISTEN): `onGap` is called when it listens again.
   *
   * @returns what ends it
   */
  listen(channel: string, handler: (payload: string) => void, onGap?: () => void): () => void
  /** Payload below 8,000 bytes; never anything secret. */
  notify(channel: string, payload: string): Promise<void>
  /** A lock that says "this process lives": see `openLivenessLock`. */
  livenessLock(key: (id: string) => string, id: string): Promise<LivenessLock>
  /** Whether it answers now. */
  ping(): Promise<boolean>
  close(): Promise<void>
}

/**
 * @param options.patient waits for an answer as long as it takes, for migrations; else a connection on which nothing
 *   came for a minute is given up as lost
 * @throws StartError when the server cannot be reached, refuses us, or is too old.
 */
export async function openDatabase(options: {
  url: Secret
  poolSize: number
  log: Log
  patient?: boolean
}): Promise<Database> {
  const silenceMs = options.patient ? 0 : SILENCE_MS
  const pool = openPool(options.url, { size: options.poolSize, log: options.log, silenceMs })
  try {
    const { rows } = await pool.query<{ version: number }>(
      `select current_setting('server_version_num')::int as version`,
    )
    const version = rows[0]?.version ?? 0
    if (version < LEAST_VERSION) {
      throw new StartError(`This PostgreSQL is version ${Math.floor(version / 10_000)}: Trivet needs 15 or newer.`)
    }
  } catch (error) {
    await pool.end()
    if (error instanceof StartError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new StartError(`The database cannot be used: ${reason}. Check DATABASE_URL, and that the server runs.`, {
      cause: error,
    })
  }
  const kysely = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: preparingPool(pool) }) }).withSchema(
    'trivet',
  )
  const listener = createListener(options)
  return {
    url: options.url,
    tables: <T>() => kysely as Kysely<T>,
    transaction: (work) => kysely.transaction().execute((trx) => work(<T>() => trx as Kysely<unknown> as Kysely<T>)),
    prepared: async <Row extends object>({ name, text }: PreparedStatement, values: readonly unknown[]) =>
      (await pool.query<Row>({ name, text, values: [...values] })).rows,
    listen: listener.listen,
    notify: async (channel, payload) => {
      await pool.query('select pg_notify($1, $2)', [channel, payload])
    },
    ping: () =>
      pool.query('select').then(
        () => true,
        () => false,
      ),
    livenessLock: (key, id) => openLivenessLock({ url: options.url, key, id, log: options.log }),
    close: async () => {
      await listener.close()
      await pool.end()
    },
  }
}
