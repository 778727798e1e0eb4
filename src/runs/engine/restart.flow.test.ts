import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Failure } from '#base'
import { steps } from '../testing/mashup.fixture.tsx'
import { relay } from '../testing/relay.fixture.ts'
import { createRig, type Rig } from '../testing/rig.fixture.ts'
import { createScript } from '../testing/script.fixture.ts'

const RUNNER = fileURLToPath(new URL('../testing/runner.fixture.ts', import.meta.url))

let rig: Rig
const script = createScript()
const done: { step: string; key: string }[] = []
const relayed = relay((step, key) => {
  done.push({ step, key })
  return `${step} by the living one`
})
beforeAll(async () => {
  rig = await createRig({ mashups: [script.mashup, relayed], alone: true })
  rig.accounts.connect(rig.ownerId, 'ana@parcel.example')
})
beforeEach(() => {
  done.length = 0
})
afterAll(() => rig.close())

/** Another process begins a run and is killed (SIGKILL) in its second step. */
async function killInSecondStep(): Promise<{ runId: string; key: string }> {
  const input = JSON.stringify({ url: rig.test.url.reveal(), ownerId: rig.ownerId })
  const child = spawn(process.execPath, [RUNNER, input], { stdio: ['ignore', 'pipe', 'pipe'] })
  const key = await firstLine(child)
  child.kill('SIGKILL')
  await once(child, 'exit')
  return { key, runId: key.split(':', 1)[0] ?? '' }
}

async function firstLine(child: ChildProcessByStdio<null, Readable, Readable>): Promise<string> {
  let complaint = ''
  child.stderr.on('data', (chunk) => {
    complaint += chunk
  })
  for await (const chunk of child.stdout) return String(chunk).trim()
  throw new Error(`the runner ended by itself: ${complaint}`)
}

describe('a process that is killed in the middle of a run', () => {
  it('has its runs taken over by a living one within seconds: the finished step is not done again', async () => {
    const { runId, key } = await killInSecondStep()
    const killed = performance.now()
    const run = await rig.becomes(runId, 'succeeded')
    expect(performance.now() - killed).toBeLessThan(7000)
    expect(run.result).toEqual({ title: 'first by the killed one, then second by the living one' })
    expect(done).toEqual([{ step: 'second', key }])
    expect(await rig.runs.steps(runId)).toMatchObject([
      { name: 'first', status: 'done', attempts: 1 },
      { name: 'second', status: 'done', attempts: 1 },
    ])
  })

  it('has its runs continued at once by the next one that starts, where nobody else can be at them', async () => {
    let runId = ''
    let key = ''
    await rig.restart({
      async meanwhile() {
        ;({ runId, key } = await killInSecondStep())
      },
    })
    const started = performance.now()
    const run = await rig.becomes(runId, 'succeeded')
    // Without the two seconds of grace that others would need to show that they live.
    expect(performance.now() - started).toBeLessThan(2000)
    expect(run.result?.title).toBe('first by the killed one, then second by the living one')
    expect(done).toEqual([{ step: 'second', key }])
  })
})

describe('a process that stops in good order', () => {
  it('lets the step that is at work come to its end', async () => {
    const atWork = Promise.withResolvers<void>()
    script.play({
      async send() {
        atWork.resolve()
        await new Promise((resolve) => setTimeout(resolve, 200))
        return 'sent'
      },
    })
    const { id } = await rig.start({ mashup: script.mashup, input: { to: 'Oslo' } })
    await atWork.promise
    await rig.restart()
    expect(await rig.find(id)).toMatchObject({ status: 'succeeded' })
    expect(script.times('send')).toBe(1)
  })

  it('does not wait for runs that wait; they go on in the next process, where they were', async () => {
    const account = rig.accounts.connect(rig.ownerId, 'bea@parcel.example')
    let broken = true
    script.play({
      stamp({ sender }) {
        if (!broken) return 'stamped'
        rig.accounts.become(account, 'needs_reconnect')
        const { connectionId } = sender.account
        throw new Failure({ kind: 'needs_reconnect', code: 'dead', message: 'Dead.', connectionId })
      },
    })
    const { id } = await rig.start({ mashup: script.mashup, input: { to: 'Oslo' }, chosen: { sender: account.id } })
    await rig.becomes(id, 'paused')
    const stopping = performance.now()
    await rig.restart({ meanwhile: async () => expect(performance.now() - stopping).toBeLessThan(2500) })
    expect(script.done.map(({ step }) => step)).toEqual(['pack', 'stamp'])
    broken = false
    rig.accounts.become(account, 'usable')
    await rig.runs.onUsable(rig.ownerId)
    await rig.becomes(id, 'succeeded')
    expect(script.done.map(({ step, key }) => [step, key])).toEqual([
      ['pack', `${id}:pack`],
      ['stamp', `${id}:stamp`],
      ['stamp', `${id}:stamp`],
      ['send', `${id}:send`],
    ])
  })
})

describe('a mash-up whose code was changed while a run was under way', () => {
  const old = steps('edited', ['a', 'b'], async (step) => {
    await step('a', () => done.push({ step: 'old a', key: '' }))
    await step('b', () => {
      throw new Failure({ kind: 'rate_limited', code: 'slow', message: 'Slow.', retryAfter: 3000 })
    })
  })
  const edited = steps('edited', ['new a', 'b'], async (step) => {
    await step('new a', ({ key }) => done.push({ step: 'new a', key }))
    await step('b', ({ key }) => done.push({ step: 'new b', key }))
  })

  it('fails the run with mashup_changed; Retry does it from the beginning with the code of today', async () => {
    await rig.restart({ mashups: [old] })
    const { id } = await rig.start({ mashup: old, input: { kept: 'yes' } })
    await rig.until(id, (run) => run.message?.startsWith('Slow.') ?? false)
    await rig.restart({ mashups: [edited] })
    expect(await rig.becomes(id, 'failed')).toMatchObject({ error: { code: 'mashup_changed' }, input: { kept: 'yes' } })
    expect(done.map(({ step }) => step)).toEqual(['old a'])
    await rig.runs.retry(id, rig.ownerId)
    await rig.becomes(id, 'succeeded')
    expect(done.map(({ step, key }) => [step, key]).slice(1)).toEqual([
      ['new a', `${id}:new a`],
      ['new b', `${id}:b`],
    ])
    // Of the first attempt nothing is left on the page.
    expect((await rig.runs.steps(id)).map((step) => step.name)).toEqual(['new a', 'b'])
  })

  it('but a run that waited for its account before it began begins with the code of then', async () => {
    await rig.restart({ mashups: [script.mashup] })
    const { ownerId } = await rig.test.guest()
    const { id } = await rig.start({ ownerId, mashup: script.mashup, input: { to: 'Oslo' } })
    script.play({})
    await rig.restart({ mashups: [{ ...script.mashup, version: 'of-today' }] })
    rig.accounts.connect(ownerId, 'cleo@parcel.example')
    await rig.runs.onUsable(ownerId)
    expect(await rig.becomes(id, 'succeeded')).toMatchObject({ version: 'of-today', input: { to: 'Oslo' } })
  })

  it('and a mash-up that is no longer there fails its runs likewise', async () => {
    await rig.restart({ mashups: [old] })
    const { id } = await rig.start({ mashup: old })
    await rig.until(id, (run) => run.message?.startsWith('Slow.') ?? false)
    await rig.restart({ mashups: [] })
    expect(await rig.becomes(id, 'failed')).toMatchObject({ error: { code: 'mashup_changed' } })
  })
})
