import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Failure, newId } from '#base'
import { createMender } from './mend.ts'
import { listFinishedWorkflows } from './store/workflow.ts'
import { createRig, type Rig } from './testing/rig.fixture.ts'
import { createScript } from './testing/script.fixture.ts'

let rig: Rig
let ownerId: string
const script = createScript()
beforeAll(async () => {
  rig = await createRig({ mashups: [script.mashup] })
})
beforeEach(async () => {
  ownerId = (await rig.test.guest()).ownerId
  rig.accounts.connect(ownerId, 'ana@parcel.example')
})
afterAll(() => rig.close())

const start = (more = {}) => rig.start({ ownerId, mashup: script.mashup, input: { to: 'Oslo' }, ...more })

describe('erasing an owner', () => {
  it('leaves nothing of their runs, done or waiting, in the engine and no file; others keep theirs', async () => {
    const stranger = (await rig.test.guest()).ownerId
    rig.accounts.connect(stranger, 'bob@parcel.example')
    script.play({
      pack: async ({ context }) => {
        const file = { name: 'label.txt', type: 'text/plain', source: Buffer.from('to Oslo'), maxBytes: 100 }
        return (await context.files.write(file)).id
      },
    })
    const done = await start()
    const theirs = await start({ ownerId: stranger })
    await rig.becomes(done.id, 'succeeded')
    await rig.becomes(theirs.id, 'succeeded')
    script.play({
      stamp: ({ sender }) => {
        const { connectionId } = sender.account
        throw new Failure({ kind: 'missing_scope', code: 'no', message: 'No.', connectionId })
      },
    })
    const waiting = await start()
    await rig.becomes(waiting.id, 'paused')

    await rig.runs.erase(ownerId)
    await rig.runs.erase(ownerId)

    for (const { id } of [done, waiting]) {
      expect(await rig.workflow(id)).toBeUndefined()
      expect(await rig.execute(`select 1 from dbos.operation_outputs where workflow_uuid = '${id}'`)).toEqual([])
      expect(await rig.execute(`select 1 from trivet.stored_file where run_id = '${id}'`)).toEqual([])
    }
    expect(await rig.workflow(theirs.id)).toBe('SUCCESS')
  })
})

describe('workflows that nothing can come of any more', () => {
  const finished = () => listFinishedWorkflows(rig.test.database.tables(), 100)

  it('are those of runs that are gone at once, of runs that are done after a day, of failed ones never', async () => {
    script.play({})
    const [done, gone] = [await start(), await start()]
    await rig.becomes(done.id, 'succeeded')
    await rig.becomes(gone.id, 'succeeded')
    script.play({ stamp: () => Promise.reject(new Failure({ kind: 'refused', code: 'no', message: 'No.' })) })
    const failed = await start()
    await rig.becomes(failed.id, 'failed')
    await rig.execute(`delete from trivet.run where id = '${gone.id}'`)
    await expect.poll(finished).toContain(gone.id)
    expect(await finished()).not.toContain(done.id)

    await rig.execute(`update trivet.run set finished_at = finished_at - interval '25 hours'`)
    expect(await finished()).toEqual(expect.arrayContaining([done.id, gone.id]))
    expect(await finished()).not.toContain(failed.id)
  })
})

it('many that wait hide nobody: paused runs are looked at in turns', async () => {
  const tables = rig.tables
  const ids = Array.from({ length: 120 }, () => newId()).sort()
  await rig.tables
    .insertInto('run')
    .values(
      ids.map((id) => ({
        id,
        owner_id: ownerId,
        mashup: 'nobody knows it',
        version: '1',
        input: '{}',
        connections: '{}',
        status: 'paused' as const,
        pause: JSON.stringify({ reason: 'connection_required', provider: 'parcel', scopes: [], message: '' }),
      })),
    )
    .execute()
  const looked = new Set<string>()
  const round = createMender({
    tables,
    workflows: rig.test.database.tables(),
    engine: { launch: async () => {}, rewind: async () => {}, forget: async () => {} },
    goOn: async (run) => void looked.add(run.id),
    announce: async () => {},
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  })
  for (let rounds = 0; rounds < 4; rounds += 1) await round()
  expect(ids.filter((id) => !looked.has(id))).toEqual([])
})
