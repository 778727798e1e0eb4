import { afterAll, beforeAll, expect, it } from 'vitest'
import { KEY_TIMING } from '#crypto'
import { type TestDatabase, testDatabase } from '#testing'
import { createDesk } from './desk.fixture.ts'

let test: TestDatabase
beforeAll(async () => {
  test = await testDatabase()
})
afterAll(() => test.close())

const desk = () => createDesk({ DATABASE_URL: test.url.reveal(), TRIVET_MASTER_KEY: `k1:${'A'.repeat(43)}` })

it('a rotation publishes a key that signs later; a second one at that time does nothing', async () => {
  const { json, run } = await desk()
  const before = (await json('keys list')).keys
  expect(before.map(({ alg, state }: Record<string, string>) => `${alg} ${state}`).sort()).toEqual([
    'ES256 signing',
    'RS256 signing',
  ])
  const { rotated, key } = await json('keys rotate ES256')
  expect(rotated).toBe(true)
  expect(key).toMatchObject({ alg: 'ES256', state: 'published', removedAfter: null })
  expect(Date.parse(key.signsFrom) - Date.parse(key.createdAt)).toBe(KEY_TIMING.publishedBeforehand * 1000)
  expect(await json('keys rotate ES256')).toEqual({ rotated: false, key })
  expect(await run('keys rotate ES256')).toContain(
    `Nothing was done, a new key is waiting already: ES256 key ${key.kid}`,
  )

  const { keys } = await json('keys list')
  expect(keys).toEqual([...before, key])
  expect(await run('keys list')).toMatch(new RegExp(`^${key.kid} +ES256 +published `, 'm'))
})

it('shows nothing of a private key', async () => {
  const { run } = await desk()
  const sealed = await test.database
    .tables<{ signing_key: { sealed_private_key: string } }>()
    .selectFrom('signing_key')
    .selectAll()
    .execute()
  const shown = (await run('keys list')) + (await run('keys list --json'))
  for (const { sealed_private_key } of sealed) expect(shown).not.toContain(sealed_private_key)
  expect(shown).not.toMatch(/"d":|sealed/)
})

it.each(['es256', 'HS256', 'none'])('keys rotate %s is refused', async (alg) => {
  const { run } = await desk()
  await expect(run(`keys rotate ${alg}`)).rejects.toThrow(`"${alg}" is no algorithm of ours: ES256 or RS256`)
})
