import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Failure } from '#base'
import type { ConnectionView } from '#connections'
import { createRig, type Rig } from '../testing/rig.fixture.ts'
import { createScript } from '../testing/script.fixture.ts'

let rig: Rig
let ownerId: string
let account: ConnectionView
const script = createScript()
beforeAll(async () => {
  rig = await createRig({ mashups: [script.mashup] })
})
beforeEach(async () => {
  ownerId = (await rig.test.guest()).ownerId
  account = rig.accounts.connect(ownerId, 'ana@parcel.example')
})
afterAll(() => rig.close())

const start = () => rig.start({ ownerId, mashup: script.mashup, input: { to: 'Oslo' } })

/** The account stops to work while the run is at "stamp", and says so with every call until the person has done something. */
function breakWhileStamping(kind: 'needs_reconnect' | 'missing_scope') {
  let broken = true
  script.play({
    stamp: ({ sender }) => {
      if (!broken) return 'stamped'
      rig.accounts.become(account, kind)
      const { connectionId } = sender.account
      throw new Failure({ kind, code: `parcel_${kind}`, message: 'Parcel wants you.', connectionId })
    },
  })
  return {
    repair() {
      broken = false
    },
  }
}

describe.each(['needs_reconnect', 'missing_scope'] as const)('an account that fails with %s', (kind) => {
  it('pauses the run, which says what is needed and of which account', async () => {
    breakWhileStamping(kind)
    const { id } = await start()
    const run = await rig.settled(id)
    expect(run).toMatchObject({ status: 'paused', finishedAt: null, error: null })
    expect(run.pause).toEqual({
      reason: kind,
      provider: 'parcel',
      scopes: ['parcels'],
      connection_id: account.id,
      connect: 'sender',
      marks: [`${account.id} ${account.connectedAt.toISOString()}`],
      message: 'Parcel wants you.',
    })
    expect(await rig.step(id, 'stamp')).toMatchObject({ status: 'paused', message: 'Parcel wants you.' })
    // It stays so by itself: nobody asks the provider again and again.
    await rig.runs.onUsable(ownerId)
    expect(script.times('stamp')).toBe(1)
    await rig.runs.cancel(id, ownerId)
  })

  it('once it is usable again the same run goes on with the same step; what is done stays done', async () => {
    const { repair } = breakWhileStamping(kind)
    const { id } = await start()
    await rig.becomes(id, 'paused')
    repair()
    rig.accounts.become(account, 'usable')
    await rig.runs.onUsable(ownerId)
    expect(await rig.becomes(id, 'succeeded')).toMatchObject({ pause: null, message: null })
    expect(script.done.map(({ step, key }) => [step, key])).toEqual([
      ['pack', `${id}:pack`],
      ['stamp', `${id}:stamp`],
      ['stamp', `${id}:stamp`],
      ['send', `${id}:send`],
    ])
    expect(await rig.step(id, 'stamp')).toMatchObject({ status: 'done', attempts: 2, message: null })
  })
})

it('another account of the same person does not take over a run: it would mix two people’s things', async () => {
  breakWhileStamping('needs_reconnect')
  const { id } = await start()
  await rig.becomes(id, 'paused')
  rig.accounts.connect(ownerId, 'bob@parcel.example')
  await rig.runs.onUsable(ownerId)
  expect(await rig.find(id)).toMatchObject({ status: 'paused', connections: { sender: account.id } })
  expect(script.times('stamp')).toBe(1)
  await rig.runs.cancel(id, ownerId)
})

it('the account of somebody else wakes nobody', async () => {
  const { repair } = breakWhileStamping('needs_reconnect')
  const { id } = await start()
  await rig.becomes(id, 'paused')
  repair()
  const stranger = await rig.test.guest()
  rig.accounts.connect(stranger.ownerId, 'ana@parcel.example')
  await rig.runs.onUsable(stranger.ownerId)
  expect(await rig.find(id)).toMatchObject({ status: 'paused' })
  await rig.runs.cancel(id, ownerId)
})

it('a wake-up that nobody sent (the process died after the reconnect) is made up for by the sweep', async () => {
  const { repair } = breakWhileStamping('needs_reconnect')
  const { id } = await start()
  await rig.becomes(id, 'paused')
  repair()
  rig.accounts.become(account, 'usable')
  expect(await rig.becomes(id, 'succeeded')).toMatchObject({ pause: null })
  expect(script.times('pack')).toBe(1)
})

