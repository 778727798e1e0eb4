import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTown, PASSWORD, type Town } from '../people.fixture.ts'
import { createRegistrationLimit } from './registration-limit.ts'

let town: Town
beforeAll(async () => {
  town = await createTown()
})
afterAll(() => town.close())

describe('new accounts from one network (security.md §10.15)', () => {
  it('100 in an hour, counted by all processes together; of 120 at once, too', async () => {
    const key = Buffer.alloc(32, 1)
    const limits = [1, 2].map(() => createRegistrationLimit({ tables: town.tables, key }))
    const waits = await Promise.all(Array.from({ length: 120 }, (_, n) => limits[n % 2]?.take('203.0.113.9')))
    expect(waits.filter((wait) => wait === 0)).toHaveLength(100)
    expect(Math.min(...waits.flatMap((wait) => (wait ? [wait] : [])))).toBeGreaterThan(500)
    expect(await limits[0]?.take('203.0.113.10')).toBe(0)
    // One /64 is one network.
    for (let n = 0; n < 100; n += 1) await limits[0]?.take(`2001:db8::${n}`)
    expect(await limits[1]?.take('2001:db8::ffff:1')).toBeGreaterThan(0)
  })

  it('then 429 with Retry-After, by JSON and by the form, which loses nothing that was typed', async () => {
    const from = { 'x-forwarded-for': '203.0.113.11' }
    await town.visitor(from).json('POST', '/register', { username: 'first', password: PASSWORD })
    await town.tables
      .updateTable('login_failure')
      .set({ blocked_until: new Date(Date.now() + 300_000) })
      .execute()
    const answer = await town.visitor(from).json('POST', '/register', { username: 'second', password: PASSWORD })
    expect(answer.status).toBe(429)
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(200)
    expect(answer.json).toMatchObject({ result: 'failed', error: 'too_many_registrations' })
    const typed = { username: 'second', password: PASSWORD, email: 'second@example.com' }
    const page = await town.visitor(from).submit('/register', typed)
    expect(page.status).toBe(429)
    expect(page.headers.get('retry-after')).not.toBeNull()
    expect(page.body).toContain('Too many accounts were made from your network')
    expect(page.body).toContain('second@example.com')
    const made = await town.tables.selectFrom('user_account').select('username').where('kind', '=', 'user').execute()
    expect(made).toEqual([{ username: 'first' }])
  })
})
