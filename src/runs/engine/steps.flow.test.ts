import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Failure, type FailureData, Secret } from '#base'
import { mashup } from '../definition/mashup.ts'
import type { RunResult } from '../definition/result.ts'
import { steps, WORDS } from '../testing/mashup.fixture.tsx'
import { createRig, type Rig } from '../testing/rig.fixture.ts'
import { createScript, failing, type StepName } from '../testing/script.fixture.ts'

let rig: Rig
const script = createScript()
const twice = steps('twice', ['same'], async (step) => {
  await step('same', () => 1)
  await step('same', () => 2)
})
let result: RunResult
const ending = mashup('ending', {
  ...WORDS,
  path: '/ending',
  form: {},
  connect: {},
  use: {},
  steps: [],
  run: async () => result,
})
beforeAll(async () => {
  rig = await createRig({ mashups: [script.mashup, twice, ending] })
  rig.accounts.connect(rig.ownerId, 'ana@parcel.example')
})
afterAll(() => rig.close())

const start = () => rig.start({ mashup: script.mashup, input: { to: 'Oslo' } })
const failure = (kind: FailureData['kind'], code: string, more: Partial<FailureData> = {}) =>
  new Failure({ kind, code, message: `It was ${code}.`, ...more })

/** Seconds that the engine meant to wait at each wait, whatever cut it short. */
async function waits(runId: string): Promise<number[]> {
  const rows = await rig.execute(`
    select output, started_at_epoch_ms as began from dbos.operation_outputs
    where workflow_uuid = '${runId}' and function_name = 'DBOS.sleep' order by function_id`)
  return rows.map(({ output, began }) => {
    const until = Number(/\d{13}/.exec(String(output))?.[0])
    return Math.round((until - Number(began)) / 1000)
  })
}

/** Cuts short so many waits. */
async function hurry(runId: string, times: number): Promise<void> {
  for (let sent = 0; sent < times; sent += 1) await rig.hurry(runId)
}

describe('a run', () => {
  it('does its steps in order, each once, and ends with its result', async () => {
    script.play({
      stamp: ({ context }) => {
        context.say('two stamps')
        context.progress(1, 2, 'licking')
      },
    })
    const { id } = await start()
    const run = await rig.settled(id)
    expect(run).toMatchObject({ status: 'succeeded', progress: 1, result: { title: 'The parcel is on its way' } })
    expect(run.finishedAt).toBeInstanceOf(Date)
    expect(script.done).toEqual([
      { step: 'pack', key: `${id}:pack`, attempt: 1 },
      { step: 'stamp', key: `${id}:stamp`, attempt: 1 },
      { step: 'send', key: `${id}:send`, attempt: 1 },
    ])
    expect(await rig.runs.steps(id)).toMatchObject([
      { name: 'pack', status: 'done', attempts: 1, message: null },
      { name: 'stamp', status: 'done', attempts: 1, message: 'two stamps' },
      { name: 'send', status: 'done', attempts: 1, message: null },
    ])
  })

  it('hands every step the client of the account that was named at the start', async () => {
    const seen: string[] = []
    script.play({ send: ({ sender }) => void seen.push(sender.account.connectionId, sender.account.name) })
    const { id } = await start()
    const run = await rig.settled(id)
    expect(seen).toEqual([run.connections['sender'], 'ana@parcel.example'])
  })
})

describe('a mash-up', () => {
  it('with two steps of one name fails: the second would get the first one’s checkpoint', async () => {
    const run = await rig.settled((await rig.start({ mashup: twice })).id)
    expect(run).toMatchObject({ status: 'failed', error: { code: 'mashup_error' } })
    expect(rig.logged()).toContain('Two steps are called')
  })

  it('whose result is no data fails, and holds nobody else up', async () => {
    const unstorable: Record<string, unknown> = { title: 'Sent', sentAt: 10n }
    result = unstorable as RunResult
    const run = await rig.settled((await rig.start({ mashup: ending })).id)
    expect(run).toMatchObject({ status: 'failed', error: { code: 'step_result_not_data' } })
    expect(run.error?.message).toContain('a bigint')
  })

  it('whose result holds what PostgreSQL cannot store is stored without that', async () => {
    result = { title: 'Sent\0', text: 'half a pair: \uD83D' }
    const run = await rig.settled((await rig.start({ mashup: ending })).id)
    expect(run).toMatchObject({ status: 'succeeded', result: { title: 'Sent\uFFFD', text: 'half a pair: \uFFFD' } })
  })
})

