import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '#testing'
import { createDesk } from './desk.fixture.ts'

let test: TestDatabase
beforeAll(async () => {
  test = await testDatabase()
})
afterAll(() => test.close())

const desk = (settings = {}) =>
  createDesk({ DATABASE_URL: test.url.reveal(), TRIVET_MASTER_KEY: `k1:${'A'.repeat(43)}`, ...settings })
const CREATE = 'client create --name App --redirect-uri https://app.example/back'

it('registers an app, whose secret is printed once and kept as a hash', async () => {
  const { json, run } = await desk()
  const made = await json(`${CREATE} --redirect-uri https://app.example/other`)
  expect(made).toMatchObject({
    client_id: expect.stringMatching(/^c_[\w-]{22}$/),
    client_secret: expect.stringMatching(/^trc_[\w-]{43}$/),
    client_name: 'App',
    redirect_uris: ['https://app.example/back', 'https://app.example/other'],
  })
  const row = await test.database
    .tables<{ tinyoauth_client: { id: string; secret_hash: Buffer; registered_by: string } }>()
    .selectFrom('tinyoauth_client')
    .select(['secret_hash', 'registered_by'])
    .where('id', '=', made.client_id)
    .executeTakeFirstOrThrow()
  expect(row).toEqual({
    secret_hash: createHash('sha256').update(made.client_secret).digest(),
    registered_by: 'admin',
  })
  for (const line of [`client show ${made.client_id}`, 'client list', `client show ${made.client_id} --json`]) {
    expect(await run(line)).toContain(made.client_id)
    expect(await run(line)).not.toContain(made.client_secret)
  }
})

it('a public app gets no secret', async () => {
  const { run, json } = await desk()
  expect(await run(`${CREATE} --public`)).toMatch(/^Client id: c_\S+$/)
  expect((await json(`${CREATE} --public`)).client_secret).toBeUndefined()
})

it.each([
  ['client create --name App', '--name and --redirect-uri are needed'],
  ['client create --redirect-uri https://app.example/back', '--name and --redirect-uri are needed'],
  ['client create --name App --redirect-uri http://app.example/back', 'invalid_redirect_uri'],
  ['client create --name App --redirect-uri javascript:alert(1)', 'invalid_redirect_uri'],
])('trivet %s is refused', async (line, words) => {
  const { run } = await desk()
  await expect(run(line)).rejects.toThrow(words)
})

it('verifies and removes an app', async () => {
  const { run, json } = await desk()
  const { client_id: id } = await json(CREATE)
  expect(await json(`client show ${id}`)).toMatchObject({ isVerified: false, owner: null })
  const { updatedAt } = await json(`client show ${id}`)
  expect(await run(`client show ${id}`)).toContain(updatedAt)
  expect(await run(`client verify ${id} --seen ${updatedAt}`)).toBe(`Verified: App (${id})`)
  expect(await json(`client show ${id}`)).toMatchObject({ isVerified: true })
  expect(await json(`client remove ${id}`)).toEqual({ client_id: id, removed: true })
  expect(await run('client list')).not.toContain(id)
})

it('verifies what was looked at, and nothing that came after it', async () => {
  const { run, json } = await desk()
  const { client_id: id } = await json(CREATE)
  const { updatedAt } = await json(`client show ${id}`)
  const said = await run(`client verify ${id}`).catch(String)
  for (const part of ['App', 'app.example', `--seen ${updatedAt}`]) expect(said).toContain(part)
  await expect(run(`client verify ${id} --seen yesterday`)).rejects.toThrow('--seen')
  const tables = test.database.tables<{ tinyoauth_client: { id: string; metadata: string; updated_at: Date } }>()
  const { metadata } = await tables
    .selectFrom('tinyoauth_client')
    .select('metadata')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  await tables
    .updateTable('tinyoauth_client')
    .set({
      metadata: JSON.stringify({
        ...Object(metadata),
        client_name: 'Other',
        redirect_uris: ['https://other.example/'],
      }),
      updated_at: new Date(Date.parse(updatedAt) + 1),
    })
    .where('id', '=', id)
    .execute()
  const refused = run(`client verify ${id} --seen ${updatedAt}`)
  await expect(refused).rejects.toThrow(/not what you saw.*Other.*other\.example/s)
  expect(await json(`client show ${id}`)).toMatchObject({ isVerified: false })
})

it.each(['show', 'verify', 'remove'])('client %s says when there is no such app', async (word) => {
  const { run } = await desk()
  await expect(run(`client ${word} c_nobody`)).rejects.toThrow('There is no client "c_nobody"')
})

it('makes registration tokens with an end and so many uses, kept as a hash', async () => {
  const { runWords } = await desk()
  const line = ['registration-token', 'create', '--note', 'for the build', '--uses', '3', '--expires-in', '12h']
  const made = JSON.parse(await runWords([...line, '--json']))
  expect(made).toEqual({
    token: expect.stringMatching(/^tri_[\w-]{43}$/),
    note: 'for the build',
    uses: 3,
    expiresIn: 12 * 3600,
  })
  const [row] = await tokens()
  expect(row?.token_hash).toEqual(createHash('sha256').update(made.token).digest())
  expect(row).toMatchObject({ note: 'for the build', uses_left: 3 })
  const hours = ((row?.expires_at.getTime() ?? 0) - Date.now()) / 3_600_000
  expect(hours).toBeGreaterThan(11.9)
  expect(hours).toBeLessThan(12.1)
})

it.each(['--uses 0', '--uses many', '--uses 1e3', '--expires-in 5', '--expires-in 0d', '--expires-in 99999d'])(
  'registration-token create %s is refused, and nothing is made',
  async (option) => {
    const { run } = await desk()
    const before = (await tokens()).length
    await expect(run(`registration-token create ${option}`)).rejects.toThrow(option.split(' ')[0])
    expect(await tokens()).toHaveLength(before)
  },
)

it('makes no registration token where none would be taken', async () => {
  const { run } = await desk({ TRIVET_REGISTRATION: 'off' })
  await expect(run('registration-token create')).rejects.toThrow('TRIVET_REGISTRATION is off')
})

function tokens() {
  return test.database
    .tables<{
      tinyoauth_registration_token: { token_hash: Buffer; note: string; uses_left: number; expires_at: Date }
    }>()
    .selectFrom('tinyoauth_registration_token')
    .selectAll()
    .execute()
}
