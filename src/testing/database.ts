import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import pg from 'pg'
import { inject } from 'vitest'
import { newId, Secret } from '#base'
import { type Database, openDatabase } from '#database'
import { silentLog } from './log.ts'

/** A database of its own for a test file. */
export type TestDatabase = {
  readonly database: Database
  readonly url: Secret
  /** A second process's view: another pool on the same database. */
  open(): Promise<Database>
  /** Moves `trivet.clock()` on by so many seconds (in all, not in addition). */
  shift(seconds: number): Promise<void>
  /** A guest account, and its browser session. */
  guest(): Promise<{ ownerId: string; sessionId: string; kind: 'guest' }>
  close(): Promise<void>
}

/** A real database of its own, cloned from the migrated template in some 40 ms. */
export async function testDatabase(): Promise<TestDatabase> {
  const server = inject('databaseUrl')
  const name = `test_${randomBytes(6).toString('hex')}`
  const template = new URL(server).pathname.slice(1)
  await administer(server, `create database ${name} template "${template}"`)
  const address = new URL(server)
  address.pathname = `/${name}`
  const url = new Secret(address.href)
  const opened: Database[] = []
  const open = async () => {
    const database = await openDatabase({ url, poolSize: 4, log: silentLog })
    opened.push(database)
    return database
  }
  const database = await open()
  const db = database.tables<unknown>()
  return {
    database,
    url,
    open,
    async shift(seconds) {
      await sql`update trivet.clock_shift set shift = make_interval(secs => ${seconds})`.execute(db)
    },
    async guest() {
      const guest = { ownerId: newId(), sessionId: newId(), kind: 'guest' as const }
      await sql`insert into trivet.user_account (id, kind) values (${guest.ownerId}, 'guest')`.execute(db)
      await sql`insert into trivet.browser_session (id, secret_hash, owner_id, ends_at)
        values (${guest.sessionId}, ${randomBytes(32)}, ${guest.ownerId}, trivet.clock() + interval '12 hours')`.execute(
        db,
      )
      return guest
    },
    async close() {
      await Promise.all(opened.map((one) => one.close()))
      await administer(server, `drop database if exists ${name} with (force)`)
    },
  }
}

/** `create database … template` fails while another one is being cloned: it is tried again. */
async function administer(server: string, statement: string): Promise<void> {
  const address = new URL(server)
  address.pathname = '/template1'
  for (let attempt = 1; ; attempt += 1) {
    const client = new pg.Client({ connectionString: address.href })
    await client.connect()
    try {
      await client.query(statement)
      return
    } catch (error) {
      if (attempt === 50 || !(error instanceof Error) || !/being accessed|already being/.test(error.message))
        throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    } finally {
      await client.end()
    }
  }
}