describe('what a step may not give back fails the run with step_result_not_data, and is kept nowhere', () => {
  it.each([
    ['bytes', () => Buffer.from('leaked-bytes'), 'bytes'],
    ['a secret', () => ({ session: new Secret('leaked-secret') }), 'a secret'],
    ['a function', () => ({ close: () => 'leaked-function' }), 'a function'],
    ['a class instance', () => new URL('https://leaked-class.example'), 'class URL'],
    ['more than 256 KiB', () => 'leaked-size'.repeat(30_000), 'more than'],
  ])('%s', async (_what, value, reason) => {
    script.play({ stamp: value })
    const run = await rig.settled((await start()).id)
    expect(run).toMatchObject({ status: 'failed', error: { code: 'step_result_not_data' } })
    expect(run.error?.message).toContain('"stamp"')
    expect(run.error?.message).toContain(reason)
    expect(script.times('send')).toBe(0)
    expect(await rig.step(run.id, 'stamp')).toMatchObject({ status: 'failed', message: run.error?.message })
    expect(await rig.everythingStored()).not.toContain('leaked-')
  })
})

describe('a transient failure', () => {
  it('is tried again by itself, with the same key and the next attempt number', async () => {
    script.play({ stamp: failing(1, () => failure('transient', 'busy')) })
    const { id } = await start()
    const waiting = await rig.until(id, (run) => run.message !== null)
    expect(waiting).toMatchObject({ status: 'running', message: 'It was busy. Trying again in 1 s.' })
    expect(await rig.settled(id)).toMatchObject({ status: 'succeeded', message: null })
    expect(script.done).toEqual([
      { step: 'pack', key: `${id}:pack`, attempt: 1 },
      { step: 'stamp', key: `${id}:stamp`, attempt: 1 },
      { step: 'stamp', key: `${id}:stamp`, attempt: 2 },
      { step: 'send', key: `${id}:send`, attempt: 1 },
    ])
    expect(await rig.step(id, 'stamp')).toMatchObject({ status: 'done', attempts: 2, message: null })
  })

  it('is what two transactions that met are, too: the one that lost goes again (PostgreSQL 40P01)', async () => {
    script.play({
      stamp: ({ context }) => {
        if (context.attempt === 1) throw Object.assign(new Error('deadlock detected'), { code: '40P01' })
      },
    })
    const { id } = await start()
    await hurry(id, 1)
    expect(await rig.settled(id)).toMatchObject({ status: 'succeeded' })
  })

  it('gives up after the eighth, having waited 1, 2, 3, 6, 12, 24 and 45 s', async () => {
    script.play({ stamp: failing(8, () => failure('transient', 'busy')) })
    const { id } = await start()
    await hurry(id, 7)
    expect(await rig.settled(id)).toMatchObject({
      status: 'failed',
      error: { code: 'busy', message: 'It was busy.' },
    })
    expect(script.times('stamp')).toBe(8)
    expect(await waits(id)).toEqual([1, 2, 3, 6, 12, 24, 45])
    expect(await rig.step(id, 'stamp')).toMatchObject({ status: 'failed', attempts: 8, message: 'It was busy.' })
  })
})

describe('a rate limit', () => {
  it.each([
    ['waits what the other side asks for', 90, 90],
    ['waits 30 s where it does not say', undefined, 30],
    ['waits an hour at most', 86_400, 3600],
    ['waits a second at least', 0, 1],
  ])('%s', async (_what, retryAfter, seconds) => {
    const more = retryAfter === undefined ? {} : { retryAfter }
    script.play({ stamp: failing(1, () => failure('rate_limited', 'slow_down', more)) })
    const { id } = await start()
    await hurry(id, 1)
    expect(await rig.settled(id)).toMatchObject({ status: 'succeeded' })
    expect(await waits(id)).toEqual([seconds])
  })

  it('is no failure: more of them than tries do not end the run', async () => {
    script.play({ stamp: failing(10, () => failure('rate_limited', 'slow_down', { retryAfter: 60 })) })
    const { id } = await start()
    await hurry(id, 10)
    expect(await rig.settled(id)).toMatchObject({ status: 'succeeded' })
    expect(script.times('stamp')).toBe(11)
  })
})

