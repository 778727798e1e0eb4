import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Failure, Secret, systemClock } from '#base'
import type { OAuthProviderConfig } from '#config'
import type { Database } from '#database'
import { createOutbound, type Outbound } from '#outbound'
import { failureOf, serve, silentLog, type TestDatabase, type TestServer, testDatabase } from '#testing'
import type { ProviderDefinition } from '../provider/definition.ts'
import { createProvider } from '../provider/provider.ts'
import { discord } from '../providers/discord.ts'
import { createBudget, type Waits } from './budget.ts'
import { createProviderCalls } from './calls.ts'

type Refusal = { headers?: Record<string, string>; body?: unknown; status?: number }
/** A provider of one test: when calls came, and what it does instead of answering 200. */
type There = { url: string; arrivals: number[]; refusals: Refusal[] }

const providers = new Map<string, There>()
let test: TestDatabase
let other: Database
let server: TestServer
let outbound: Outbound
const errors: object[] = []
const log = { ...silentLog, error: (fields: object) => void errors.push(fields) }

beforeAll(async () => {
  test = await testDatabase()
  other = await test.open()
  server = await serve((request, response) => {
    const there = providers.get(request.url ?? '')
    there?.arrivals.push(performance.now())
    const refusal = there?.refusals.shift()
    response.writeHead(refusal ? (refusal.status ?? 429) : 200, refusal?.headers)
    response.end(typeof refusal?.body === 'string' ? refusal.body : JSON.stringify(refusal?.body))
  })
  outbound = createOutbound({ allow: [server.host], userAgent: 'trivet-test' })
})
afterAll(async () => {
  await outbound.close()
  await server[Symbol.asyncDispose]()
  await test.close()
})

type Call = (
  waits: Waits,
  signal?: AbortSignal,
  sessionId?: string,
) => Promise<{ status: number; headers: { get(name: string): string | undefined } }>

/** A provider that takes so many requests in a second, and two processes that call it. */
function setUp(requestsPerSecond: number | undefined, definition: ProviderDefinition = discord) {
  const path = `/${providers.size}`
  const there: There = { url: `${server.url}${path}`, arrivals: [], refusals: [] }
  providers.set(path, there)
  const { url } = there
  const config: OAuthProviderConfig = {
    ...{ source: 'real', clientId: 'id', clientSecret: new Secret('s'), issuer: url },
    ...{ authorizeUrl: url, tokenUrl: url, revokeUrl: url, userinfoUrl: url, apiUrl: url },
    ...{ redirectPath: undefined, requestsPerSecond },
  }
  const provider = createProvider(definition, config, { publicUrl: 'http://localhost:3000', version: '1.2.3' })
  const process = (database: Database): Call => {
    const budget = createBudget({ database, log })
    const calls = createProviderCalls({ outbound, budget, clock: systemClock })
    const request = { method: 'GET', url, hosts: [server.host], maxBytes: 1000, purpose: 'test' } as const
    return async (waits, signal, sessionId) => {
      const response = await calls.send(provider, { ...request, ...(signal ? { signal } : {}) }, { waits, sessionId })
      await response.discard()
      return response
    }
  }
  return { there, one: process(test.database), two: process(other) }
}

const busiestSecond = ({ arrivals }: There) =>
  Math.max(...arrivals.map((at) => arrivals.filter((other) => other >= at && other < at + 1000).length))
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** As the engine does: waits as long as it is told, then tries again. @returns tries */
async function untilSent(call: Call): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    try {
      await call('run')
      return tries
    } catch (error) {
      if (!(error instanceof Failure) || error.data.kind !== 'rate_limited') throw error
      await sleep((error.data.retryAfter ?? 0) * 1000)
    }
  }
}

