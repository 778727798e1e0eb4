import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { capturedLog, type TestDatabase, testDatabase } from '#testing'
import { query } from './blank-database.fixture.ts'
import { cableTo } from './cable.fixture.ts'
import { createListener } from './listen.ts'

let test: TestDatabase
beforeAll(async () => {
  test = await testDatabase()
})
afterAll(() => test.close())

const SESSIONS = `select pid from pg_stat_activity
  where datname = current_database() and application_name = 'trivet listen'`

async function listener(options: { url?: TestDatabase['url'] } = {}) {
  const { log, text } = capturedLog()
  const made = createListener({ url: options.url ?? test.url, log })
  onTestFinished(() => made.close())
  return { ...made, logged: text }
}

/** Repeats until it is heard: LISTEN is opened in the background. */
async function heard(got: readonly string[], channel: string, payload: string): Promise<void> {
  await vi.waitUntil(
    async () => {
      await test.database.notify(channel, payload)
      return got.includes(payload)
    },
    { timeout: 5000, interval: 20 },
  )
}

describe('listen', () => {
  it('hears what any process notifies, whole and in order', async () => {
    const { listen } = await listener()
    const got: string[] = []
    listen('news', (payload) => got.push(payload))
    await heard(got, 'news', 'ready')
    const other = await test.open()
    const payloads = [
      '',
      'ü\u{1f408}',
      `it's "quoted"; drop`,
      'x'.repeat(7999),
      ...Array.from({ length: 50 }, (_, n) => `${n}`),
    ]
    for (const payload of payloads) await other.notify('news', payload)
    await vi.waitUntil(() => got.at(-1) === '49', { timeout: 5000 })
    expect(got.filter((payload) => payload !== 'ready')).toEqual(payloads)
  })

  it('refuses a payload of 8,000 bytes instead of losing it', async () => {
    await expect(test.database.notify('news', 'x'.repeat(8000))).rejects.toThrow('too long')
  })

  it('keeps channels apart, whatever they are called, and gives every listener of one its copy', async () => {
    const { listen } = await listener()
    const got = { first: [] as string[], second: [] as string[], other: [] as string[] }
    const name = `Run "x"; listen other --`
    listen(name, (payload) => got.first.push(payload))
    listen(name, (payload) => got.second.push(payload))
    listen('other', (payload) => got.other.push(payload))
    await heard(got.first, name, 'a')
    await heard(got.other, 'other', 'b')
    expect(new Set(got.first)).toEqual(new Set(['a']))
    expect(got.second).toEqual(got.first)
    expect(new Set(got.other)).toEqual(new Set(['b']))
  })

  it('stops when told to; the other listeners of the channel go on', async () => {
    const { listen } = await listener()
    const got = { gone: [] as string[], stays: [] as string[] }
    const stop = listen('stop', (payload) => got.gone.push(payload))
    listen('stop', (payload) => got.stays.push(payload))
    await heard(got.gone, 'stop', '1')
    stop()
    await heard(got.stays, 'stop', '2')
    expect(got.gone).not.toContain('2')
  })

  it('uses one connection for all, opened with the first listener', async () => {
    const before = (await query(test.url, SESSIONS)).length
    const { listen } = await listener()
    await sleep(50)
    expect(await query(test.url, SESSIONS)).toHaveLength(before)
    const got: string[] = []
    for (let n = 0; n < 20; n += 1) listen(`many_${n}`, (payload) => got.push(payload))
    await heard(got, 'many_19', 'x')
    expect(await query(test.url, SESSIONS)).toHaveLength(before + 1)
  })
})

describe('when its connection dies', () => {
  it('listens again to every channel, also to those that came meanwhile, over one new connection', async () => {
    const { listen, logged } = await listener()
    const got: string[] = []
    listen('before', (payload) => got.push(payload))
    await heard(got, 'before', 'a')
    for (let round = 0; round < 2; round += 1) {
      await query(test.url, `select pg_terminate_backend(pid) from (${SESSIONS}) as them`)
      listen(`meanwhile_${round}`, (payload) => got.push(payload))
      await heard(got, 'before', `b${round}`)
      await heard(got, `meanwhile_${round}`, `c${round}`)
    }
    await vi.waitUntil(async () => (await query(test.url, SESSIONS)).length === 1, { timeout: 5000 })
    expect(logged()).toContain('The LISTEN connection was lost')
    expect(logged()).not.toContain(new URL(test.url.reveal()).password)
    // Each once: no handler was doubled and no old connection is left listening.
    got.length = 0
    await test.database.notify('before', 'once')
    await heard(got, 'before', 'after')
    expect(got.filter((payload) => payload === 'once')).toHaveLength(1)
  })

  it('tells every listener of the gap, once it hears again: what was notified meanwhile is lost', async () => {
    const { listen } = await listener()
    const got: string[] = []
    const gaps = { first: 0, second: 0, stopped: 0 }
    listen(
      'gap',
      (payload) => got.push(payload),
      () => {
        gaps.first += 1
      },
    )
    listen(
      'other gap',
      () => undefined,
      () => {
        gaps.second += 1
      },
    )
    const stop = listen(
      'gap',
      () => undefined,
      () => {
        gaps.stopped += 1
      },
    )
    await heard(got, 'gap', 'before')
    stop()
    expect(gaps).toEqual({ first: 0, second: 0, stopped: 0 })
    for (const round of [1, 2]) {
      await query(test.url, `select pg_terminate_backend(pid) from (${SESSIONS}) as them`)
      await test.database.notify('gap', `lost ${round}`)
      await vi.waitUntil(() => gaps.first === round, { timeout: 5000 })
      // Told after LISTEN, not before: nothing can fall between the two.
      await test.database.notify('gap', `after ${round}`)
      await vi.waitUntil(() => got.includes(`after ${round}`), { timeout: 5000 })
    }
    expect(got.filter((payload) => payload.startsWith('lost'))).toEqual([])
    expect(gaps).toEqual({ first: 2, second: 2, stopped: 0 })
  })

  it('keeps trying while the database cannot be reached', async () => {
    const cable = await cableTo(test.url)
    cable.hold()
    const { listen } = await listener({ url: cable.url })
    const got: string[] = []
    listen('late', (payload) => got.push(payload))
    await sleep(100)
    cable.letGo()
    await heard(got, 'late', 'x')
  })
})

describe('close', () => {
  it('ends the connection, and opens none again', async () => {
    const before = (await query(test.url, SESSIONS)).length
    const { listen, close } = await listener()
    const got: string[] = []
    listen('bye', (payload) => got.push(payload))
    await heard(got, 'bye', 'x')
    await close()
    await sleep(300)
    expect(await query(test.url, SESSIONS)).toHaveLength(before)
  })

  it('in the middle of opening leaves nothing open', async () => {
    const before = (await query(test.url, SESSIONS)).length
    const cable = await cableTo(test.url)
    cable.hold()
    const { listen, close } = await listener({ url: cable.url })
    listen('bye', () => undefined)
    await sleep(20)
    const closing = close()
    cable.letGo()
    await closing
    await vi.waitUntil(async () => (await query(test.url, SESSIONS)).length === before, { timeout: 5000 })
  })
})
