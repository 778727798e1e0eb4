import { DBOS } from '@dbos-inc/dbos-sdk'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Failure, newId } from '#base'
import { insertRun, requeueFailedRun } from '../store/run.ts'
import { listExecutorsWithWork, listFinishedWorkflows, listStrandedRuns } from '../store/workflow.ts'
import { createRig, type Rig } from '../testing/rig.fixture.ts'
import { createScript } from '../testing/script.fixture.ts'
import { ENGINE_VERSION } from './dbos.ts'

/** The product looks every two seconds, for what has been so for two: each of these takes some four, so they run together. */
let rig: Rig
let sender: string
const script = createScript()
beforeAll(async () => {
  rig = await createRig({ mashups: [script.mashup] })
  sender = rig.accounts.connect(rig.ownerId, 'ana@parcel.example').id
})
afterAll(() => rig.close())

const begin = () => rig.start({ mashup: script.mashup, input: { to: 'Oslo' } })
const timesOf = (id: string, step: string) => script.done.filter(({ key }) => key === `${id}:${step}`).length

/** A run that failed in "stamp" and will not fail again. */
async function failed(): Promise<string> {
  const { id } = await begin()
  await rig.becomes(id, 'failed')
  await expect.poll(() => rig.workflow(id)).toBe('SUCCESS')
  return id
}

it('a run and its workflow that disagree, because a process died between two writes, are brought together again', async () => {
  let refuse = true
  script.play({
    stamp() {
      if (refuse) throw new Failure({ kind: 'refused', code: 'no_stamps', message: 'No stamps.' })
      return 'stamped'
    },
  })
  // Died after storing the run and before handing it to the engine.
  const unstarted = newId()
  const { version } = script.mashup
  const draft = { mashup: 'parcel', version, input: { to: 'Oslo' }, connections: { sender } }
  await insertRun(rig.test.database, { ...draft, id: unstarted, ownerId: rig.ownerId, submission: null, pause: null })
  // Died after noting a retry and before rewinding the workflow.
  const unwound = await failed()
  await requeueFailedRun(rig.tables, unwound, { version, anew: false })
  // The same, of a mash-up that had been changed.
  const unwoundAnew = await failed()
  await requeueFailedRun(rig.tables, unwoundAnew, { version, anew: true })
  refuse = false
  // A workflow that gave up, at work and waiting.
  const [atWork, waiting] = [await begin(), await begin()]
  await rig.becomes(atWork.id, 'succeeded')
  await rig.becomes(waiting.id, 'succeeded')
  for (const { id } of [atWork, waiting]) await expect.poll(() => rig.workflow(id)).toBe('SUCCESS')
  await rig.execute(`update trivet.run set status = 'running', result = null where id = '${atWork.id}'`)
  await rig.execute(
    `update trivet.run set status = 'paused', pause = '{"reason":"needs_reconnect"}' where id = '${waiting.id}'`,
  )
  await rig.execute(
    `update dbos.workflow_status set status = 'MAX_RECOVERY_ATTEMPTS_EXCEEDED'
     where workflow_uuid in ('${atWork.id}', '${waiting.id}')`,
  )

  expect(await rig.becomes(unstarted, 'succeeded')).toMatchObject({ input: { to: 'Oslo' } })
  expect(timesOf(unstarted, 'stamp')).toBe(1)

  await rig.becomes(unwound, 'succeeded')
  expect([timesOf(unwound, 'pack'), timesOf(unwound, 'stamp')]).toEqual([1, 2])
  await rig.becomes(unwoundAnew, 'succeeded')
  expect([timesOf(unwoundAnew, 'pack'), timesOf(unwoundAnew, 'stamp')]).toEqual([2, 2])

  for (const { id } of [atWork, waiting]) {
    expect(await rig.becomes(id, 'failed')).toMatchObject({ error: { code: 'engine_gave_up' }, pause: null })
    await rig.runs.retry(id, rig.ownerId)
    await rig.becomes(id, 'succeeded')
    // What was finished before the engine gave up is not done again.
    expect([timesOf(id, 'pack'), timesOf(id, 'send')]).toEqual([1, 1])
  }
}, 30_000)

it('a run that somebody is at, or that is over, is not stranded', async () => {
  const end = Promise.withResolvers<void>()
  script.play({ stamp: () => end.promise })
  const atWork = await begin()
  await rig.atWork(atWork.id, 'stamp')
  // As if both were old.
  await rig.execute(`update trivet.run set created_at = created_at - interval '1 hour'`)
  await rig.execute(`update dbos.workflow_status set updated_at = updated_at - 3600000`)
  expect(await listStrandedRuns(rig.test.database.tables(), 100)).toEqual([])
  expect(await listExecutorsWithWork(rig.test.database.tables(), ENGINE_VERSION)).toEqual([DBOS.executorID])
  expect(await listExecutorsWithWork(rig.test.database.tables(), 'engine-of-another-version')).toEqual([])
  end.resolve()
  await rig.becomes(atWork.id, 'succeeded')
})

it('what the engine keeps of a run goes a day after it ended well; what may be retried is kept', async () => {
  const finished = () => listFinishedWorkflows(rig.test.database.tables(), 100)
  script.play({
    stamp() {
      throw new Failure({ kind: 'refused', code: 'no_stamps', message: 'No stamps.' })
    },
  })
  const mayBeRetried = await failed()
  script.play({})
  const [well, gone] = [await begin(), await begin()]
  for (const { id } of [well, gone]) await rig.becomes(id, 'succeeded')
  for (const { id } of [well, gone]) await expect.poll(() => rig.workflow(id)).toBe('SUCCESS')
  expect(await finished()).toEqual([])
  await rig.execute(`delete from trivet.run where id = '${gone.id}'`)
  expect(await finished()).toEqual([gone.id])
  await rig.test.shift(24 * 3600 + 1)
  expect(await finished()).toEqual(expect.arrayContaining([gone.id, well.id]))
  expect(await finished()).not.toContain(mayBeRetried)
  await rig.test.shift(0)
})
