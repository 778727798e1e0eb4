import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { StartError } from '#base'
import { type TestDatabase, testDatabase } from '#testing'
import { parseKeyring } from '../keyring.ts'
import { registerKeys } from './encryption-key.ts'

const keys = Object.fromEntries(
  ['k1', 'k2', 'k3'].map((id) => [id, `${id}:${randomBytes(32).toString('base64url')}`]),
) as Record<'k1' | 'k2' | 'k3', string>
const ring = (...texts: string[]) => parseKeyring(texts.join(','))

let test: TestDatabase
const tables = () => test.database.tables<{ encryption_key: { key_id: string } }>()
const stored = async () =>
  (await tables().selectFrom('encryption_key').select('key_id').orderBy('key_id').execute()).map((row) => row.key_id)

beforeAll(async () => {
  test = await testDatabase()
})
beforeEach(async () => {
  await tables().deleteFrom('encryption_key').execute()
})
afterAll(() => test.close())

it('notes the key that seals, once, however often and at once processes start', async () => {
  await Promise.all(Array.from({ length: 6 }, () => registerKeys(test.database, ring(keys.k1))))
  expect(await stored()).toEqual(['k1'])
})

it('refuses a start without a key that sealed something, naming it and where it is found', async () => {
  await registerKeys(test.database, ring(keys.k1))
  await registerKeys(test.database, ring(keys.k2, keys.k1))
  const refused = registerKeys(test.database, ring(keys.k3))
  await expect(refused).rejects.toBeInstanceOf(StartError)
  await expect(refused).rejects.toThrow(/key k1, k2, .*TRIVET_MASTER_KEY.*master-key/)
  expect(await stored()).toEqual(['k1', 'k2'])
})

it('says nothing of the keys themselves', async () => {
  await registerKeys(test.database, ring(keys.k1))
  await expect(registerKeys(test.database, ring(keys.k2))).rejects.toSatisfy(
    (error: Error) => !error.message.includes(keys.k2.slice(3)),
  )
})

it('goes on after a rotation: the old key still opens, the new one is noted', async () => {
  await registerKeys(test.database, ring(keys.k1))
  await registerKeys(test.database, ring(keys.k2, keys.k1))
  expect(await stored()).toEqual(['k1', 'k2'])
})
