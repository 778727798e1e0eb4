import type { PostgresPool, PostgresPoolClient } from 'kysely'
import type pg from 'pg'

/** From then on parsing and planning it once more would cost more than keeping it. */
const RUNS = 10
/** Each connection keeps as many plans, of some 10 kB, on the side of PostgreSQL. */
const MOST_NAMES = 200
const MOST_SEEN = 1000

/**
 * Names for statements that are run again and again, so that PostgreSQL parses and plans them once per connection
 * (PostgreSQL manual, PREPARE). By their text alone, as pgjdbc does it (`prepareThreshold`); what is run now and then,
 * or with another text each time, such as lists of values, stays without.
 */
export function createStatementNames(): (text: string) => string | undefined {
  const names = new Map<string, string>()
  const seen = new Map<string, number>()
  return (text) => {
    const known = names.get(text)
    if (known !== undefined || names.size >= MOST_NAMES) return known
    const runs = (seen.get(text) ?? 0) + 1
    if (runs < RUNS) {
      if (seen.size >= MOST_SEEN) seen.clear()
      seen.set(text, runs)
      return undefined
    }
    seen.delete(text)
    const name = `often_${names.size + 1}`
    names.set(text, name)
    return name
  }
}

/** A pool for Kysely whose statements get such names. Those without values (`begin`, `commit`) go out as they are. */
export function preparingPool(pool: pg.Pool): PostgresPool {
  const nameOf = createStatementNames()
  // Kysely keeps what belongs to a connection by the object that it gets.
  const clients = new WeakMap<pg.PoolClient, PostgresPoolClient>()

  function wrap(client: pg.PoolClient): PostgresPoolClient {
    const query = async (text: string, values: readonly unknown[]) => {
      const name = values.length > 0 ? nameOf(text) : undefined
      return client.query({ ...(name === undefined ? {} : { name }), text, values: [...values] })
    }
    return Object.create(client, { query: { value: query } })
  }

  return {
    async connect() {
      const client = await pool.connect()
      const known = clients.get(client)
      if (known) return known
      const wrapped = wrap(client)
      clients.set(client, wrapped)
      return wrapped
    },
    end: () => pool.end(),
    options: pool.options,
  }
}
