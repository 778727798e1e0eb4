import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { newId } from '#base'
import { type TestDatabase, testDatabase } from '#testing'
import type { RunStatus } from '../run-view.ts'
import { type RunChange, type StepChange, writeChanges } from './changes.ts'
import { cancelRun, findRun, insertRun } from './run.ts'
import { listSteps } from './run-step.ts'
import type { RunTables } from './tables.ts'

let test: TestDatabase
let id: string
let ownerId: string
const tables = () => test.database.tables<RunTables>()
beforeAll(async () => {
  test = await testDatabase()
  ownerId = (await test.guest()).ownerId
})
beforeEach(async () => {
  id = await insert()
})
afterAll(() => test.close())

async function insert(): Promise<string> {
  const draft = { mashup: 'm', version: 'v', input: {}, submission: null, connections: {}, pause: null }
  return (await insertRun(test.database, { ...draft, id: newId(), ownerId })).id
}

const change = (of: Partial<RunChange> & { status: RunStatus }): RunChange => ({
  id,
  progress: 0.5,
  message: null,
  pause: null,
  result: null,
  error: null,
  ...of,
})
const step = (of: Partial<StepChange>): StepChange => ({
  run_id: id,
  name: 'pack',
  position: 0,
  status: 'running',
  attempts: 1,
  started_at: '2026-11-20T09:00:00.000Z',
  finished_at: null,
  message: null,
  ...of,
})
const write = (runs: readonly RunChange[], steps: readonly StepChange[] = []) =>
  writeChanges(test.database, runs, steps)

it('run and steps get one new revision together, which is the id of the live event', async () => {
  await write([change({ status: 'running', message: 'at it' })], [step({})])
  expect(await findRun(tables(), id)).toMatchObject({ status: 'running', progress: 0.5, message: 'at it', revision: 2 })
  expect(await listSteps(tables(), id)).toMatchObject([{ name: 'pack', status: 'running', revision: 2 }])
  await write([change({ status: 'running' })], [step({ name: 'send', position: 1 })])
  expect(await listSteps(tables(), id, 2)).toMatchObject([{ name: 'send', revision: 3 }])
  await write([change({ status: 'running' })], [step({ status: 'done', message: 'packed' })])
  expect(await listSteps(tables(), id)).toMatchObject([
    { name: 'pack', status: 'done', message: 'packed', revision: 4 },
    { name: 'send', revision: 3 },
  ])
})

it('many runs in one statement; every one is told to all processes', async () => {
  const told: string[] = []
  const other = await test.open()
  const stop = other.listen('trivet_run', (payload) => told.push(payload))
  await expect
    .poll(async () => {
      await test.database.notify('trivet_run', 'listening')
      return told.length
    })
    .toBeGreaterThan(0)
  const second = await insert()
  await write([change({ status: 'running' }), change({ id: second, status: 'failed' })])
  await expect.poll(() => told).toEqual(expect.arrayContaining([`${id} running`, `${second} failed`]))
  stop()
})

describe('a run that is over is never brought back', () => {
  it.each<RunStatus>(['succeeded', 'failed'])('%s', async (status) => {
    await write([change({ status })])
    const over = await findRun(tables(), id)
    expect(over?.finishedAt).toBeInstanceOf(Date)
    await write([change({ status: 'running', message: 'late' })], [step({ name: 'late' })])
    expect(await findRun(tables(), id)).toEqual(over)
    expect(await listSteps(tables(), id)).toEqual([])
  })

  it('cancelled; its steps are cancelled with it, those that were done stay done', async () => {
    await write([change({ status: 'running' })], [step({ status: 'done' }), step({ name: 'send', position: 1 })])
    expect(await cancelRun(tables(), id)).toBe(true)
    const over = await findRun(tables(), id)
    expect(over).toMatchObject({ status: 'cancelled', revision: 3 })
    const steps = await listSteps(tables(), id)
    expect(steps).toMatchObject([
      { name: 'pack', status: 'done', revision: 2 },
      { name: 'send', status: 'cancelled', revision: 3 },
    ])
    await write([change({ status: 'succeeded' })], [step({ name: 'send', status: 'done' })])
    expect(await findRun(tables(), id)).toEqual(over)
    expect(await listSteps(tables(), id)).toEqual(steps)
    expect(await cancelRun(tables(), id)).toBe(false)
  })
})

it('a run that is gone (its owner was erased) is no error for the others of the batch', async () => {
  const gone = newId()
  await write([change({ id: gone, status: 'running' }), change({ status: 'running' })], [step({ run_id: gone })])
  expect(await findRun(tables(), id)).toMatchObject({ status: 'running' })
})

it.each([
  ['NUL', 'a\0b', 'a\uFFFDb'],
  ['half of a surrogate pair', 'a\uD83Db', 'a\uFFFDb'],
  ['a whole pair, and a backslash before u0000', '🐈 \\u0000', '🐈 \\u0000'],
])('text that jsonb cannot hold is written all the same: %s (PostgreSQL manual, 8.14)', async (_what, text, kept) => {
  await write([change({ status: 'succeeded', message: text, result: { title: text } })], [step({ message: text })])
  expect(await findRun(tables(), id)).toMatchObject({ message: kept, result: { title: kept } })
  expect(await listSteps(tables(), id)).toMatchObject([{ message: kept }])
})