describe.concurrent('the budget of a provider, shared by two processes', () => {
  it('never lets more than the limit arrive in any one second, and uses most of it', async () => {
    const { there, one, two } = setUp(20)
    const began = performance.now()
    await Promise.all(Array.from({ length: 60 }, (_, n) => (n % 2 ? one : two)('person')))
    const seconds = (performance.now() - began) / 1000
    expect(there.arrivals).toHaveLength(60)
    expect(busiestSecond(there)).toBeLessThanOrEqual(20)
    // 59 spaces of 1.25 s / 20.
    expect(seconds).toBeGreaterThan(3.6)
    expect(seconds).toBeLessThan(5)
  })

  it.each([1, 2, 3])('holds for a limit of %i, where one too many is easily sent', async (limit) => {
    const { there, one, two } = setUp(limit)
    await Promise.all(Array.from({ length: 2 * limit + 1 }, (_, n) => (n % 2 ? one : two)('person')))
    expect(busiestSecond(there)).toBeLessThanOrEqual(limit)
  })

  it('sends runs that find the queue full away until moments of their own, not all until the same one', async () => {
    const { there, one, two } = setUp(10)
    const calls = Array.from({ length: 60 }, (_, n) => (n % 2 ? one : two)('run'))
    const settled = await Promise.allSettled(calls)
    const waits = settled.flatMap((one) => (one.status === 'rejected' ? [Number(one.reason.data.retryAfter)] : []))
    expect(waits.length + there.arrivals.length).toBe(60)
    // 8 in a second: the last of 60 has its turn after 7.5 s.
    expect(Math.max(...waits)).toBeGreaterThanOrEqual(7)
    for (const same of Map.groupBy(waits, (wait) => wait).values()) expect(same.length).toBeLessThanOrEqual(9)
  })

  it('lets nobody starve: who comes back when told is sent before long', async () => {
    const { there, one, two } = setUp(40)
    const tries = await Promise.all(Array.from({ length: 160 }, (_, n) => untilSent(n % 2 ? one : two)))
    expect(there.arrivals).toHaveLength(160)
    expect(busiestSecond(there)).toBeLessThanOrEqual(40)
    expect(Math.max(...tries)).toBeLessThanOrEqual(4)
  }, 20_000)

  it('makes nobody wait where nobody else calls', async () => {
    const { one } = setUp(2)
    await one('run')
    await sleep(650)
    const began = performance.now()
    await one('run')
    expect(performance.now() - began).toBeLessThan(300)
  })

  it('does not reserve what would come too late: people wait longer than runs', async () => {
    const { there, one, two } = setUp(1)
    const waiting = [one('person'), one('person'), two('person')]
    await sleep(200)
    const failure = await failureOf(two('run'))
    expect(failure.data).toMatchObject({ kind: 'rate_limited', code: 'provider_busy' })
    expect(failure.data.retryAfter).toBeGreaterThan(2)
    await Promise.all(waiting)
    expect(there.arrivals).toHaveLength(3)
  })

  it('asks the database nothing where no limit is known', async () => {
    const { there, one } = setUp(undefined)
    await Promise.all(Array.from({ length: 30 }, () => one('run')))
    const text = 'select issuer from trivet.provider_budget'
    expect(await test.database.prepared({ name: 'test_issuers', text }, [])).not.toContainEqual({ issuer: there.url })
  })

  it('lets a caller go who gives up', async () => {
    const { there, one } = setUp(1)
    await one('person')
    const controller = new AbortController()
    const waiting = failureOf(one('person', controller.signal))
    setTimeout(() => controller.abort(), 50)
    const began = performance.now()
    expect((await waiting).data.kind).toBe('cancelled')
    expect(performance.now() - began).toBeLessThan(600)
    expect(there.arrivals).toHaveLength(1)
  })
})

