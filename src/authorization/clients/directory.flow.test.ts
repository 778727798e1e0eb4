import { afterAll, beforeAll, expect, it } from 'vitest'
import { hashSecret } from '#crypto'
import { type TestDatabase, testDatabase } from '#testing'
import { insertClient } from '../store/client.ts'
import type { AuthorizationTables } from '../store/tables.ts'
import { createDirectory } from './directory.ts'
import { readMetadata } from './metadata/read-metadata.ts'
import { rightsOf } from './metadata/rights.ts'
import { CALLBACK, ISSUER } from './rig.fixture.ts'

let test: TestDatabase
beforeAll(async () => {
  test = await testDatabase()
})
afterAll(() => test.close())

const tables = () => test.database.tables<AuthorizationTables>()

async function insert(id: string): Promise<void> {
  const beside = { reservedNames: [], appSchemes: [], isKnownResource: () => false }
  const rules = { issuer: ISSUER, ...beside, rights: rightsOf('admin', 'off') }
  const metadata = readMetadata({ redirect_uris: [CALLBACK] }, rules)
  const hash = hashSecret(id)
  const client = { id, ownerId: null, registeredBy: 'admin', metadata, secretHash: hash } as const
  await insertClient(tables(), { ...client, registrationTokenHash: hash }, 1)
}

const rename = (id: string, name: string) =>
  tables()
    .updateTable('tinyoauth_client')
    .set({ metadata: JSON.stringify({ redirect_uris: [CALLBACK], client_name: name }) })
    .where('id', '=', id)
    .execute()

it('should a notice be lost, what it knows is never older than 2 s', async () => {
  let now = 0
  const directory = createDirectory({ database: test.database, now: () => now })
  const name = async () => (await directory.find('c_lost'))?.client.name
  await insert('c_lost')
  expect(await name()).toBe('c_lost')
  await rename('c_lost', 'changed')
  now = 1999
  expect(await name()).toBe('c_lost')
  now = 2001
  expect(await name()).toBe('changed')
  directory.close()
})

it('an announced change is known at once here, and by notice elsewhere', async () => {
  const [one, two] = [
    createDirectory({ database: test.database }),
    createDirectory({ database: await test.open(), now: () => 0 }),
  ]
  await insert('c_told')
  await one.find('c_told')
  await two.find('c_told')
  // The other process has to listen before it can hear.
  await expect
    .poll(async () => {
      await rename('c_told', 'changed')
      await one.announce('c_told')
      return (await two.find('c_told'))?.client.name
    })
    .toBe('changed')
  expect((await one.find('c_told'))?.client.name).toBe('changed')
  one.close()
  two.close()
})

it('ids of nobody are not remembered: what is registered a moment later is found', async () => {
  const directory = createDirectory({ database: test.database, now: () => 0 })
  expect(await directory.find('c_later')).toBeUndefined()
  await insert('c_later')
  expect(await directory.find('c_later')).toBeDefined()
  directory.close()
})
