import { createServer } from 'node:net'
import { inspect } from 'node:util'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished, vi } from 'vitest'
import { Secret, StartError } from '#base'
import { capturedLog, silentLog, type TestDatabase, testDatabase } from '#testing'
import { query } from './blank-database.fixture.ts'
import { isConnectionLost } from './connection-lost.ts'
import { openDatabase } from './open.ts'
import { openPool } from './pool.ts'

let test: TestDatabase
beforeAll(async () => {
  test = await testDatabase()
})
afterAll(() => test.close())

const KILL_ALL = `select pg_terminate_backend(pid) from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid() and application_name = 'trivet'`

describe('openDatabase', () => {
  const PASSWORD = 'hunter2-pw'

  it.each([
    ['nobody listens', (port: number) => `postgresql://trivet:${PASSWORD}@127.0.0.1:${port}/trivet`],
    ['the password is wrong', () => inject('databaseUrl').replace(/:[^:@/]+@/, `:${PASSWORD}@`)],
    ['the database is missing', () => `${inject('databaseUrl')}_missing`],
    ['the host is unknown', () => `postgresql://trivet:${PASSWORD}@no-such-host.invalid/trivet`],
  ])('stops the start where %s: says to check DATABASE_URL, and never the password', async (_title, address) => {
    const url = address(await closedPort())
    const error = await openDatabase({ url: new Secret(url), poolSize: 1, log: silentLog }).catch((reason) => reason)
    expect(error).toBeInstanceOf(StartError)
    expect(error.message).toContain('DATABASE_URL')
    expect(inspect(error, { depth: 5 })).not.toContain(PASSWORD)
    expect(inspect(error, { depth: 5 })).not.toContain(new URL(url).password)
  })

  it('leaves no connection behind when the start is stopped', async () => {
    const held = new Set<unknown>()
    // Takes the connection and hangs up: a port that something else than PostgreSQL listens on.
    const stranger = createServer((socket) => {
      held.add(socket)
      socket.on('close', () => held.delete(socket)).on('error', () => undefined)
      socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    })
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve))
    const address = stranger.address()
    const port = typeof address === 'object' ? address?.port : 0
    const url = new Secret(`postgresql://u:p@127.0.0.1:${port}/d`)
    await expect(openDatabase({ url, poolSize: 1, log: silentLog })).rejects.toBeInstanceOf(StartError)
    await vi.waitUntil(() => held.size === 0, { timeout: 5000 })
    await new Promise((resolve) => stranger.close(resolve))
  })
})

describe('types', () => {
  it('gives bigint as number, timestamptz as Date, jsonb as value, bytea as Buffer', async () => {
    const { rows } = await sql<Record<string, unknown>>`select 9007199254740991::bigint as big,
      '2026-11-20T09:00:00Z'::timestamptz as at, '{"a":[1,null]}'::jsonb as json, '\\x00ff'::bytea as bytes`.execute(
      test.database.tables<unknown>(),
    )
    expect(rows[0]).toEqual({
      big: Number.MAX_SAFE_INTEGER,
      at: new Date('2026-11-20T09:00:00Z'),
      json: { a: [1, null] },
      bytes: Buffer.from([0, 255]),
    })
  })
})

describe('a lost connection', () => {
  it('that was idle is noted in the log and replaced; the process lives', async () => {
    const { log, text } = capturedLog()
    const database = await openDatabase({ url: test.url, poolSize: 2, log })
    await database.notify('x', '')
    await query(test.url, KILL_ALL)
    await vi.waitUntil(() => text().includes('A database connection was lost'), { timeout: 5000 })
    await database.notify('x', '')
    expect(text()).not.toContain(new URL(test.url.reveal()).password)
    await database.close()
  })

  it('in the middle of a transaction, between two statements, fails that transaction and nothing else', async () => {
    const { log } = capturedLog()
    const database = await openDatabase({ url: test.url, poolSize: 2, log })
    const broken = vi.fn()
    process.on('uncaughtException', broken)
    try {
      const transaction = database
        .tables<unknown>()
        .transaction()
        .execute(async (tx) => {
          await sql`insert into trivet.encryption_key (key_id) values ('half')`.execute(tx)
          await query(test.url, KILL_ALL)
          await new Promise((resolve) => setTimeout(resolve, 50))
          await sql`select 1`.execute(tx)
        })
      await expect(transaction).rejects.toThrow()
      expect(broken).not.toHaveBeenCalled()
    } finally {
      process.off('uncaughtException', broken)
    }
    expect(await query(test.url, `select from trivet.encryption_key where key_id = 'half'`)).toEqual([])
    await database.notify('x', '')
    await database.close()
  })
})

describe('ping', () => {
  it('says whether the database answers now', async () => {
    const database = await openDatabase({ url: test.url, poolSize: 1, log: silentLog })
    expect(await database.ping()).toBe(true)
    await database.close()
    expect(await database.ping()).toBe(false)
  })
})

describe('a database that does not answer', () => {
  const pooled = (silenceMs: number) => {
    const pool = openPool(test.url, { size: 1, log: silentLog, silenceMs })
    onTestFinished(() => pool.end())
    return pool
  }

  it('holds a statement for so long, then the connection counts as lost, and the next one is a new one', async () => {
    const pool = pooled(200)
    await expect(pool.query('select pg_sleep(30)')).rejects.toSatisfy(isConnectionLost)
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  })

  it('is waited for as long as it takes by who is patient, as migrations are', async () => {
    expect((await pooled(0).query('select 1 as one from pg_sleep(0.4)')).rows).toEqual([{ one: 1 }])
  })
})

async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 1
}
