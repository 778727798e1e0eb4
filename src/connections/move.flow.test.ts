import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ANA, BOB } from './testing/fake-provider.fixture.ts'
import { attempt, createRig, HOUR, NEED, type Rig } from './testing/rig.fixture.ts'

let rig: Rig
beforeAll(async () => {
  rig = await createRig()
})
afterAll(() => rig.close())
afterEach(async () => {
  await rig.test.shift(0)
  Object.assign(rig.provider.settings, { rotating: false, refreshDelayMs: 0, accessSeconds: HOUR })
})

const GET = { method: 'GET', path: '/files' } as const

/** Gives connections to somebody, as a merge does. @returns whether it could be done, and what became one */
async function give(from: string, to: string, ...ids: string[]) {
  const move = { from, to, ids: new Set(ids), became: new Map<string, string>() }
  const done = await rig.test.database.transaction((tables) => rig.connections.move(tables, move))
  return { done, became: Object.fromEntries(move.became) }
}

const newOwner = async () => (await rig.test.guest()).ownerId
const handleOf = (ownerId: string, connectionId: string) =>
  rig.connections.account({ ownerId, connectionId, need: NEED })

/** A connection of somebody, made in the browser, then given to a certain owner. */
async function connectionOf(ownerId: string, person = ANA) {
  const { row } = await rig.connect(undefined, person)
  await give(row.owner_id, ownerId, row.id)
  return rig.row(row.id)
}

describe('a connection that goes to another owner (decision "Guests")', () => {
  it('is sealed anew for them, opens for them and for nobody else, and keeps its version (decision "Vault writes")', async () => {
    const { row } = await rig.connect()
    const to = await newOwner()
    expect(await give(row.owner_id, to, row.id)).toEqual({ done: true, became: {} })
    const after = await rig.row(row.id)
    expect(after).toMatchObject({
      owner_id: to,
      token_version: row.token_version,
      lease_owner: null,
      lease_until: null,
    })
    expect(after.sealed_access_token).not.toBe(row.sealed_access_token)
    expect(after.sealed_refresh_token).not.toBe(row.sealed_refresh_token)
    expect(after.connected_at).toEqual(row.connected_at)
    expect(await attempt(handleOf(to, row.id).send(GET))).toBe('sent')
    expect(await attempt(handleOf(row.owner_id, row.id).send(GET))).toMatchObject({ code: 'connection_not_found' })
    // Renewed as well: the refresh token was sealed for them, too.
    await rig.test.shift(HOUR + 1)
    expect(await attempt(handleOf(to, row.id).send(GET))).toBe('sent')
    expect(await rig.row(row.id)).toMatchObject({ status: 'active', token_version: row.token_version + 1 })
  })

  it('what is sealed for one owner does not open for another: a row that was only renamed is dead (AAD)', async () => {
    const { row } = await rig.connect()
    const to = await newOwner()
    await rig.tables.updateTable('connection').set({ owner_id: to }).where('id', '=', row.id).execute()
    expect(await attempt(handleOf(to, row.id).send(GET))).toMatchObject({ kind: 'needs_reconnect' })
  })

  it('is not one that was not named, nor one of somebody else', async () => {
    const [one, other] = [await rig.connect(), await rig.connect(undefined, BOB)]
    const to = await newOwner()
    expect(await give(one.row.owner_id, to, other.row.id)).toEqual({ done: true, became: {} })
    expect((await rig.row(one.row.id)).owner_id).toBe(one.row.owner_id)
    expect((await rig.row(other.row.id)).owner_id).toBe(other.row.owner_id)
  })

  it('whose tokens do not open moves all the same, and is to be connected again', async () => {
    const { row } = await rig.connect()
    const to = await newOwner()
    await rig.tables
      .updateTable('connection')
      .set({ sealed_access_token: 'v1.k1.x.y' })
      .where('id', '=', row.id)
      .execute()
    expect(await give(row.owner_id, to, row.id)).toMatchObject({ done: true })
    expect(await attempt(handleOf(to, row.id).send(GET))).toMatchObject({ kind: 'needs_reconnect' })
  })
})

