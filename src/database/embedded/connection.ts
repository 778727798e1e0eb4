import pg from 'pg'
import { Secret, StartError } from '#base'
import { database, superuser } from './settings.ts'

/**
 * A real connection, which proves that it is our cluster behind the port (with SCRAM the server too has to know the
 * password), and makes our database where it is missing.
 *
 * @returns the URL of the database
 * @throws StartError when the password file is not that of the cluster
 */
export async function openDatabase(port: number, password: string, passwordFile: string): Promise<Secret> {
  try {
    await withClient(port, password, database, async () => {})
  } catch (error) {
    const code = sqlstate(error)
    if (code === '28P01') {
      throw new StartError(
        `PostgreSQL refused the password in ${passwordFile}: the file is not the one this database was made with. Restore it from a backup.`,
        { cause: error },
      )
    }
    if (code !== '3D000') throw error // invalid_catalog_name: the first start
    await withClient(port, password, 'postgres', async (client) => {
      await client.query(`CREATE DATABASE ${pg.escapeIdentifier(database)}`)
    })
  }
  return databaseUrl(port, password)
}

export function databaseUrl(port: number, password: string): Secret {
  return new Secret(`postgresql://${superuser}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`)
}

async function withClient(port: number, password: string, name: string, use: (client: pg.Client) => Promise<void>) {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: superuser,
    password,
    database: name,
    ssl: false,
    connectionTimeoutMillis: 10_000,
    query_timeout: 30_000,
  })
  client.on('error', () => {}) // the server's end while connected: the query rejects as well
  try {
    await client.connect()
    await use(client)
  } finally {
    await client.end()
  }
}

function sqlstate(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined
}