describe.concurrent('a 429 in spite of it', () => {
  it.each<[string, Record<string, string>, unknown]>([
    ['said to be global', { 'x-ratelimit-global': 'true', 'retry-after': '1' }, ''],
    ['of scope global', { 'x-ratelimit-scope': 'global' }, { retry_after: 0.8 }],
    ['of scope shared', { 'x-ratelimit-scope': 'shared', 'retry-after': '1' }, {}],
    ['global by its body', { 'x-ratelimit-scope': 'user' }, { global: true, retry_after: 0.8 }],
    ['without a scope, as a page', { 'retry-after': '1' }, '<h1>429</h1>'],
  ])('%s holds everybody back, in both processes, also those who had a turn', async (_what, headers, body) => {
    const { there, one, two } = setUp(10)
    there.refusals.push({ headers, body })
    const waiting = [one('person'), one('person'), one('person'), one('person')]
    const first = await Promise.race(waiting)
    expect(first.status).toBe(429)
    await Promise.all([...waiting, two('person')])
    const [refused = 0, ...later] = there.arrivals
    expect(later).toHaveLength(4)
    expect(Math.min(...later) - refused).toBeGreaterThan(750)
  })

  it('of scope user is that account’s alone', async () => {
    const { there, one, two } = setUp(20)
    there.refusals.push({
      headers: { 'x-ratelimit-scope': 'user', 'retry-after': '5' },
      body: { retry_after: 4.2, global: false },
    })
    expect((await one('run')).status).toBe(429)
    const began = performance.now()
    await two('run')
    expect(performance.now() - began).toBeLessThan(1000)
  })

  it('sends runs away until then', async () => {
    const { there, one, two } = setUp(20)
    there.refusals.push({ headers: { 'retry-after': '40' }, body: '' })
    await one('run')
    const failure = await failureOf(two('run'))
    expect(failure.data).toMatchObject({ code: 'provider_busy' })
    expect(failure.data.retryAfter).toBeGreaterThanOrEqual(39)
    expect(there.arrivals).toHaveLength(1)
  })

  it.each<[string, Record<string, string>, number]>([
    ['without a scope', {}, 60],
    ['of scope shared', { 'x-ratelimit-scope': 'shared' }, 60],
    ['said to be global', { 'x-ratelimit-global': 'true' }, 3600],
  ])('%s holds everybody back no longer than it can mean, however long it says', async (_what, headers, most) => {
    const { there, one, two } = setUp(20)
    there.refusals.push({ headers: { 'retry-after': '86400', ...headers }, body: '' })
    expect((await one('run')).headers.get('Retry-After')).toBe('3600')
    const { retryAfter = 0 } = (await failureOf(two('run'))).data
    expect(retryAfter).toBeGreaterThan(most - 2)
    expect(retryAfter).toBeLessThanOrEqual(most + 1)
  })

  it.each<[string, Record<string, string>, unknown, string]>([
    ['the body, a float', { 'retry-after': '2' }, { retry_after: 1.337 }, '1.337'],
    ['the header', { 'retry-after': '2' }, '', '2'],
    ['the bucket', { 'x-ratelimit-reset-after': '1.5' }, '<html>', '1.5'],
    ['nothing', {}, { retry_after: 'soon' }, '30'],
    ['nonsense', { 'retry-after': 'soon' }, { retry_after: -5 }, '30'],
    ['a number beyond all measure, an hour', { 'retry-after': '2' }, { retry_after: 1e308 }, '3600'],
    ['a header beyond all measure, an hour', { 'retry-after': '86400' }, '', '3600'],
  ])('hands on for how long, as told by %s', async (_what, headers, body, seconds) => {
    const { there, one } = setUp(undefined)
    there.refusals.push({ headers, body })
    expect((await one('run')).headers.get('Retry-After')).toBe(seconds)
  })
})

