import { once } from 'node:events'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { newId } from '#base'
import { createRig, type Rig } from './testing/rig.fixture.ts'
import { createScript } from './testing/script.fixture.ts'

let rig: Rig
let ownerId: string
const script = createScript()
const other = createScript()
beforeAll(async () => {
  rig = await createRig({ mashups: [script.mashup] })
})
beforeEach(async () => {
  ownerId = (await rig.test.guest()).ownerId
  script.play({})
})
afterAll(() => rig.close())

const start = (to: string, submission: string | null, more = {}) =>
  rig.start({ ownerId, mashup: script.mashup, input: { to }, submission, ...more })

/** Of this run only: others may still be at work. */
const timesOf = (id: string, step: string) => script.done.filter((one) => one.key === `${id}:${step}`).length

describe('a submission', () => {
  it('sent twice is one run', async () => {
    rig.accounts.connect(ownerId, 'ana@parcel.example')
    const submission = newId()
    const first = await start('Oslo', submission)
    expect((await start('Oslo', submission)).id).toBe(first.id)
    await rig.becomes(first.id, 'succeeded')
    expect((await start('Oslo', submission)).id).toBe(first.id)
    expect(timesOf(first.id, 'send')).toBe(1)
    expect(await rig.runs.list(ownerId, 10)).toHaveLength(1)
  })

  it('sent five times at once is one run', async () => {
    rig.accounts.connect(ownerId, 'ana@parcel.example')
    const submission = newId()
    const started = await Promise.all(Array.from({ length: 5 }, () => start('Oslo', submission)))
    const ids = new Set(started.map((run) => run.id))
    expect(ids.size).toBe(1)
    for (const id of ids) await rig.becomes(id, 'succeeded')
    for (const id of ids) expect(timesOf(id, 'pack')).toBe(1)
  })

  it('of two people are two runs, though the id be the same', async () => {
    const submission = newId()
    const stranger = await rig.test.guest()
    const mine = await start('Oslo', submission)
    const theirs = await start('Oslo', submission, { ownerId: stranger.ownerId })
    expect(theirs.id).not.toBe(mine.id)
  })

  it('changed before the run began replaces its input: the person went back to the form', async () => {
    const submission = newId()
    const { id } = await start('Oslo', submission)
    const changed = await start('Rome', submission)
    expect(changed).toMatchObject({ id, status: 'paused', input: { to: 'Rome' } })
    rig.accounts.connect(ownerId, 'ana@parcel.example')
    await rig.runs.onUsable(ownerId)
    expect(await rig.becomes(id, 'succeeded')).toMatchObject({ input: { to: 'Rome' } })
  })

  it('changed after the run began is a new run, and the first one keeps its input', async () => {
    rig.accounts.connect(ownerId, 'ana@parcel.example')
    const submission = newId()
    const first = await start('Oslo', submission)
    const second = await start('Rome', submission)
    expect(second.id).not.toBe(first.id)
    expect(await rig.becomes(first.id, 'succeeded')).toMatchObject({ input: { to: 'Oslo' } })
    expect(await rig.becomes(second.id, 'succeeded')).toMatchObject({ input: { to: 'Rome' } })
  })

  it('changed after the run began and sent twice, as by a double click, is one new run', async () => {
    rig.accounts.connect(ownerId, 'ana@parcel.example')
    const submission = newId()
    await start('Oslo', submission)
    const [first, second] = await Promise.all([start('Rome', submission), start('Rome', submission)])
    expect(second.id).toBe(first.id)
    expect((await start('Bern', submission)).id).not.toBe(first.id)
    expect(await rig.runs.list(ownerId, 10)).toHaveLength(3)
  })

  it('may not be reused with other answers where the caller says so (Idempotency-Key)', async () => {
    rig.accounts.connect(ownerId, 'ana@parcel.example')
    await start('Oslo', 'key:1', { reuse: 'refuse' })
    await expect(start('Rome', 'key:1', { reuse: 'refuse' })).rejects.toMatchObject({ code: 'idempotency_key_reused' })
    expect(await rig.runs.list(ownerId, 10)).toHaveLength(1)
  })

  it('again, once the account is there, begins the run that waited', async () => {
    const submission = newId()
    const { id } = await start('Oslo', submission)
    const account = rig.accounts.connect(ownerId, 'ana@parcel.example')
    expect(await start('Oslo', submission)).toMatchObject({ id })
    expect(await rig.becomes(id, 'succeeded')).toMatchObject({ connections: { sender: account.id } })
    expect(timesOf(id, 'pack')).toBe(1)
  })
})