describe('the refresh lease', () => {
  it('held by somebody who renews: nothing moves, and the renewal is stored; afterwards it moves', async () => {
    const { row, handle } = await rig.expired()
    const to = await newOwner()
    rig.provider.settings.refreshDelayMs = 400
    const sending = attempt(handle.send(GET))
    await expect.poll(async () => (await rig.row(row.id)).lease_owner).not.toBeNull()
    expect(await give(row.owner_id, to, row.id)).toMatchObject({ done: false })
    expect((await rig.row(row.id)).owner_id).toBe(row.owner_id)
    expect(await sending).toBe('sent')
    expect(await give(row.owner_id, to, row.id)).toMatchObject({ done: true })
    expect(await attempt(handleOf(to, row.id).send(GET))).toBe('sent')
  })

  it('nobody gets while it moves: who waited for it finds that it is gone, and the provider is not asked', async () => {
    const { row, handle } = await rig.expired()
    const to = await newOwner()
    const refreshes = await rig.refreshesDuring(async () => {
      let sending: Promise<unknown> = Promise.resolve()
      await rig.test.database.transaction(async (tables) => {
        const move = { from: row.owner_id, to, ids: new Set([row.id]), became: new Map() }
        expect(await rig.connections.move(tables, move)).toBe(true)
        sending = attempt(handle.send(GET))
        await sleep(200)
      })
      expect(await sending).toMatchObject({ code: 'connection_not_found' })
    })
    expect(refreshes).toBe(0)
  })

  it('lost by a process that stood still: its late answer is sealed for the owner of now, not thrown away', async () => {
    const { row, handle } = await rig.expired()
    rig.provider.settings.rotating = true
    rig.provider.settings.refreshDelayMs = 400
    const to = await newOwner()
    const sending = attempt(handle.send(GET))
    await expect.poll(async () => (await rig.row(row.id)).lease_owner).not.toBeNull()
    // As it looks four seconds after the holder went to sleep.
    await rig.tables
      .updateTable('connection')
      .set({ lease_owner: null, lease_until: null })
      .where('id', '=', row.id)
      .execute()
    expect(await give(row.owner_id, to, row.id)).toMatchObject({ done: true })
    expect(await sending).toMatchObject({ code: 'connection_not_found' })
    expect(await rig.row(row.id)).toMatchObject({
      owner_id: to,
      status: 'active',
      token_version: row.token_version + 1,
    })
    expect(await attempt(handleOf(to, row.id).send(GET))).toBe('sent')
    // The old refresh token was spent; the new one is there.
    await rig.test.shift(2 * HOUR + 2)
    expect(await attempt(handleOf(to, row.id).send(GET))).toBe('sent')
  })
})

describe('an account that the new owner has connected as well', () => {
  it('stays one connection, theirs; what came later is kept, and nothing is revoked at the provider', async () => {
    const to = await newOwner()
    const theirs = await connectionOf(to)
    const { row } = await rig.connect()
    const revocations = rig.provider.calls.revoke
    expect(await give(row.owner_id, to, row.id)).toEqual({ done: true, became: { [row.id]: theirs.id } })
    const left = await rig.tables.selectFrom('connection').selectAll().where('owner_id', '=', to).execute()
    expect(left).toMatchObject([
      { id: theirs.id, connected_at: row.connected_at, token_version: theirs.token_version + 1, status: 'active' },
    ])
    expect(rig.provider.calls.revoke).toBe(revocations)
    expect(await attempt(handleOf(to, theirs.id).send(GET))).toBe('sent')
    await rig.test.shift(HOUR + 1)
    expect(await attempt(handleOf(to, theirs.id).send(GET))).toBe('sent')
  })

  it('a dead one does not take the place of one that works', async () => {
    const to = await newOwner()
    const theirs = await connectionOf(to)
    const { row } = await rig.connect()
    await rig.tables.updateTable('connection').set({ status: 'needs_reconnect' }).where('id', '=', row.id).execute()
    await give(row.owner_id, to, row.id)
    expect(await rig.row(theirs.id)).toMatchObject({
      status: 'active',
      sealed_access_token: theirs.sealed_access_token,
    })
    expect(await attempt(handleOf(to, theirs.id).send(GET))).toBe('sent')
  })

  it('one that allows less does not take the place of one that allows more', async () => {
    const to = await newOwner()
    const theirs = await connectionOf(to)
    const { row } = await rig.connect()
    const [fewer] = row.granted_scopes
    await rig.tables
      .updateTable('connection')
      .set({ granted_scopes: [fewer ?? ''] })
      .where('id', '=', row.id)
      .execute()
    await give(row.owner_id, to, row.id)
    expect((await rig.row(theirs.id)).granted_scopes).toEqual(theirs.granted_scopes)
  })

  it('while theirs is being renewed nothing moves', async () => {
    const to = await newOwner()
    const theirs = await connectionOf(to)
    await rig.test.shift(HOUR + 1)
    const { row } = await rig.connect()
    rig.provider.settings.refreshDelayMs = 300
    const sending = attempt(handleOf(to, theirs.id).send(GET))
    await expect.poll(async () => (await rig.row(theirs.id)).lease_owner).not.toBeNull()
    expect(await give(row.owner_id, to, row.id)).toEqual({ done: false, became: {} })
    expect(await sending).toBe('sent')
  })
})

it('is described by provider and account, with whether it works', async () => {
  const { row } = await rig.connect()
  const [one] = await rig.connections.describe(rig.test.database.tables, row.owner_id)
  expect(one).toEqual({
    kind: 'connection',
    id: row.id,
    name: 'Google: ana@example.com',
    state: 'connected',
    at: row.connected_at,
  })
})