it('a pause forgives the tries before it: afterwards a step has all of its tries again', async () => {
  let calls = 0
  script.play({
    stamp: ({ sender }) => {
      calls += 1
      if (calls === 8) {
        const { connectionId } = sender.account
        rig.accounts.become(account, 'needs_reconnect')
        throw new Failure({ kind: 'needs_reconnect', code: 'dead', message: 'Dead.', connectionId })
      }
      if (calls < 16) throw new Failure({ kind: 'transient', code: 'busy', message: 'Busy.' })
      return 'stamped'
    },
  })
  const { id } = await start()
  for (let waits = 0; waits < 7; waits += 1) await rig.hurry(id)
  await rig.becomes(id, 'paused')
  rig.accounts.become(account, 'usable')
  await rig.runs.onUsable(ownerId)
  for (let waits = 0; waits < 7; waits += 1) await rig.hurry(id)
  expect(await rig.becomes(id, 'succeeded')).toMatchObject({ error: null })
  expect(await rig.step(id, 'stamp')).toMatchObject({ attempts: 16 })
})

it('an account that was disconnected meanwhile can be connected anew: the step goes on with the new connection', async () => {
  const used: string[] = []
  script.play({
    stamp({ sender }) {
      used.push(sender.account.name)
      if (used.length > 1) return 'stamped'
      rig.accounts.disconnect(account)
      const { connectionId } = sender.account
      throw new Failure({ kind: 'needs_reconnect', code: 'connection_not_found', message: 'It is gone.', connectionId })
    },
    send: ({ sender }) => void used.push(sender.account.name),
  })
  const { id } = await start()
  expect((await rig.becomes(id, 'paused')).pause).toEqual({
    reason: 'connection_required',
    provider: 'parcel',
    scopes: ['parcels'],
    connect: 'sender',
    marks: [],
    message: 'It is gone.',
  })
  const again = rig.accounts.connect(ownerId, 'ana again')
  await rig.runs.onUsable(ownerId)
  expect(await rig.becomes(id, 'succeeded')).toMatchObject({ connections: { sender: again.id } })
  expect(used).toEqual(['ana@parcel.example', 'ana again', 'ana again'])
  expect(script.times('pack')).toBe(1)
})

it('a run that waits for an account which is then disconnected asks for any; connecting it anew lets it go on', async () => {
  const { repair } = breakWhileStamping('needs_reconnect')
  const { id } = await start()
  await rig.becomes(id, 'paused')
  rig.accounts.disconnect(account)
  await rig.runs.onUsable(ownerId)
  // The button of the page would lead to a connection that is not there any more.
  const { pause } = await rig.find(id)
  expect(pause).toMatchObject({ reason: 'connection_required', provider: 'parcel' })
  expect(pause).not.toHaveProperty('connection_id')
  repair()
  const again = rig.accounts.connect(ownerId, 'ana@parcel.example')
  await rig.runs.onUsable(ownerId)
  expect(await rig.becomes(id, 'succeeded')).toMatchObject({ connections: { sender: again.id } })
  expect(script.times('pack')).toBe(1)
})

it('an account that is refused although our row says it works is not tried again and again: the person has to do something', async () => {
  let refused = true
  script.play({
    stamp({ sender }) {
      if (!refused) return 'stamped'
      const { connectionId } = sender.account
      throw new Failure({ kind: 'missing_scope', code: 'refused_all_the_same', message: 'No.', connectionId })
    },
  })
  const { id } = await start()
  await rig.becomes(id, 'paused')
  for (let looks = 0; looks < 3; looks += 1) await rig.runs.onUsable(ownerId)
  expect(script.times('stamp')).toBe(1)
  expect(await rig.find(id)).toMatchObject({ status: 'paused' })
  refused = false
  rig.accounts.become(account, 'usable')
  await rig.runs.onUsable(ownerId)
  await rig.becomes(id, 'succeeded')
  expect(script.times('stamp')).toBe(2)
})

it('where its account was disconnected, another one that was there all the time is not taken: only what is connected now', async () => {
  const bob = rig.accounts.connect(ownerId, 'bob@parcel.example')
  const { repair } = breakWhileStamping('needs_reconnect')
  const { id } = await rig.start({
    ownerId,
    mashup: script.mashup,
    input: { to: 'Oslo' },
    chosen: { sender: account.id },
  })
  await rig.becomes(id, 'paused')
  rig.accounts.disconnect(account)
  for (let looks = 0; looks < 3; looks += 1) await rig.runs.onUsable(ownerId)
  expect(await rig.find(id)).toMatchObject({ status: 'paused', pause: { reason: 'connection_required' } })
  expect(script.times('stamp')).toBe(1)
  repair()
  rig.accounts.become(bob, 'usable')
  await rig.runs.onUsable(ownerId)
  expect(await rig.becomes(id, 'succeeded')).toMatchObject({ connections: { sender: bob.id } })
})
