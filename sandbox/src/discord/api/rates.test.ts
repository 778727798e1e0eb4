import { describe, expect, test } from 'vitest'
import { call, connect, refresh } from '../../testing/discord.ts'
import { json, misbehave, postJson, request, startSandbox } from '../../testing/index.ts'

const counts = async (url: string) => (await json(request(`${url}/state`)))['discord']
const limitTo = (url: string, body: unknown) => postJson(`${url}/faults/discord/limit`, body)

describe('headers of every answer (facts 1.9)', () => {
  test('tell limit, remaining and reset', async () => {
    const time = Date.parse('2026-11-20T12:00:00.250Z')
    const { url } = await startSandbox({ now: () => time })
    const tokens = await connect(url)
    const { headers } = await call(url, tokens)
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-ratelimit-limit': '50',
      'x-ratelimit-remaining': '48',
      'x-ratelimit-reset': (time / 1000 + 1).toFixed(3),
      'x-ratelimit-reset-after': '1.000',
      'x-ratelimit-bucket': expect.stringMatching(/^[\da-f]{32}$/),
    })
    const refused = await call(url, { access_token: 'nothing' })
    expect(refused.headers.get('x-ratelimit-remaining')).toBe('47')
    expect(refused.headers.get('x-ratelimit-scope')).toBeNull()
  })
})

describe('the limit', () => {
  test('50 a second: the 51st is 429 with body and headers, and counted', async () => {
    let time = Date.now()
    const { url } = await startSandbox({ now: () => time })
    const tokens = await connect(url)
    time += 1000
    for (let i = 0; i < 50; i++) expect((await call(url, tokens)).status).toBe(200)
    time += 400
    const response = await call(url, tokens)
    expect(response.status).toBe(429)
    expect(await response.json()).toEqual({ message: 'You are being rate limited.', retry_after: 0.6, global: true })
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'retry-after': '1',
      'x-ratelimit-global': 'true',
      'x-ratelimit-scope': 'global',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset-after': '0.600',
    })
    time += 600
    expect((await call(url, tokens)).status).toBe(200)
    expect(await counts(url)).toMatchObject({ limit: 50, exceeded: 1, mostInOneSecond: 51 })
  })

  test('token calls and API calls are counted together, pages and pictures are not', async () => {
    const time = Date.now()
    const { url } = await startSandbox({ now: () => time })
    const tokens = await connect(url)
    expect(await json(limitTo(url, { per_second: 2 }))).toEqual({ limit: 2, exceeded: 0, mostInOneSecond: 0 })
    for (let i = 0; i < 3; i++) await request(`${url}/discord/cdn/embed/avatars/0.png`)
    expect((await call(url, tokens)).status).toBe(200)
    expect((await refresh(url, tokens.refresh_token)).status).toBe(200)
    const refused = await refresh(url, tokens.refresh_token)
    expect(refused.status).toBe(429)
    expect(refused.headers.get('x-ratelimit-limit')).toBe('2')
  })

  test('a refused refresh has used up nothing', async () => {
    let time = Date.now()
    const { url } = await startSandbox({ now: () => time })
    const tokens = await connect(url)
    await limitTo(url, { per_second: 1 })
    await call(url, tokens)
    expect((await refresh(url, tokens.refresh_token)).status).toBe(429)
    time += 1000
    expect((await refresh(url, tokens.refresh_token)).status).toBe(200)
  })

  test('requests that a fault answers count as well', async () => {
    const { url } = await startSandbox()
    await misbehave(url, { provider: 'discord', on: 'users.me', kind: 'status', status: 500 })
    expect((await call(url, { access_token: 'x' })).status).toBe(500)
    expect(await counts(url)).toMatchObject({ mostInOneSecond: 1 })
  })

  test('a changed limit outlives a restart; without a number, or with the state, the usual one is back', async () => {
    const first = await startSandbox()
    await limitTo(first.url, { per_second: 3 })
    await first.close()
    const { url } = await startSandbox({ state: first.state })
    expect(await counts(url)).toMatchObject({ limit: 3 })
    expect(await json(limitTo(url, {}))).toMatchObject({ limit: 50 })
    await limitTo(url, { per_second: 7 })
    await request(`${url}/state`, { method: 'DELETE' })
    expect(await counts(url)).toMatchObject({ limit: 50 })
  })

  test.each([0, -1, 1.5, '5', {}])('per_second %j is refused', async (per_second) => {
    const { url } = await startSandbox()
    expect((await limitTo(url, { per_second })).status).toBe(400)
  })
})

describe('fault rate_limit', () => {
  test('carries the same body and headers as the real thing', async () => {
    const { url } = await startSandbox()
    const tokens = await connect(url)
    await misbehave(url, { provider: 'discord', on: 'users.me', kind: 'rate_limit', retry_after: 1.25 })
    const response = await call(url, tokens)
    expect(response.status).toBe(429)
    expect(await response.json()).toEqual({ message: 'You are being rate limited.', retry_after: 1.25, global: false })
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'retry-after': '2',
      'x-ratelimit-scope': 'user',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset-after': '1.250',
    })
    expect(response.headers.get('x-ratelimit-global')).toBeNull()
  })

  test.each([
    ['global', true],
    ['shared', false],
  ])('scope %s', async (scope, global) => {
    const { url } = await startSandbox()
    await misbehave(url, { provider: 'discord', on: 'users.me', kind: 'rate_limit', retry_after: 3, scope })
    const response = await call(url, { access_token: 'x' })
    expect(response.headers.get('x-ratelimit-scope')).toBe(scope)
    expect(await response.json()).toMatchObject({ retry_after: 3, global })
  })
})
