import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Failure, newId } from '#base'
import type { ConnectionView } from '#connections'
import type { FileRef } from '#storage'
import type { ParcelClient } from './testing/mashup.fixture.tsx'
import { createRig, type Rig } from './testing/rig.fixture.ts'
import { createScript } from './testing/script.fixture.ts'

let rig: Rig
let guest: string
let user: string
let account: ConnectionView
const script = createScript()
beforeAll(async () => {
  rig = await createRig({ mashups: [script.mashup] })
})
beforeEach(async () => {
  guest = (await rig.test.guest()).ownerId
  user = (await rig.test.guest()).ownerId
  account = rig.accounts.connect(guest, 'ana@parcel.example')
})
afterAll(() => rig.close())

const start = (changes: { submission?: string } = {}) =>
  rig.start({ ownerId: guest, mashup: script.mashup, input: { to: 'Oslo' }, ...changes })

/** Takes runs along, with the accounts named, as a merge does. */
async function take(ids: readonly string[], became: Readonly<Record<string, string>> = {}) {
  const move = { from: guest, to: user, ids: new Set(ids), became: new Map(Object.entries(became)) }
  await rig.test.database.transaction((tables) => rig.runs.move(tables, move))
}

/** A step that stays until it is told to go on. */
function gate() {
  const [reached, opened] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  return {
    reached: reached.promise,
    open: opened.resolve,
    async wait() {
      reached.resolve()
      await opened.promise
    },
  }
}

/** What the account answered: these accounts send nothing, which says that they were asked for by their owner. */
const sent = ({ account: handle }: ParcelClient) =>
  handle.send({ method: 'GET', path: '/x' }).then(
    () => 'sent',
    (error: unknown) => (error instanceof Failure ? error.data.code : 'asked as its owner'),
  )

