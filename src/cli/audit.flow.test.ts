import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '#testing'
import { createDesk } from './desk.fixture.ts'

let test: TestDatabase
beforeAll(async () => {
  test = await testDatabase()
})
afterAll(() => test.close())

it('what commands change is in the audit log, without the secrets that they print', async () => {
  const { json, run } = await createDesk({
    ...{ DATABASE_URL: test.url.reveal(), TRIVET_MASTER_KEY: `k1:${'A'.repeat(43)}` },
  })
  const { user, password } = await json('user create ana')
  await run('user disable ana')
  await run('user enable ana')
  await expect(run('user disable nobody')).rejects.toThrow('nobody')
  const { client_id, client_secret } = await json('client create --name App --redirect-uri https://app.example/back')
  await run(`client verify ${client_id} --seen ${(await json(`client show ${client_id}`)).updatedAt}`)
  await run(`client remove ${client_id}`)
  const { key } = await json('keys rotate RS256')
  await run('keys rotate RS256')
  const { token } = await json('registration-token create --note shop --uses 2')

  const events = await test.database
    .tables<{
      audit_event: { id: string; actor: string; action: string; target_id: string; details: object; address: string }
    }>()
    .selectFrom('audit_event')
    .select(['actor', 'action', 'target_id', 'details', 'address'])
    .orderBy('id')
    .execute()
  expect(events.map(({ action, target_id }) => `${action} ${target_id}`)).toEqual([
    ...['created', 'disabled', 'enabled'].map((what) => `user.${what} ${user.id}`),
    ...['registered', 'verified', 'deleted'].map((what) => `client.${what} ${client_id}`),
    `key.rotated ${key.kid}`,
    expect.stringMatching(/^registration_token\.created [\w-]{43}$/),
  ])
  expect(new Set(events.map(({ actor, address }) => `${actor} ${address}`))).toEqual(new Set(['command ']))
  expect(events.at(-1)?.details).toEqual({ note: 'shop', uses: 2 })
  for (const secret of [password, client_secret, token]) expect(JSON.stringify(events)).not.toContain(secret)
})