describe('a run without its account', () => {
  it('is stored, paused, and says which account it needs; nothing is begun', async () => {
    const run = await start('Oslo', newId())
    expect(run).toMatchObject({ status: 'paused', startedAt: null, input: { to: 'Oslo' }, connections: {} })
    expect(run.pause).toEqual({
      reason: 'connection_required',
      provider: 'parcel',
      scopes: ['parcels'],
      message: 'Waiting for you to connect Parcel.',
    })
    expect(await rig.workflow(run.id)).toBeUndefined()
  })

  it('learns the new reason when the account comes without the permission, and tells those who watch', async () => {
    const { id } = await start('Oslo', newId())
    const told: (string | undefined)[] = []
    const stop = rig.runs.watch(id, (status) => told.push(status))
    const account = rig.accounts.connect(ownerId, 'ana@parcel.example', 'missing_scope')
    await rig.runs.onUsable(ownerId)
    expect((await rig.find(id)).pause).toMatchObject({ reason: 'missing_scope', connection_id: account.id })
    await expect.poll(() => told).toEqual(['paused'])
    stop()
  })

  it('waits for the very account that the person chose, though another one is usable', async () => {
    rig.accounts.connect(ownerId, 'ana@parcel.example')
    const bob = rig.accounts.connect(ownerId, 'bob@parcel.example', 'missing_scope')
    const { id, pause } = await start('Oslo', newId(), { chosen: { sender: bob.id } })
    expect(pause).toMatchObject({ reason: 'missing_scope', connection_id: bob.id })
    await rig.runs.onUsable(ownerId)
    expect(await rig.find(id)).toMatchObject({ status: 'paused' })
    rig.accounts.become(bob, 'usable')
    await rig.runs.onUsable(ownerId)
    expect(await rig.becomes(id, 'succeeded')).toMatchObject({ connections: { sender: bob.id } })
  })

  it('asks for another account where the person went back and chose that one', async () => {
    const ana = rig.accounts.connect(ownerId, 'ana@parcel.example', 'missing_scope')
    const bob = rig.accounts.connect(ownerId, 'bob@parcel.example', 'needs_reconnect')
    const submission = newId()
    await start('Oslo', submission, { chosen: { sender: ana.id } })
    const changed = await start('Oslo', submission, { chosen: { sender: bob.id } })
    expect(changed.pause).toMatchObject({ reason: 'needs_reconnect', connection_id: bob.id })
  })
})

describe('only the owner', () => {
  it('finds a run, and has it in the list, newest first', async () => {
    const first = await start('Oslo', newId())
    // Ids of one millisecond have no order.
    await new Promise((resolve) => setTimeout(resolve, 2))
    const second = await start('Rome', newId())
    const stranger = await rig.test.guest()
    expect(await rig.runs.find(first.id, stranger.ownerId)).toBeUndefined()
    expect((await rig.runs.list(ownerId, 10)).map((run) => run.id)).toEqual([second.id, first.id])
    expect((await rig.runs.list(ownerId, 1)).map((run) => run.id)).toEqual([second.id])
    expect(await rig.runs.list(stranger.ownerId, 10)).toEqual([])
  })
})

it('those who watch hear of every status, in any process, until they stop', async () => {
  rig.accounts.connect(ownerId, 'ana@parcel.example')
  const { id } = await rig.start({ ownerId, mashup: script.mashup, input: { to: 'Oslo' }, submission: null })
  const told: (string | undefined)[] = []
  const stop = rig.runs.watch(id, (status) => told.push(status))
  await rig.becomes(id, 'succeeded')
  await expect.poll(() => told).toContain('succeeded')
  stop()
  const heard = told.length
  await rig.test.database.notify('trivet_run', `${id} failed`)
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(told).toHaveLength(heard)
})

it('a mash-up by its id, or nothing', () => {
  expect(rig.runs.mashup('parcel')).toBe(script.mashup)
  expect(rig.runs.mashup('letter')).toBeUndefined()
  expect(other.mashup.version).toBe(script.mashup.version)
})

it('an owner who goes takes their runs along: stopped, with their files, and forgotten by the engine', async () => {
  rig.accounts.connect(ownerId, 'ana@parcel.example')
  const stranger = await rig.test.guest()
  rig.accounts.connect(stranger.ownerId, 'bob@parcel.example')
  const theirs = await start('Bern', newId(), { ownerId: stranger.ownerId })
  await rig.becomes(theirs.id, 'succeeded')
  const file = Promise.withResolvers<string>()
  script.play({
    async pack({ context: { files } }) {
      const { id } = await files.write({ name: 'a.txt', type: 'text/plain', source: Buffer.from('a'), maxBytes: 10 })
      file.resolve(id)
    },
    stamp: ({ context: { signal } }) => once(signal, 'abort'),
  })
  const { id } = await start('Oslo', newId())
  await rig.atWork(id, 'stamp')
  expect(await rig.storage.open(await file.promise)).toBeDefined()
  await rig.runs.erase(ownerId)
  expect(await rig.find(id)).toMatchObject({ status: 'cancelled' })
  expect(await rig.storage.open(await file.promise)).toBeUndefined()
  expect(await rig.workflow(id)).toBeUndefined()
  expect(await rig.find(theirs.id)).toMatchObject({ status: 'succeeded' })
  expect(await rig.workflow(theirs.id)).toBe('SUCCESS')
})