describe('a run that is taken along while it works (security §10.8)', () => {
  it('goes on as its new owner: it finds its account again, and is theirs to see and nobody else’s', async () => {
    const { reached, open, wait } = gate()
    const answers: string[] = []
    script.play({
      stamp: wait,
      send: async ({ sender }) => void answers.push(await sent(sender)),
    })
    const { id } = await start()
    await reached
    await take([id, account.id])
    rig.accounts.give(account, user)
    open()
    await rig.becomes(id, 'succeeded')
    expect(answers).toEqual(['asked as its owner'])
    expect(script.times('pack')).toBe(1)
    expect(await rig.runs.find(id, guest)).toBeUndefined()
    expect(await rig.runs.find(id, user)).toMatchObject({ ownerId: user, status: 'succeeded' })
  })

  it('finds the account under the id of the one that the new owner had', async () => {
    const { reached, open, wait } = gate()
    const answers: string[] = []
    const used: string[] = []
    script.play({
      stamp: wait,
      async send({ sender }) {
        answers.push(await sent(sender))
        used.push(sender.account.connectionId)
      },
    })
    const theirs = rig.accounts.connect(user, 'ana@parcel.example')
    const { id } = await start()
    await reached
    await take([id], { [account.id]: theirs.id })
    rig.accounts.disconnect(account)
    open()
    await rig.becomes(id, 'succeeded')
    expect([answers, used]).toEqual([['asked as its owner'], [theirs.id]])
    expect((await rig.find(id)).connections).toEqual({ sender: theirs.id })
  })

  it('without its account ends with that one, which it had begun to use, for as long as it is there', async () => {
    const { reached, open, wait } = gate()
    const answers: string[] = []
    script.play({ stamp: wait, send: async ({ sender }) => void answers.push(await sent(sender)) })
    rig.accounts.connect(user, 'bob@parcel.example')
    const { id } = await start()
    await reached
    await take([id])
    open()
    expect(await rig.becomes(id, 'succeeded')).toMatchObject({ connections: { sender: account.id } })
    expect(answers).toEqual(['asked as its owner'])
  })

  it('whose account is gone waits for one, as the new owner; those that they had are not used unasked', async () => {
    const { reached, open, wait } = gate()
    script.play({
      stamp: wait,
      async send({ sender }) {
        if ((await sent(sender)) === 'asked as its owner') return 'sent'
        const { connectionId } = sender.account
        throw new Failure({ kind: 'needs_reconnect', code: 'connection_not_found', message: 'Gone.', connectionId })
      },
    })
    rig.accounts.connect(user, 'bob@parcel.example')
    const { id } = await start()
    await reached
    await take([id])
    rig.accounts.disconnect(account)
    open()
    expect(await rig.becomes(id, 'paused')).toMatchObject({ ownerId: user, pause: { reason: 'connection_required' } })
    await rig.runs.onUsable(user)
    expect(await rig.find(id)).toMatchObject({ status: 'paused' })
    rig.accounts.connect(user, 'chen@parcel.example')
    await rig.runs.onUsable(user)
    await rig.becomes(id, 'succeeded')
  })

  it('its files are the new owner’s, those that it wrote before and those that it writes after', async () => {
    const { reached, open, wait } = gate()
    const files: FileRef[] = []
    const write = (text: string) => ({ name: text, type: 'text/plain', source: Buffer.from(text), maxBytes: 100 })
    script.play({
      pack: async ({ context }) => void files.push(await context.files.write(write('before'))),
      stamp: wait,
      send: async ({ context }) => void files.push(await context.files.write(write('after'))),
    })
    const { id } = await start()
    await reached
    await take([id])
    await rig.execute(`delete from trivet.user_account where id = '${guest}'`)
    open()
    await rig.becomes(id, 'succeeded')
    for (const { id: file, name } of files) {
      expect([name, (await rig.storage.open(file))?.ownerId]).toEqual([name, user])
    }
    expect(files).toHaveLength(2)
  })

  it('a file that is being written at that very moment is theirs too, and neither waits for ever', async () => {
    script.play({})
    const { id } = await start()
    await rig.becomes(id, 'succeeded')
    const source = (async function* () {
      yield Buffer.from('half')
      await sleep(60)
      yield Buffer.from('whole')
    })()
    const name = 'meanwhile.txt'
    const writing = rig.storage.write({ name, source, type: 'text/plain', maxBytes: 100, ownerId: guest, runId: id })
    await rig.test.database.transaction(async (tables) => {
      const move = { from: guest, to: user, ids: new Set([id]), became: new Map<string, string>() }
      await rig.runs.move(tables, move)
      await sleep(150)
    })
    expect((await rig.storage.open((await writing).id))?.ownerId).toBe(user)
  })

  it('its secrets open for it afterwards, and one that it saves then is sealed for the new owner', async () => {
    const { reached, open, wait } = gate()
    const loaded: (string | undefined)[] = []
    script.play({
      pack: ({ sender }) => sender.tools.secrets.save('session', 'https://upload.example/1'),
      stamp: wait,
      async send({ sender: { tools } }) {
        loaded.push(await tools.secrets.load('session'))
        await tools.secrets.save('session', 'https://upload.example/2')
        loaded.push(await tools.secrets.load('session'))
      },
    })
    const { id } = await start()
    await reached
    const sealed = await rig.execute(`select sealed from trivet.run_secret where run_id = '${id}'`)
    await take([id])
    expect(await rig.execute(`select sealed from trivet.run_secret where run_id = '${id}'`)).not.toEqual(sealed)
    open()
    await rig.becomes(id, 'succeeded')
    expect(loaded).toEqual(['https://upload.example/1', 'https://upload.example/2'])
  })
})

