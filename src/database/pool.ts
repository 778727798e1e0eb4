import pg from 'pg'
import type { Log, Secret } from '#base'

/** PostgreSQL's `bigint` (OID 20) comes as text; every size and count of ours is below 2^53 and becomes a number. */
const INT8 = 20

export function openPool(url: Secret, options: { size: number; log: Log }): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url.reveal(),
    max: options.size,
    application_name: 'trivet',
    connectionTimeoutMillis: 10_000,
    types: { getTypeParser: (oid, format) => (oid === INT8 ? Number : pg.types.getTypeParser(oid, format)) },
  })
  // Without a listener a restart of PostgreSQL ends the process (node-postgres: "idle clients can emit errors").
  pool.on('error', (error) => options.log.warn({ error: error.message }, 'A database connection was lost'))
  // The pool listens to idle connections only. One lost between two statements of a transaction has nobody, and an
  // error event without a listener ends the process; the next statement fails anyway.
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}

/** A connection of its own, for session state: LISTEN and advisory locks. Keep-alive finds hosts that vanished. */
export function openClient(url: Secret, applicationName: string): pg.Client {
  return new pg.Client({
    connectionString: url.reveal(),
    application_name: applicationName,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5_000,
  })
}
