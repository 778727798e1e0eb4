import { createPublicKey } from 'node:crypto'
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

it('--now ends all keys of the kind, a new one signs, and the audit log says which', async () => {
  const { json, run } = await desk()
  const of = async (alg: string) =>
    (await json('keys list')).keys.filter((key: Record<string, string>) => key['alg'] === alg)
  const before = (await of('RS256')).map(({ kid }: { kid: string }) => kid)
  const { rotated, key, ended } = await json('keys rotate RS256 --now')
  expect({ rotated, ended }).toEqual({ rotated: true, ended: before })
  expect(key).toMatchObject({ alg: 'RS256', state: 'signing' })
  expect(await of('RS256')).toEqual([key])
  expect(await run('keys rotate RS256 --now')).toContain(`Ended ${key.kid}, and every token signed with it: RS256 key`)
  const events = await test.database
    .tables<{ audit_event: { action: string; actor: string; target_id: string; details: object } }>()
    .selectFrom('audit_event')
    .select(['actor', 'details'])
    .where('action', '=', 'key.replaced')
    .where('target_id', '=', key.kid)
    .execute()
  expect(events).toEqual([{ actor: 'command', details: { alg: 'RS256', ended: before.join(' ') } }])
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

it('exports one public key for each stage, the signing one where there is no other', async () => {
  const { json, run } = await desk()
  const at = async (stage: string) => JSON.parse(await run(`keys export --alg RS256 --stage ${stage} --format jwk`))
  const stages = async () => (await Promise.all(['previous', 'signing', 'next'].map(at))).map(({ kid }) => kid)
  const [before] = (await json('keys list')).keys.filter(({ alg }: Record<string, string>) => alg === 'RS256')
  expect(await stages()).toEqual([before.kid, before.kid, before.kid])

  const { key } = await json('keys rotate RS256')
  expect(await stages()).toEqual([before.kid, before.kid, key.kid])
  // As when the hour between publishing and signing is over.
  await test.database
    .tables<{ signing_key: { kid: string; signs_from: Date } }>()
    .updateTable('signing_key')
    .set({ signs_from: new Date() })
    .where('kid', '=', key.kid)
    .execute()
  expect(await stages()).toEqual([before.kid, key.kid, key.kid])
})

it('exports PEM, of the key that signs access tokens unless told, and nothing private', async () => {
  const { json, run } = await desk()
  const pem = await run('keys export')
  expect(pem).toMatch(/^-----BEGIN PUBLIC KEY-----\n[\w+/=\n]+\n-----END PUBLIC KEY-----$/)
  const jwk = JSON.parse(await run('keys export --format jwk'))
  expect(Object.keys(jwk).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
  expect(createPublicKey(pem).export({ format: 'jwk' })).toEqual({ kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y })
  const { keys } = await json('keys list')
  expect(keys.find(({ kid }: Record<string, string>) => kid === jwk.kid)).toMatchObject({
    alg: 'ES256',
    state: 'signing',
  })
})

it.each(['--alg HS256', '--stage removed', '--format der'])('keys export %s is refused', async (option) => {
  const { run } = await desk()
  await expect(run(`keys export ${option}`)).rejects.toThrow(`${option.split(' ')[0]} is one of`)
})
