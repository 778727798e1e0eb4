import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import type { Product } from './product.ts'

/** A connection to the embedded database of a running product, for what no page shows and for moving its clock. */
export async function withDatabase<T>(
  product: Pick<Product, 'directory'>,
  use: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const cluster = join(product.directory, '.trivet/postgres/cluster')
  const [port, password] = await Promise.all([
    readFile(join(cluster, 'port'), 'utf8'),
    readFile(join(cluster, 'password'), 'utf8'),
  ])
  const client = new pg.Client({
    host: '127.0.0.1',
    port: Number(port),
    user: 'trivet',
    password: password.trim(),
    database: 'trivet',
  })
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}

/** Moves the clock that leases and expiries are compared with; `0` puts it right again. */
export async function shiftClock(product: Pick<Product, 'directory'>, interval: string): Promise<void> {
  await withDatabase(product, (client) =>
    client.query('update trivet.clock_shift set shift = $1::interval', [interval]),
  )
}
