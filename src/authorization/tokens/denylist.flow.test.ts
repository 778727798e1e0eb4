import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { newId } from '#base'
import { silentLog, type TestDatabase, testDatabase } from '#testing'
import { markGrantRevoked } from '../store/grant.ts'
import { revokeGrantsOf } from '../store/grants-of.ts'
import type { AuthorizationTables } from '../store/tables.ts'
import { createDenylist, type Denylist } from './denylist.ts'

let test: TestDatabase
const opened: Denylist[] = []
beforeAll(async () => {
  test = await testDatabase()
})
beforeEach(async () => {
  await sql`insert into trivet.tinyoauth_client (id, metadata, registration_token_hash)
    values ('c_1', '{}', '\\x00') on conflict do nothing`.execute(tables())
})
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})
afterAll(() => test.close())

const tables = () => test.database.tables<AuthorizationTables>()

/** A process; a deaf one hears no NOTIFY. */
async function process(options: { deaf?: boolean } = {}): Promise<Denylist> {
  const database = options.deaf ? { ...test.database, listen: () => () => undefined } : test.database
  const made = createDenylist({ database, tables: tables(), log: silentLog })
  opened.push(made)
  await made.start()
  return made
}

async function grant(more: { ownerId?: string; expires?: string } = {}): Promise<string> {
  const id = newId()
  await sql`insert into trivet.tinyoauth_grant (id, client_id, owner_id, scopes, resources, expires_at)
    values (${id}, 'c_1', ${more.ownerId ?? null}, '{}', '{}', trivet.clock() + ${more.expires ?? '1 hour'}::interval)`.execute(
    tables(),
  )
  return id
}

const knows = (denylist: Denylist, id: string) => vi.waitUntil(() => denylist.has(id), { timeout: 2000, interval: 5 })

describe('a revoked grant is known in every process', () => {
  it('by a message, within a fraction of a second', async () => {
    const all = [await process(), await process()]
    await sleep(200)
    const id = await grant()
    const begun = performance.now()
    await markGrantRevoked(tables(), { id, clientId: 'c_1' })
    await Promise.all(all.map((one) => knows(one, id)))
    expect(performance.now() - begun).toBeLessThan(900)
  })

  it('within 2 s also where the message was lost', async () => {
    const deaf = await process({ deaf: true })
    const id = await grant()
    await markGrantRevoked(tables(), { id, clientId: 'c_1' })
    await knows(deaf, id)
  })

  it('from the beginning, in a process that starts afterwards', async () => {
    const id = await grant()
    await markGrantRevoked(tables(), { id, clientId: 'c_1' })
    expect((await process({ deaf: true })).has(id)).toBe(true)
  })

  it('in whatever way it ends: by its user, with its user, with its client', async () => {
    const one = await process()
    await sleep(200)
    const { ownerId } = await test.guest()
    const id = await grant({ ownerId })
    await revokeGrantsOf(tables(), { ownerId, clientId: 'c_1' })
    await knows(one, id)
    const second = await grant({ ownerId })
    await sql`delete from trivet.user_account where id = ${ownerId}`.execute(tables())
    await knows(one, second)
    const third = await grant()
    await sql`delete from trivet.tinyoauth_client where id = 'c_1'`.execute(tables())
    await knows(one, third)
  })

  it('without a row of its own too: client credentials have one only from then on', async () => {
    const one = await process()
    await sleep(200)
    const id = newId()
    const begun = performance.now()
    await markGrantRevoked(tables(), { id, clientId: 'c_1' })
    await knows(one, id)
    expect(performance.now() - begun).toBeLessThan(900)
  })

  it('not before the transaction that ends it is through, and not if it fails', async () => {
    const one = await process()
    await sleep(200)
    const id = await grant()
    const failed = tables()
      .transaction()
      .execute(async (transaction) => {
        await markGrantRevoked(transaction, { id, clientId: 'c_1' })
        await sleep(100)
        throw new Error('no')
      })
    await expect(failed).rejects.toThrow('no')
    await sleep(100)
    expect(one.has(id)).toBe(false)
  })
})

it('only those who are named are ended: other users, other clients keep theirs', async () => {
  await sql`insert into trivet.tinyoauth_client (id, metadata, registration_token_hash)
    values ('c_2', '{}', '\\x00') on conflict do nothing`.execute(tables())
  const [mine, theirs] = [(await test.guest()).ownerId, (await test.guest()).ownerId]
  const [kept, ended] = [await grant({ ownerId: theirs }), await grant({ ownerId: mine })]
  await revokeGrantsOf(tables(), { ownerId: mine })
  await revokeGrantsOf(tables(), { ownerId: theirs, clientId: 'c_2' })
  await revokeGrantsOf(tables(), { clientId: 'c_2' })
  const revoked = await tables()
    .selectFrom('tinyoauth_grant')
    .select('id')
    .where('revoked_at', 'is not', null)
    .execute()
  expect(revoked.map(({ id }) => id)).toContain(ended)
  expect(revoked.map(({ id }) => id)).not.toContain(kept)
})
