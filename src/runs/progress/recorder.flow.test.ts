import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { newId, systemClock } from '#base'
import type { Database } from '#database'
import { capturedLog, type TestDatabase, testDatabase } from '#testing'
import { findRun, insertRun } from '../store/run.ts'
import { listSteps } from '../store/run-step.ts'
import type { RunTables } from '../store/tables.ts'
import { createRecorder, type Recorder } from './recorder.ts'
import { RunProgress } from './run-progress.ts'

let test: TestDatabase
let ownerId: string
const tables = () => test.database.tables<RunTables>()
/** Statements sent, by how many runs each was about. */
const batches: number[] = []
beforeAll(async () => {
  test = await testDatabase()
  ownerId = (await test.guest()).ownerId
})
beforeEach(() => {
  batches.length = 0
})
afterAll(() => test.close())

/** The real database, and a count of what it is sent. */
function watched(): Pick<Database, 'prepared'> {
  return {
    prepared(statement, values) {
      batches.push(JSON.parse(String(values[0])).length)
      return test.database.prepared(statement, values)
    },
  }
}

function record() {
  const { log, text } = capturedLog()
  const recorder = createRecorder({ database: watched(), log })
  onTestFinished(() => recorder.close())
  return { recorder, logged: text }
}

async function insert(): Promise<string> {
  const draft = { mashup: 'm', version: 'v', input: {}, submission: null, connections: {}, pause: null }
  return (await insertRun(test.database, { ...draft, id: newId(), ownerId })).id
}

const progressOf = (id: string, recorder: Recorder) =>
  new RunProgress({ id }, { recorder, clock: systemClock, declaredSteps: 4 })

async function begin(recorder: Recorder) {
  const id = await insert()
  return { id, progress: progressOf(id, recorder) }
}

const DONE = {
  attempt: 1,
  startedAt: '2026-11-20T09:00:00.000Z',
  finishedAt: '2026-11-20T09:00:01.000Z',
  message: null,
}
const stored = (id: string) => findRun(tables(), id)

/** As an administrator, or a server that restarts, ends them. */
function dropConnections() {
  return sql`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name = 'trivet' and pid <> pg_backend_pid()`.execute(
    test.database.tables<unknown>(),
  )
}

/** Holds a run's row, so that whoever writes it waits. @returns what lets it go. */
async function hold(id: string): Promise<() => Promise<void>> {
  const holder = new pg.Client({ connectionString: test.url.reveal(), application_name: 'holder' })
  await holder.connect()
  await holder.query('begin')
  await holder.query('select from trivet.run where id = $1 for update', [id])
  const release = () => holder.end()
  onTestFinished(release)
  return release
}

describe('steps are written behind', () => {
  it('what happens to many runs within 50 ms is written together, once per run', async () => {
    const { recorder } = record()
    const ids = await Promise.all(Array.from({ length: 10 }, insert))
    for (const id of ids) {
      const progress = progressOf(id, recorder)
      progress.stepStarted('pack', 1)
      progress.stepMoved('pack', 0.5, 'halfway')
      progress.stepDone('pack', DONE)
      progress.stepStarted('send', 1)
    }
    expect(batches).toEqual([])
    await expect.poll(async () => (await stored(ids[9] ?? ''))?.status).toBe('running')
    // Forty events; a millisecond may fall between the first run and the last.
    expect(batches.length).toBeLessThanOrEqual(2)
    expect(batches.reduce((sum, runs) => sum + runs)).toBe(10)
    for (const id of ids) {
      expect((await listSteps(tables(), id)).map((step) => [step.name, step.status])).toEqual([
        ['pack', 'done'],
        ['send', 'running'],
      ])
    }
  })

  it('a run that begins and ends within the delay is written once', async () => {
    const { recorder } = record()
    const { id, progress } = await begin(recorder)
    for (const name of ['a', 'b', 'c']) {
      progress.stepStarted(name, 1)
      progress.stepDone(name, DONE)
    }
    await progress.finished({ status: 'succeeded', result: { title: 'Done' } })
    expect(await stored(id)).toMatchObject({ status: 'succeeded', progress: 1, revision: 2 })
    expect(await listSteps(tables(), id)).toHaveLength(3)
    await sleep(80)
    expect(batches).toEqual([1])
  })

  it('an end is stored when it says so, and takes along nothing of those that are not due', async () => {
    const { recorder } = record()
    const [first, second] = [await begin(recorder), await begin(recorder)]
    await first.progress.finished({ status: 'failed', error: { code: 'x', message: 'X.' } })
    expect(await stored(first.id)).toMatchObject({ status: 'failed', error: { code: 'x', message: 'X.' } })
    expect(batches).toEqual([1])
    await expect.poll(async () => (await stored(second.id))?.status).toBe('running')
  })

  it('what changes during a write is written after it: the last word is the last one stored', async () => {
    const { recorder } = record()
    const { id, progress } = await begin(recorder)
    progress.stepStarted('pack', 1)
    const release = await hold(id)
    await expect.poll(() => batches.length).toBe(1)
    progress.stepDone('pack', { ...DONE, message: 'packed' })
    progress.stepStarted('send', 1)
    const finished = progress.finished({ status: 'failed', error: { code: 'x', message: 'X.' } })
    await release()
    await finished
    expect(await stored(id)).toMatchObject({ status: 'failed' })
    expect((await listSteps(tables(), id)).map(({ name, status, message }) => [name, status, message])).toEqual([
      ['pack', 'done', 'packed'],
      ['send', 'running', null],
    ])
    expect(batches).toEqual([1, 1])
  })
})

