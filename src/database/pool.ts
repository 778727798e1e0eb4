import { Socket } from 'node:net'
import pg from 'pg'
import type { Log, Secret } from '#base'

/** PostgreSQL's `bigint` (OID 20) comes as text; every size and count of ours is below 2^53 and becomes a number. */
const INT8 = 20

/** Keep-alive finds hosts that vanished while a connection was idle, or was waiting for an answer. */
const KEEP_ALIVE = { keepAlive: true, keepAliveInitialDelayMillis: 5_000 }

/** @param options.silenceMs how long a statement may go without a byte from the server; 0: for ever */
export function openPool(url: Secret, options: { size: number; log: Log; silenceMs: number }): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url.reveal(),
    max: options.size,
    application_name: 'trivet',
    connectionTimeoutMillis: 10_000,
    ...KEEP_ALIVE,
    stream: () => impatientSocket(options.silenceMs),
    types: { getTypeParser: (oid, format) => (oid === INT8 ? Number : pg.types.getTypeParser(oid, format)) },
  })
  // Without a listener a restart of PostgreSQL ends the process (node-postgres: "idle clients can emit errors").
  pool.on('error', (error) => options.log.warn({ error: error.message }, 'A database connection was lost'))
  // The pool listens to idle connections only. One lost between two statements of a transaction has nobody, and an
  // error event without a listener ends the process; the next statement fails anyway.
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}

/**
 * A server that is there but does not answer, or a network that swallows, must not hold a request for ever. Not by
 * `query_timeout`: that leaves the connection in the pool, with the old statement still on it. The pool itself closes
 * connections that were idle for 10 s, so that silence here is always that of a statement or transaction.
 */
function impatientSocket(silenceMs: number): Socket {
  const socket = new Socket()
  socket.setTimeout(silenceMs, () => socket.destroy(new Error('Connection terminated: the database was silent')))
  return socket
}

/** A connection of its own, for session state: LISTEN and advisory locks. */
export function openClient(url: Secret, applicationName: string): pg.Client {
  return new pg.Client({
    connectionString: url.reveal(),
    application_name: applicationName,
    connectionTimeoutMillis: 10_000,
    ...KEEP_ALIVE,
  })
}
