import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Failure } from '#base'
import { writeChanges } from '../store/changes.ts'
import { createRig, type Rig } from '../testing/rig.fixture.ts'
import { createScript } from '../testing/script.fixture.ts'

let rig: Rig
const script = createScript()
beforeAll(async () => {
  rig = await createRig({ mashups: [script.mashup] })
  rig.accounts.connect(rig.ownerId, 'ana@parcel.example')
})
afterAll(() => rig.close())

const start = () => rig.start({ mashup: script.mashup, input: { to: 'Oslo' } })
const cancel = (id: string) => rig.runs.cancel(id, rig.ownerId)

describe('Cancel', () => {
  it('while a step is at work: the page says so at once, and the step hears of it within 1.5 s', async () => {
    const heard = Promise.withResolvers<number>()
    script.play({
      async stamp({ context: { signal } }) {
        await once(signal, 'abort')
        heard.resolve(performance.now())
        signal.throwIfAborted()
      },
    })
    const { id } = await start()
    await rig.atWork(id, 'stamp')
    const pressed = performance.now()
    await cancel(id)
    const run = await rig.find(id)
    expect(run).toMatchObject({ status: 'cancelled', error: null, result: null })
    expect(run.finishedAt).toBeInstanceOf(Date)
    expect((await rig.runs.steps(id)).map((step) => [step.name, step.status])).toEqual([
      ['pack', 'done'],
      ['stamp', 'cancelled'],
    ])
    expect((await heard.promise) - pressed).toBeLessThan(1500)
    await expect.poll(() => rig.workflow(id)).toBe('CANCELLED')
    expect(script.times('send')).toBe(0)
    expect(await rig.find(id)).toMatchObject({ status: 'cancelled', error: null })
  })

  it('a step that does not listen may end, but the next one is not begun and the run stays cancelled', async () => {
    const end = Promise.withResolvers<string>()
    script.play({ stamp: () => end.promise })
    const { id } = await start()
    await rig.atWork(id, 'stamp')
    await cancel(id)
    end.resolve('stamped all the same')
    // The recorder has written behind by then what it was going to write.
    await new Promise((resolve) => setTimeout(resolve, 150))
    expect(script.times('send')).toBe(0)
    expect(await rig.find(id)).toMatchObject({ status: 'cancelled', result: null })
    expect(await rig.step(id, 'stamp')).toMatchObject({ status: 'cancelled' })
  })

  it('while it waits for a reconnect; the reconnect that comes later brings it back no more', async () => {
    const account = rig.accounts.connect(rig.ownerId, 'bea@parcel.example')
    script.play({
      stamp({ sender }) {
        rig.accounts.become(account, 'needs_reconnect')
        const { connectionId } = sender.account
        throw new Failure({ kind: 'needs_reconnect', code: 'dead', message: 'Dead.', connectionId })
      },
    })
    const { id } = await rig.start({ mashup: script.mashup, input: { to: 'Rome' }, chosen: { sender: account.id } })
    await rig.becomes(id, 'paused')
    await cancel(id)
    expect(await rig.find(id)).toMatchObject({ status: 'cancelled', pause: null })
    expect(await rig.step(id, 'stamp')).toMatchObject({ status: 'cancelled' })
    rig.accounts.become(account, 'usable')
    await rig.runs.onUsable(rig.ownerId)
    await rig.hurry(id)
    await expect.poll(() => rig.workflow(id)).toBe('CANCELLED')
    expect(script.times('stamp')).toBe(1)
    expect(await rig.find(id)).toMatchObject({ status: 'cancelled' })
  })

  it('while it waits for an account before it began', async () => {
    const { ownerId } = await rig.test.guest()
    script.play({})
    const { id, status } = await rig.start({ ownerId, mashup: script.mashup, input: { to: 'Rome' } })
    expect(status).toBe('paused')
    await rig.runs.cancel(id, ownerId)
    rig.accounts.connect(ownerId, 'cleo@parcel.example')
    await rig.runs.onUsable(ownerId)
    expect(await rig.find(id)).toMatchObject({ status: 'cancelled' })
    expect(await rig.workflow(id)).toBeUndefined()
  })

  it('pressed twice, or on a run that is over, changes nothing', async () => {
    script.play({})
    const { id } = await start()
    const over = await rig.becomes(id, 'succeeded')
    await cancel(id)
    expect(await rig.find(id)).toEqual(over)
  })
})

describe('after Cancel nothing brings a run back', () => {
  async function cancelled(): Promise<string> {
    script.play({ pack: ({ context: { signal } }) => once(signal, 'abort') })
    const { id } = await start()
    await rig.atWork(id, 'pack')
    await cancel(id)
    return id
  }

  it('not Retry, not a late write of its process, not a restart', async () => {
    const id = await cancelled()
    const before = await rig.find(id)
    await expect(rig.runs.retry(id, rig.ownerId)).rejects.toMatchObject({ code: 'run_not_failed' })
    await rig.runs.onUsable(rig.ownerId)
    await writeChanges(
      rig.test.database,
      [{ id, status: 'running', progress: 0.5, message: 'late', pause: null, result: null, error: null }],
      [],
    )
    await rig.restart()
    expect(await rig.find(id)).toEqual(before)
    expect(await rig.workflow(id)).toBe('CANCELLED')
  })

  it('not the queue that it waited in', async () => {
    script.play({})
    await rig.restart({ role: 'web' })
    const { id } = await start()
    expect(await rig.find(id)).toMatchObject({ status: 'queued' })
    expect(await rig.workflow(id)).toBe('ENQUEUED')
    await cancel(id)
    // The next one in the same queue is done: the cancelled one would have been done before.
    const next = await start()
    await rig.restart({ role: 'all' })
    await rig.becomes(next.id, 'succeeded')
    expect(await rig.find(id)).toMatchObject({ status: 'cancelled' })
    expect(script.done.filter(({ key }) => key.startsWith(id))).toEqual([])
  })
})