describe('a refusal', () => {
  const refused = () => failure('refused', 'drive_full')

  it('fails the run with its code and message, at once', async () => {
    script.play({ stamp: failing(1, refused) })
    const run = await rig.settled((await start()).id)
    expect(run).toMatchObject({ status: 'failed', error: { code: 'drive_full', message: 'It was drive_full.' } })
    expect(script.times('stamp')).toBe(1)
    expect(await waits(run.id)).toEqual([])
    const names = (await rig.runs.steps(run.id)).map((step) => [step.name, step.status])
    expect(names).toEqual([
      ['pack', 'done'],
      ['stamp', 'failed'],
    ])
  })

  it('Retry goes on from that step: what is done is not done again, and the key stays', async () => {
    script.play({ stamp: failing(1, refused) })
    const { id } = await start()
    await rig.becomes(id, 'failed')
    await rig.runs.retry(id, rig.ownerId)
    const run = await rig.becomes(id, 'succeeded')
    expect(run).toMatchObject({ error: null })
    expect(script.done.map(({ step, key }) => [step, key])).toEqual([
      ['pack', `${id}:pack`],
      ['stamp', `${id}:stamp`],
      ['stamp', `${id}:stamp`],
      ['send', `${id}:send`],
    ])
  })

  it('Retry after a step that was tried several times begins it anew: no try is left over', async () => {
    script.play({ stamp: failing(9, () => failure('transient', 'busy')) })
    const { id } = await start()
    await hurry(id, 7)
    await rig.becomes(id, 'failed')
    await rig.runs.retry(id, rig.ownerId)
    // The ninth failure is the first of the new tries, so it is waited for and not fatal.
    expect(await rig.becomes(id, 'succeeded')).toMatchObject({ error: null })
    expect(script.times('pack')).toBe(1)
  })

  it('Retry in the very moment of the failure, before the engine has put the run down, works too', async () => {
    script.play({ stamp: failing(3, refused) })
    const { id } = await start()
    for (let retried = 0; retried < 3; retried += 1) {
      const failed = Promise.withResolvers<void>()
      const stop = rig.runs.watch(id, (status) => status === 'failed' && failed.resolve())
      if ((await rig.find(id)).status === 'failed') failed.resolve()
      await failed.promise
      stop()
      await rig.runs.retry(id, rig.ownerId)
    }
    expect(await rig.becomes(id, 'succeeded')).toMatchObject({ error: null })
    expect(script.times('pack')).toBe(1)
  })

  it('Retry pressed twice is one retry', async () => {
    script.play({ stamp: failing(1, refused) })
    const { id } = await start()
    await rig.becomes(id, 'failed')
    await Promise.all([rig.runs.retry(id, rig.ownerId), rig.runs.retry(id, rig.ownerId)])
    await rig.becomes(id, 'succeeded')
    expect(script.times('stamp')).toBe(2)
    await rig.runs.retry(id, rig.ownerId)
    expect(await rig.find(id)).toMatchObject({ status: 'succeeded' })
  })

  it('Retry of somebody else’s run is refused as if there were none', async () => {
    script.play({ stamp: failing(1, refused) })
    const { id } = await start()
    await rig.becomes(id, 'failed')
    const stranger = await rig.test.guest()
    await expect(rig.runs.retry(id, stranger.ownerId)).rejects.toMatchObject({ code: 'run_not_found' })
    await expect(rig.runs.cancel(id, stranger.ownerId)).rejects.toMatchObject({ code: 'run_not_found' })
  })
})

describe('an error of the author’s own code is mashup_error, and its words are for the log only', () => {
  const words = 'boom at db.internal with pw-4711'

  it.each<[string, StepName | undefined]>([
    ['inside a step', 'stamp'],
    ['outside the steps', undefined],
  ])('%s', async (_where, step) => {
    const boom = () => {
      throw new TypeError(words)
    }
    if (step) script.play({ [step]: boom })
    else script.play({}, boom)
    const run = await rig.settled((await start()).id)
    expect(run).toMatchObject({ status: 'failed', error: { code: 'mashup_error' } })
    expect(run.error?.message).not.toContain('boom')
    expect(await rig.everythingStored()).not.toContain('pw-4711')
    expect(rig.logged()).toContain(words)
  })

  it('Retry after an error outside the steps keeps the steps: a finished one never runs again', async () => {
    let broken = true
    script.play({}, () => {
      if (broken) throw new TypeError(words)
    })
    const { id } = await start()
    await rig.becomes(id, 'failed')
    broken = false
    await rig.runs.retry(id, rig.ownerId)
    await rig.becomes(id, 'succeeded')
    expect(script.done.map(({ step }) => step)).toEqual(['pack', 'stamp', 'send'])
  })
})