describe('answers that say no (Discord, "Invalid Request Limit")', () => {
  afterEach(() => test.shift(0))
  /** Blocks the address after 20 in ten minutes; 8 of them are enough for us. */
  const strict: ProviderDefinition = { ...discord, refusalLimit: { most: 20, seconds: 600 } }
  const user = { status: 429, headers: { 'x-ratelimit-scope': 'user', 'retry-after': '0' } }

  it('hold the whole provider back long before it would block the address, in both processes, with one line', async () => {
    const { there, one, two } = setUp(100, strict)
    there.refusals.push(...[401, 403, 401, 403, 401, 403].map((status) => ({ status })), user, user)
    there.refusals.push(...Array.from({ length: 40 }, () => ({ status: 401 })))
    const before = errors.length
    await Promise.allSettled(Array.from({ length: 40 }, (_, n) => (n % 2 ? one : two)('person')))
    // Beside the eighth, what was on its way already.
    expect(there.arrivals.length).toBeGreaterThanOrEqual(8)
    expect(there.arrivals.length).toBeLessThanOrEqual(16)
    expect(errors.slice(before)).toEqual([{ provider: 'discord', refused: 8, seconds: expect.any(Number) }])
    const { data } = await failureOf(two('run'))
    expect(data).toMatchObject({ code: 'provider_busy', message: expect.stringContaining('gets no requests') })
    expect(data.retryAfter).toBeGreaterThan(590)
    expect(data.retryAfter).toBeLessThan(665)
  })

  it('are counted anew when the window is over', async () => {
    const { there, one } = setUp(100, strict)
    const refuse = async (times: number) => {
      there.refusals.push(...Array.from({ length: times }, () => ({ status: 403 })))
      for (let n = 0; n < times; n += 1) await one('run')
    }
    await refuse(7)
    await test.shift(601)
    await refuse(7)
    expect((await one('run')).status).toBe(200)
    await refuse(1)
    expect((await failureOf(one('run'))).data).toMatchObject({ code: 'provider_busy' })
  })

  it('do not count with scope shared, nor where the provider blocks nobody for them, nor what is no refusal', async () => {
    const { one, there } = setUp(100, strict)
    const shared = { headers: { 'x-ratelimit-scope': 'shared', 'retry-after': '0' } }
    there.refusals.push(...Array.from({ length: 10 }, () => shared), ...Array(10).fill({ status: 400 }))
    for (let n = 0; n < 20; n += 1) await one('person')
    expect((await one('run')).status).toBe(200)
    const { refusalLimit: _, ...lenient } = strict
    const other = setUp(100, lenient)
    other.there.refusals.push(...Array(10).fill({ status: 403 }))
    for (let n = 0; n < 10; n += 1) await other.one('run')
    expect((await other.one('run')).status).toBe(200)
  })

  it('Discord’s limit is 10,000 in ten minutes, and any ten minutes touch two windows at most', () => {
    expect(discord.refusalLimit).toEqual({ most: 10_000, seconds: 600 })
  })
})

describe('one browser that signs in hundreds of times at once', () => {
  it('has three calls waiting; others wait for none of its further ones', async () => {
    const { there, one } = setUp(2)
    await one('person')
    const began = performance.now()
    const greedy = Array.from({ length: 30 }, () => failureOf(one('person', undefined, 'greedy')).catch(() => 'sent'))
    const other = one('person', undefined, 'other')
    expect((await other).status).toBe(200)
    // Behind three of the greedy one: four spaces of 1.25 s / 2.
    expect(performance.now() - began).toBeLessThan(3000)
    const refused = (await Promise.all(greedy)).filter((one) => one !== 'sent')
    expect(refused).toHaveLength(27)
    expect(refused[0]).toMatchObject({ data: { code: 'provider_busy', message: expect.stringContaining('waiting') } })
    expect(there.arrivals).toHaveLength(5)
    await one('person', undefined, 'greedy')
  })
})

describe('time that does not pass as it should', () => {
  afterEach(() => test.shift(0))

  it('turns that were slept through are not taken all at once', async () => {
    const { there, one, two } = setUp(10)
    await one('person')
    const waiting = Array.from({ length: 10 }, () => one('person'))
    await sleep(200)
    // The whole process stands still for a second.
    const end = performance.now() + 1000
    while (performance.now() < end);
    await Promise.all([...waiting, ...Array.from({ length: 8 }, () => two('person'))])
    expect(there.arrivals).toHaveLength(19)
    expect(busiestSecond(there)).toBeLessThanOrEqual(10)
  })

  it('a clock that is put back keeps nobody waiting for as long', async () => {
    const { one } = setUp(50)
    await test.shift(7200)
    await one('run')
    await test.shift(0)
    expect((await failureOf(one('run'))).data.retryAfter).toBeLessThan(35)
  })
})
