import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest'
import { silentLog, type TestDatabase, testDatabase } from '#testing'
import { createEnvelope } from '../envelope.ts'
import { parseKeyring } from '../keyring.ts'
import type { SigningKeyTables } from '../store/signing-key.ts'
import { createSigner, type Signer } from './signer.ts'

let test: TestDatabase
beforeAll(async () => {
  test = await testDatabase()
})
beforeEach(async () => void (await test.database.tables<SigningKeyTables>().deleteFrom('signing_key').execute()))
afterAll(() => test.close())

const envelope = createEnvelope(parseKeyring(`k1:${randomBytes(32).toString('base64url')}`))
const clock = { now: () => new Date() }
const ISSUER = 'https://trivet.example'

async function start(purpose: 'token' | 'identity'): Promise<Signer> {
  const use = purpose === 'token' ? {} : { use: { purpose, algs: ['ES256'] as const } }
  const signer = createSigner({ database: test.database, envelope, clock, log: silentLog, ...use })
  onTestFinished(() => signer.close())
  await signer.start()
  return signer
}

const sign = (signer: Signer) => {
  const seconds = Math.floor(Date.now() / 1000)
  return signer.sign({ iss: ISSUER, aud: 'a', sub: 's', iat: seconds, exp: seconds + 60 }, { typ: 'x', alg: 'ES256' })
}
const isOf = async (signer: Signer, token: string) =>
  (await signer.verify(token, { issuer: ISSUER, audience: 'a', typ: 'x' })) !== undefined

it('keys of two purposes are two sets: neither publishes, nor verifies, what the other one signs (security §10.2)', async () => {
  const [tokens, identity] = [await start('token'), await start('identity')]
  expect(tokens.keys().map(({ alg }) => alg)).toEqual(expect.arrayContaining(['ES256', 'RS256']))
  expect(identity.keys().map(({ alg }) => alg)).toEqual(['ES256'])
  const kids = (signer: Signer) => signer.jwks().keys.map(({ kid }) => kid)
  for (const kid of kids(identity)) expect(kids(tokens)).not.toContain(kid)
  expect([await isOf(tokens, await sign(tokens)), await isOf(identity, await sign(identity))]).toEqual([true, true])
  expect([await isOf(identity, await sign(tokens)), await isOf(tokens, await sign(identity))]).toEqual([false, false])
})

it('each has its own stages: a successor of one retires no key of the other', async () => {
  const [tokens, identity] = [await start('token'), await start('identity')]
  expect(await identity.rotate('ES256')).toBe(true)
  await identity.tick()
  expect(identity.keys().map(({ state }) => state)).toEqual(['signing', 'published'])
  await tokens.tick()
  expect(tokens.keys().map(({ state }) => state)).toEqual(['signing', 'signing'])
})

it('a key that is given another purpose in the database does not open', async () => {
  const identity = await start('identity')
  const [stolen] = identity.jwks().keys
  await start('token')
  const tables = test.database.tables<SigningKeyTables>()
  await sql`update trivet.signing_key set purpose = 'token' where kid = ${stolen?.kid}`.execute(tables)
  const again = await start('token')
  expect(again.jwks().keys.map(({ kid }) => kid)).not.toContain(stolen?.kid)
  expect(await isOf(again, await sign(identity))).toBe(false)
})
