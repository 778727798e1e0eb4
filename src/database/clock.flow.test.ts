import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '#testing'

let test: TestDatabase
beforeAll(async () => {
  test = await testDatabase()
})
beforeEach(() => test.shift(0))
afterAll(() => test.close())

async function seconds(expression: string): Promise<number> {
  const { rows } = await sql<{ s: number }>`select extract(epoch from ${sql.raw(expression)})::float8 as s`.execute(
    test.database.tables<unknown>(),
  )
  return rows[0]?.s ?? Number.NaN
}

it('trivet.clock() is the time of the database', async () => {
  expect(await seconds('trivet.clock() - clock_timestamp()')).toBeCloseTo(0, 1)
})

it.each([1, -3600, 30 * 24 * 3600])('moves by %i s in all, not in addition, for every connection', async (shift) => {
  await test.shift(99)
  await test.shift(shift)
  expect(await seconds('trivet.clock() - clock_timestamp()')).toBeCloseTo(shift, 1)
  const other = await test.open()
  const { rows } = await sql<{ s: number }>`
    select extract(epoch from trivet.clock() - clock_timestamp())::float8 as s`.execute(other.tables<unknown>())
  expect(rows[0]?.s).toBeCloseTo(shift, 1)
})

it('goes on within one transaction: a lease taken late in it is not backdated', async () => {
  await test.database
    .tables<unknown>()
    .transaction()
    .execute(async (tx) => {
      const read = async () =>
        (await sql<{ at: Date }>`select trivet.clock() as at`.execute(tx)).rows[0]?.at.getTime() ?? 0
      const before = await read()
      await sql`select pg_sleep(0.02)`.execute(tx)
      expect((await read()) - before).toBeGreaterThanOrEqual(19)
    })
})

it('stamps rows by default, so that shifted tests see shifted rows', async () => {
  await test.shift(3600)
  const { ownerId } = await test.guest()
  expect(
    await seconds(`(select created_at from trivet.user_account where id = '${ownerId}') - clock_timestamp()`),
  ).toBeCloseTo(3600, 0)
})

it('has one shift only: a second row is refused', async () => {
  await expect(
    sql`insert into trivet.clock_shift values (false, '1 hour')`.execute(test.database.tables<unknown>()),
  ).rejects.toThrow('check constraint')
})