describe('a failure of the database loses nothing', () => {
  it('dropped connections in the middle of a write: it is written again, the steps of it too', async () => {
    const { recorder, logged } = record()
    const { id, progress } = await begin(recorder)
    progress.stepStarted('pack', 1)
    progress.stepDone('pack', { ...DONE, message: 'packed' })
    const release = await hold(id)
    await expect.poll(() => batches.length).toBe(1)
    await dropConnections()
    await expect.poll(logged).toContain('could not be stored; trying again')
    // Meanwhile the run goes on, and "pack" is not touched any more.
    progress.stepStarted('send', 1)
    await release()
    await progress.finished({ status: 'succeeded', result: { title: 'Done' } })
    expect(await stored(id)).toMatchObject({ status: 'succeeded', result: { title: 'Done' } })
    expect((await listSteps(tables(), id)).map(({ name, status, message }) => [name, status, message])).toEqual([
      ['pack', 'done', 'packed'],
      ['send', 'running', null],
    ])
  })

  it('an end that cannot be stored is not reported as stored until it is', async () => {
    const { recorder } = record()
    const { id, progress } = await begin(recorder)
    const release = await hold(id)
    let told = false
    const finished = progress.finished({ status: 'succeeded', result: { title: 'Done' } }).then(() => {
      told = true
    })
    await expect.poll(() => batches.length).toBe(1)
    await dropConnections()
    await sleep(50)
    expect(told).toBe(false)
    await release()
    await finished
    expect(await stored(id)).toMatchObject({ status: 'succeeded' })
  })
})

describe('close', () => {
  it('writes what is left, at once', async () => {
    const { recorder } = record()
    const { id, progress } = await begin(recorder)
    progress.stepStarted('pack', 1)
    await recorder.close()
    expect(await stored(id)).toMatchObject({ status: 'running' })
    expect(await listSteps(tables(), id)).toMatchObject([{ name: 'pack', status: 'running' }])
  })

  it('waits for a write that is under way', async () => {
    const { recorder } = record()
    const { id, progress } = await begin(recorder)
    await expect.poll(async () => (await stored(id))?.status).toBe('running')
    const release = await hold(id)
    const before = batches.length
    progress.stepStarted('pack', 1)
    await expect.poll(() => batches.length).toBe(before + 1)
    let closed = false
    const closing = recorder.close().then(() => {
      closed = true
    })
    await sleep(50)
    expect(closed).toBe(false)
    await release()
    await closing
    expect(await stored(id)).toMatchObject({ status: 'running' })
  })

  it('afterwards nothing is written any more', async () => {
    const { recorder } = record()
    const { id, progress } = await begin(recorder)
    await recorder.close()
    const before = await stored(id)
    progress.stepStarted('pack', 1)
    await progress.finished({ status: 'succeeded', result: { title: 'Done' } })
    await sleep(80)
    expect(await stored(id)).toEqual(before)
  })
})

describe('what a step tells of its progress', () => {
  it.each([
    ['half of the first of four steps', 1, 2, 0.125],
    ['more than all', 5, 2, 0.25],
    ['less than nothing', -1, 2, 0],
    ['of nothing', 1, 0, 0],
    ['no number', Number.NaN, 2, 0],
    ['endlessly much', Number.POSITIVE_INFINITY, 2, 0],
  ])('%s is stored as a number from 0 to 1', async (_what, done, total, expected) => {
    const { recorder } = record()
    const { id, progress } = await begin(recorder)
    progress.stepStarted('pack', 1)
    progress.stepMoved('pack', total > 0 ? done / total : 0, undefined)
    await recorder.close()
    expect((await stored(id))?.progress).toBeCloseTo(expected, 5)
  })

  it('the bar reaches its end with the run, not before, though more steps are done than were declared', async () => {
    const { recorder } = record()
    const { id, progress } = await begin(recorder)
    for (let step = 0; step < 6; step += 1) progress.stepDone(`step ${step}`, DONE)
    await recorder.close()
    expect((await stored(id))?.progress).toBeCloseTo(0.99, 5)
  })

  it('a late word of a step does not touch a run that is over: it may be retried by then', async () => {
    const { recorder } = record()
    const { id, progress } = await begin(recorder)
    await progress.finished({ status: 'failed', error: { code: 'x', message: 'X.' } })
    await tables().updateTable('run').set({ status: 'queued', error: null }).where('id', '=', id).execute()
    progress.stepMoved('pack', 0.9, 'still uploading')
    await recorder.close()
    expect(await stored(id)).toMatchObject({ status: 'queued', error: null })
  })
})
