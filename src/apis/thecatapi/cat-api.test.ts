import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import { type Clock, Secret } from '#base'
import { createOutbound, type Outbound } from '#outbound'
import { failureOf, serve } from '#testing'
import shipped from './breeds.json' with { type: 'json' }
import { type CatApi, createCatApi } from './cat-api.ts'

type Reply = { status?: number; headers?: Record<string, string>; body: unknown }
type Setting = {
  cats: CatApi
  /** What each path answers; changeable. */
  replies: { breeds: Reply; search: Reply }
  calls: string[]
  keys: Set<string | undefined>
  host: string
  /** Time that has gone by; and how far somebody has set the time of day, besides. */
  clock: { seconds: number; set: number }
} & AsyncDisposable

const opened: Outbound[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((outbound) => outbound.close()))
})

async function setting(options: { key?: string; random?: () => number } = {}): Promise<Setting> {
  const calls: string[] = []
  const keys = new Set<string | undefined>()
  const there = await serve((request: IncomingMessage, response: ServerResponse) => {
    calls.push(request.url ?? '')
    keys.add([request.headers['x-api-key']].flat()[0])
    const { status = 200, headers = {}, body } = request.url?.startsWith('/v1/breeds') ? replies.breeds : replies.search
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  const picture = (id: string) => ({ id, url: `${there.url}/images/${id}.jpg`, width: 800, height: 600 })
  const bengal = { id: 'beng', name: 'Bengal', temperament: 'Alert, Agile', origin: 'United States' }
  const replies: Setting['replies'] = {
    breeds: {
      body: [
        {
          ...bengal,
          description: 'Spots.',
          wikipedia_url: 'https://en.wikipedia.org/wiki/Bengal_cat',
          image: picture('own'),
        },
        { id: 'mala', name: 'Malayan' },
      ],
    },
    search: { body: ['a', 'b', 'c'].map((id) => ({ ...picture(id), breeds: [bengal] })) },
  }
  const outbound = createOutbound({ allow: [there.host], userAgent: 'trivet-test' })
  opened.push(outbound)
  const time = { seconds: 0, set: 0 }
  const clock: Clock = { now: () => new Date(Date.UTC(2026, 10, 20) + (time.seconds + time.set) * 1000) }
  const monotonic = () => time.seconds * 1000
  const { key, random = () => 0 } = options
  return {
    cats: createCatApi({
      ...{ outbound, url: `${there.url}/v1`, random, clock, monotonic },
      key: key ? new Secret(key) : undefined,
    }),
    ...{ replies, calls, keys, host: there.host, clock: time },
    [Symbol.asyncDispose]: () => there[Symbol.asyncDispose](),
  }
}

describe('breeds', () => {
  test('come from the API, once an hour, for many who ask at once', async () => {
    await using here = await setting()
    const [one] = await Promise.all([here.cats.breeds(), here.cats.breeds()])
    expect(one.source).toBe('api')
    expect(one.breeds[0]).toEqual({
      ...{
        id: 'beng',
        name: 'Bengal',
        temperament: ['Alert', 'Agile'],
        origin: 'United States',
        description: 'Spots.',
      },
      wikipedia: 'https://en.wikipedia.org/wiki/Bengal_cat',
      picture: { imageId: 'own', url: `http://${here.host}/images/own.jpg`, width: 800, height: 600 },
    })
    here.clock.seconds = 3599
    await here.cats.breeds()
    expect(here.calls).toHaveLength(1)
    here.clock.seconds = 3601
    await here.cats.breeds()
    expect(here.calls).toHaveLength(2)
  })

  test('are the shipped ones after a second and a half of waiting; the next page has those of the API', async () => {
    const answered = Promise.withResolvers<void>()
    await using there = await serve(async (_request, response) => {
      await answered.promise
      response.writeHead(200).end(JSON.stringify([{ id: 'beng', name: 'Bengal' }]))
    })
    const outbound = createOutbound({ allow: [there.host], userAgent: 'trivet-test' })
    opened.push(outbound)
    const cats = createCatApi({ outbound, url: `${there.url}/v1`, key: undefined })
    const began = performance.now()
    expect((await cats.breeds()).source).toBe('shipped')
    expect(performance.now() - began).toBeLessThan(5000)
    answered.resolve()
    await expect.poll(async () => (await cats.breeds()).source).toBe('api')
  })

  test.each([
    ['answers 500', { status: 500, body: '' }],
    ['answers HTML', { body: '<html>' }],
    ['answers an empty list', { body: [] }],
    ['answers another form', { body: { message: 'x' } }],
    ['refuses the key', { status: 401, body: 'AUTHENTICATION_ERROR' }],
  ])('are the shipped ones while the API %s, and the API is asked again soon', async (_, reply) => {
    await using here = await setting()
    const good = here.replies.breeds
    here.replies.breeds = reply
    const list = await here.cats.breeds()
    expect(list.source).toBe('shipped')
    expect(list.breeds).toHaveLength(67)
    await here.cats.breeds()
    expect(here.calls).toHaveLength(1)
    here.replies.breeds = good
    here.clock.seconds = 31
    expect((await here.cats.breeds()).source).toBe('api')
  })

  test('are kept for an hour by a clock that nobody sets', async () => {
    await using here = await setting()
    await here.cats.breeds()
    here.clock.set = 24 * 3600
    await here.cats.breeds()
    expect(here.calls).toHaveLength(1)
    here.clock.set = -24 * 3600
    here.clock.seconds = 3601
    await here.cats.breeds()
    expect(here.calls).toHaveLength(2)
  })

  test('are those of before while the API is down', async () => {
    await using here = await setting()
    await here.cats.breeds()
    here.replies.breeds = { status: 503, body: '' }
    here.clock.seconds = 4000
    expect(await here.cats.breeds()).toMatchObject({ source: 'api', breeds: [{ id: 'beng' }, { id: 'mala' }] })
  })

  test('that ship have ids of their own, names and words', () => {
    expect(new Set(shipped.map((breed) => breed.id)).size).toBe(67)
    expect(shipped.filter((breed) => !/^[a-z]{4}$/.test(breed.id) || !breed.name || !breed.temperament.length)).toEqual(
      [],
    )
  })
})

describe('find', () => {
  test('takes one of several pictures of that breed at random', async () => {
    await using here = await setting({ key: 'k', random: () => 0.5 })
    expect(await here.cats.find('beng')).toEqual({
      ...{ imageId: 'b', url: `http://${here.host}/images/b.jpg`, width: 800, height: 600 },
      breed: { id: 'beng', name: 'Bengal', temperament: ['Alert', 'Agile'], origin: 'United States', description: '' },
    })
    expect(here.keys).toEqual(new Set(['k']))
    expect(here.calls.at(-1)).toContain('breed_ids=beng')
    expect(here.cats.pictureHosts).toEqual([here.host])
  })

  test('passes over pictures of other breeds and of other hosts: an unknown filter is ignored silently', async () => {
    await using here = await setting({ key: 'k', random: () => 0.99 })
    const right = {
      id: 'right',
      url: `http://${here.host}/r.jpg`,
      width: 1,
      height: 1,
      breeds: [{ id: 'beng', name: 'Bengal' }],
    }
    here.replies.search.body = [
      right,
      { ...right, id: 'wrong', breeds: [{ id: 'abys', name: 'Abyssinian' }] },
      { ...right, id: 'none', breeds: [] },
      { ...right, id: 'elsewhere', url: 'http://169.254.169.254/latest/meta-data' },
    ]
    expect((await here.cats.find('beng')).imageId).toBe('right')
  })

  test.each([
    ['there is no key', undefined, undefined],
    ['the pictures come without a breed', 'k', [{ id: 'x', url: 'http://127.0.0.1/x', width: 1, height: 1 }]],
    ['the search finds nothing', 'k', []],
  ])("takes the breed's own picture where %s", async (_, key, body) => {
    await using here = await setting(key === undefined ? {} : { key })
    if (body) here.replies.search.body = body
    expect(await here.cats.find('beng')).toMatchObject({ imageId: 'own', breed: { id: 'beng' } })
  })

  test.each(['dog', '', 'beng,abys', 'beng&limit=1', '../breeds'])('%j is an unknown breed', async (id) => {
    await using here = await setting({ key: 'k' })
    expect((await failureOf(here.cats.find(id))).data).toMatchObject({ code: 'unknown_breed', kind: 'refused' })
    here.replies.breeds = { status: 500, body: '' }
    here.clock.seconds = 4000
    expect((await failureOf(here.cats.find(id))).data.code).toBe('unknown_breed')
    expect(here.calls.some((call) => call.includes('search'))).toBe(false)
  })

  test('a known breed without any picture says to choose another', async () => {
    await using here = await setting({ key: 'k' })
    here.replies.search.body = []
    const failure = await failureOf(here.cats.find('mala'))
    expect(failure.data).toMatchObject({ code: 'breed_without_pictures', kind: 'refused' })
    expect(failure.data.message).toMatch(/Malayan.*another breed/)
  })

  test.each([
    [{ 'retry-after': '5' }, 5],
    [{ 'Retry-After-Seconds': '12.5' }, 12.5],
    [{ 'RateLimit-Reset': '2026-11-20T00:00:40.000Z' }, 40],
    [{}, 60],
  ])('429 with %o waits %d seconds', async (headers, retryAfter) => {
    await using here = await setting({ key: 'k' })
    here.replies.search = { status: 429, headers, body: 'Too many' }
    expect((await failureOf(here.cats.find('beng'))).data).toMatchObject({
      ...{ kind: 'rate_limited', code: 'cat_api_rate_limited', retryAfter },
    })
  })

  test.each([
    ['500', { status: 500, body: '' }, 'cat_api_unavailable'],
    ['no JSON', { body: '<html>' }, 'cat_api_unavailable'],
    ['401', { status: 401, body: 'AUTHENTICATION_ERROR' }, 'cat_api_key_refused'],
  ])('search answers %s', async (_, reply, code) => {
    await using here = await setting({ key: 'secret-key' })
    here.replies.search = reply
    const failure = await failureOf(here.cats.find('beng'))
    expect(failure.data.code).toBe(code)
    expect(JSON.stringify([failure.data, failure.hint])).not.toContain('secret-key')
  })

  test('without a key and without a list it fails as what kept the list away', async () => {
    await using here = await setting()
    here.replies.breeds = { status: 503, body: '' }
    expect((await failureOf(here.cats.find('beng'))).data).toMatchObject({
      code: 'cat_api_unavailable',
      kind: 'transient',
    })
  })

  test('a server that is not there is `cat_api_unavailable`', async () => {
    const here = await setting({ key: 'k' })
    await here[Symbol.asyncDispose]()
    expect((await failureOf(here.cats.find('beng'))).data).toMatchObject({
      code: 'cat_api_unavailable',
      kind: 'transient',
    })
  })

  test('stops when its signal fires', async () => {
    await using here = await setting({ key: 'k' })
    const failure = await failureOf(here.cats.find('beng', { signal: AbortSignal.abort() }))
    expect(failure.data.kind).toBe('cancelled')
  })
})

test('pictures of the real API come from its CDN only', () => {
  const outbound = createOutbound({ allow: [], userAgent: 'trivet-test' })
  opened.push(outbound)
  const cats = createCatApi({ outbound, url: 'https://api.thecatapi.com/v1', key: undefined })
  expect(cats.pictureHosts).toEqual(['cdn2.thecatapi.com:443'])
})
