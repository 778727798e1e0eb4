import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { blankDatabase } from './blank-database.fixture.ts'

const NAMES = sql<{ name: string; statement: string }>`select name, statement from pg_prepared_statements`

describe('statements that are run again and again', () => {
  it('are prepared once on their connection, others are not; results are the same', async () => {
    const database = await (await blankDatabase()).open()
    await database.transaction(async (tables) => {
      const db = tables<object>()
      const found: unknown[] = []
      for (let run = 1; run <= 15; run += 1) {
        const { rows } = await sql<{ sum: number }>`select ${run}::int + 1 as sum`.execute(db)
        found.push(rows[0]?.sum)
      }
      await sql`select ${1}::int as once`.execute(db)
      expect(found).toEqual(Array.from({ length: 15 }, (_, index) => index + 2))
      expect((await NAMES.execute(db)).rows).toEqual([
        { name: expect.any(String), statement: 'select $1::int + 1 as sum' },
      ])
    })
  })

  it('work on connections that have not seen them, and after one of them failed', async () => {
    const database = await (await blankDatabase()).open()
    const db = database.tables<object>()
    const divide = async (by: number) =>
      (await sql<{ part: number }>`select 12 / ${by}::int as part`.execute(db)).rows[0]?.part
    for (let run = 0; run < 12; run += 1) expect(await divide(3)).toBe(4)
    await expect(divide(0)).rejects.toThrow('division by zero')
    expect(await Promise.all([divide(1), divide(2), divide(3), divide(4)])).toEqual([12, 6, 4, 3])
  })
})
