import { sql } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '#testing'
import { isConnectionLost, whenReachable } from './connection-lost.ts'

let here: TestDatabase
beforeAll(async () => {
  here = await testDatabase()
})
afterAll(() => here.close())

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  )
}

test('a statement whose connection is ended by the server counts as lost, also as a cause', async () => {
  const db = here.database.tables<unknown>()
  const error = await errorOf(sql`select pg_terminate_backend(pg_backend_pid())`.execute(db))
  expect(error).toBeInstanceOf(Error)
  expect(isConnectionLost(error)).toBe(true)
  expect(isConnectionLost(new Error('wrapped', { cause: error }))).toBe(true)
})

test('a server that is not there counts as lost', async () => {
  const client = new pg.Client({ host: '127.0.0.1', port: 1 })
  expect(isConnectionLost(await errorOf(client.connect()))).toBe(true)
})

test('a statement that the server refuses does not, nor does an error of anybody else', async () => {
  const db = here.database.tables<unknown>()
  // A connection that was just lost may be handed out once more.
  await whenReachable(() => sql`select 1`.execute(db))
  expect(isConnectionLost(await errorOf(sql`select 1 / 0`.execute(db)))).toBe(false)
  expect(isConnectionLost(await errorOf(sql`select * from nowhere`.execute(db)))).toBe(false)
  expect(isConnectionLost(new Error('the author made a mistake'))).toBe(false)
  expect(isConnectionLost(Object.assign(new Error('no such file'), { code: 'ENOENT', syscall: 'open' }))).toBe(false)
  expect(isConnectionLost(undefined)).toBe(false)
})

test('whenReachable tries again after a lost connection, and only then', async () => {
  const db = here.database.tables<unknown>()
  let tried = 0
  const { rows } = await whenReachable(async () => {
    tried += 1
    return tried === 1
      ? sql<{ one: number }>`select pg_terminate_backend(pg_backend_pid()), 0 as one`.execute(db)
      : sql<{ one: number }>`select 1 as one`.execute(db)
  })
  expect([tried, rows[0]?.one]).toEqual([2, 1])
  await expect(whenReachable(() => sql`select 1 / 0`.execute(db))).rejects.toThrow('division by zero')
})