describe('a run that waits for an account', () => {
  it('before it began: goes on with an account that the new owner has', async () => {
    rig.accounts.disconnect(account)
    script.play({})
    const { id } = await start()
    expect(await rig.find(id)).toMatchObject({ status: 'paused' })
    rig.accounts.connect(user, 'bob@parcel.example')
    await take([id])
    await rig.runs.onUsable(user)
    expect(await rig.becomes(id, 'succeeded')).toMatchObject({ ownerId: user })
  })

  it('nobody tells it (the process died after the merge): the sweep does', async () => {
    rig.accounts.disconnect(account)
    script.play({})
    const { id } = await start()
    rig.accounts.connect(user, 'bob@parcel.example')
    await take([id])
    expect(await rig.becomes(id, 'succeeded')).toMatchObject({ ownerId: user })
  })

  it('in the middle, for an account that came along: goes on when its new owner connects that one again', async () => {
    let broken = true
    script.play({
      stamp: ({ sender }) => {
        if (!broken) return 'stamped'
        rig.accounts.become(account, 'needs_reconnect')
        const { connectionId } = sender.account
        throw new Failure({ kind: 'needs_reconnect', code: 'dead', message: 'Dead.', connectionId })
      },
    })
    const { id } = await start()
    await rig.becomes(id, 'paused')
    await take([id, account.id])
    rig.accounts.give(account, user)
    await rig.runs.onUsable(user)
    expect(await rig.find(id)).toMatchObject({ status: 'paused', pause: { connection_id: account.id } })
    broken = false
    rig.accounts.become(account, 'usable')
    await rig.runs.onUsable(user)
    await rig.becomes(id, 'succeeded')
    expect(script.times('pack')).toBe(1)
  })

  it('in the middle, for an account that the new owner has as well: goes on with theirs at once', async () => {
    let broken = true
    script.play({
      stamp: ({ sender }) => {
        if (!broken) return 'stamped'
        rig.accounts.become(account, 'needs_reconnect')
        const { connectionId } = sender.account
        throw new Failure({ kind: 'needs_reconnect', code: 'dead', message: 'Dead.', connectionId })
      },
    })
    const theirs = rig.accounts.connect(user, 'ana@parcel.example')
    const { id } = await start()
    await rig.becomes(id, 'paused')
    broken = false
    await take([id, account.id], { [account.id]: theirs.id })
    await rig.runs.onUsable(user)
    expect(await rig.becomes(id, 'succeeded')).toMatchObject({ connections: { sender: theirs.id } })
  })
})

it('a submission that the new owner has used does not keep a run from moving; else it stays known', async () => {
  script.play({})
  const [shared, own] = [newId(), newId()]
  const theirs = await rig.start({ ownerId: user, mashup: script.mashup, input: { to: 'Rome' }, submission: shared })
  const [twice, once] = [await start({ submission: shared }), await start({ submission: own })]
  await take([twice.id, once.id])
  const rows = await rig.tables.selectFrom('run').select(['id', 'submission']).where('owner_id', '=', user).execute()
  expect(Object.fromEntries(rows.map(({ id, submission }) => [id, submission]))).toEqual({
    [theirs.id]: shared,
    [twice.id]: null,
    [once.id]: own,
  })
})

it('only what is named and is the guest’s moves', async () => {
  script.play({})
  const [named, unnamed] = [await start(), await start()]
  const stranger = (await rig.test.guest()).ownerId
  const foreign = await rig.start({ ownerId: stranger, mashup: script.mashup, input: { to: 'Rome' } })
  await take([named.id, foreign.id])
  const ownerOf = async (id: string) => (await rig.find(id)).ownerId
  expect([await ownerOf(named.id), await ownerOf(unnamed.id), await ownerOf(foreign.id)]).toEqual([
    user,
    guest,
    stranger,
  ])
})

it('is described by its mash-up, and how it stands', async () => {
  rig.accounts.disconnect(account)
  const { id, createdAt } = await start()
  expect(await rig.runs.describe(rig.test.database.tables, guest)).toEqual([
    { kind: 'run', id, name: 'A parcel for you', state: 'waits for an account', at: createdAt },
  ])
})
