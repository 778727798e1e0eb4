import { describe, expect, test } from 'vitest'
import { generateId, makeBytes, uploadMultipart } from '../testing/drive.ts'
import {
  authorizationQuery,
  connect,
  json,
  misbehave,
  postJson,
  refresh,
  request,
  startSandbox,
} from '../testing/index.ts'

const breeds = (url: string) => request(`${url}/thecatapi/v1/breeds?limit=1`)
const files = async (url: string) => (await json(request(`${url}/state`)))['google']

async function lastRecorded(url: string): Promise<Record<string, unknown> | undefined> {
  const entries = (await (await request(`${url}/requests`)).json()) as Record<string, unknown>[]
  return entries.at(-1)
}

describe('counting', () => {
  test('a fault hits once by default', async () => {
    const { url } = await startSandbox()
    await misbehave(url, { provider: 'thecatapi', on: 'breeds', kind: 'status', status: 503 })
    expect([(await breeds(url)).status, (await breeds(url)).status]).toEqual([503, 200])
  })

  test('after lets some pass, times limits the hits', async () => {
    const { url } = await startSandbox()
    await misbehave(url, { provider: 'thecatapi', on: 'breeds', kind: 'status', status: 500, after: 1, times: 2 })
    const statuses = []
    for (let i = 0; i < 5; i++) statuses.push((await breeds(url)).status)
    expect(statuses).toEqual([200, 500, 500, 200, 200])
  })

  test('times 0 lasts until cleared', async () => {
    const { url } = await startSandbox()
    await misbehave(url, { provider: 'thecatapi', on: 'breeds', kind: 'status', status: 500, times: 0 })
    for (let i = 0; i < 3; i++) expect((await breeds(url)).status).toBe(500)
    expect(await (await request(`${url}/faults`)).json()).toMatchObject([{ kind: 'status', met: 3 }])
    expect((await request(`${url}/faults`, { method: 'DELETE' })).status).toBe(204)
    expect((await breeds(url)).status).toBe(200)
  })

  test('only the named operation is hit', async () => {
    const { url } = await startSandbox()
    const { refresh_token } = await connect(url)
    await misbehave(url, { provider: 'google', on: 'token.refresh', kind: 'status', status: 503 })
    expect((await connect(url)).access_token).toMatch(/^ya29/)
    expect((await refresh(url, refresh_token)).status).toBe(503)
  })

  test('faults are state: a restarted sandbox goes on misbehaving', async () => {
    const first = await startSandbox()
    await misbehave(first.url, { provider: 'thecatapi', on: 'breeds', kind: 'status', status: 500, times: 2 })
    await breeds(first.url)
    await first.close()
    const { url } = await startSandbox({ state: first.state })
    expect([(await breeds(url)).status, (await breeds(url)).status]).toEqual([500, 200])
  })
})

test.each([
  [{ provider: 'bing', on: 'x', kind: 'slow' }, 'provider must be one of: google, thecatapi'],
  [{ provider: 'google', on: 'picture', kind: 'slow', seconds: 1 }, 'on must be one of: authorize'],
  [{ provider: 'google', on: 'userinfo', kind: 'sulk' }, 'kind must be one of: slow'],
  [{ provider: 'google', on: 'userinfo', kind: 'slow' }, 'slow takes seconds'],
  [{ provider: 'google', on: 'userinfo', kind: 'status', status: 99 }, 'between 200 and 599'],
  [{ provider: 'google', on: 'userinfo', kind: 'slow', seconds: 1, times: -1 }, 'times must be a whole number'],
  [{ provider: 'google', on: 'userinfo', kind: 'redirect_to' }, 'redirect_to takes url'],
  [{ provider: 'google', on: 'userinfo', kind: 'drive_full' }, 'on must be one of: drive.upload'],
  [[], 'must be a JSON object'],
])('a fault that could never strike is refused: %j', async (fault, reason) => {
  const { url } = await startSandbox()
  const response = await postJson(`${url}/faults`, fault)
  expect(response.status).toBe(400)
  expect((await response.json()) as { error: string }).toMatchObject({ error: expect.stringContaining(reason) })
})

describe('transport kinds', () => {
  test('slow: the answer comes late', async () => {
    const { url } = await startSandbox()
    await misbehave(url, { provider: 'thecatapi', on: 'breeds', kind: 'slow', seconds: 0.4 })
    const start = performance.now()
    expect((await breeds(url)).status).toBe(200)
    expect(performance.now() - start).toBeGreaterThan(390)
  })

  test('drip: so many bytes a second', async () => {
    const { url } = await startSandbox()
    const whole = await (await breeds(url)).text()
    await misbehave(url, { provider: 'thecatapi', on: 'breeds', kind: 'drip', bytes_per_second: whole.length * 2 })
    const start = performance.now()
    expect(await (await breeds(url)).text()).toBe(whole)
    expect(performance.now() - start).toBeGreaterThan(390)
  })

  test('drop_before: the connection closes and nothing was done', async () => {
    const { url } = await startSandbox()
    const tokens = await connect(url)
    await misbehave(url, { provider: 'google', on: 'drive.upload', kind: 'drop_before' })
    await expect(uploadMultipart(url, tokens, {}, makeBytes(10))).rejects.toThrow('fetch failed')
    expect(await files(url)).toMatchObject({ files: [] })
    expect(await lastRecorded(url)).toMatchObject({ operation: 'drive.upload', status: 0 })
  })

  test('drop_after_commit: the connection closes and everything was done', async () => {
    const { url } = await startSandbox()
    const tokens = await connect(url)
    const id = await generateId(url, tokens)
    await misbehave(url, { provider: 'google', on: 'drive.upload', kind: 'drop_after_commit' })
    await expect(uploadMultipart(url, tokens, { id }, makeBytes(10))).rejects.toThrow('fetch failed')
    expect(await files(url)).toMatchObject({ files: [{ id }] })
    expect(await lastRecorded(url)).toMatchObject({ operation: 'drive.upload', status: 0 })
    expect((await uploadMultipart(url, tokens, { id }, makeBytes(10))).status).toBe(409)
  })

  test('drop_after_commit of a rotating refresh: the old token is dead, the new one was never seen', async () => {
    const { url } = await startSandbox()
    const { refresh_token } = await connect(url)
    await misbehave(url, { provider: 'google', kind: 'rotate_refresh_token' })
    await misbehave(url, { provider: 'google', on: 'token.refresh', kind: 'drop_after_commit' })
    await expect(refresh(url, refresh_token)).rejects.toThrow('fetch failed')
    expect((await refresh(url, refresh_token)).status).toBe(400)
  })

  test('status: with the body and headers asked for, or the words of the provider', async () => {
    const { url } = await startSandbox()
    const asked = { status: 418, body: { short: 'stout' }, headers: { 'x-pot': 'tea' } }
    await misbehave(url, { provider: 'thecatapi', on: 'breeds', kind: 'status', ...asked })
    const response = await breeds(url)
    expect(response.status).toBe(418)
    expect(response.headers.get('x-pot')).toBe('tea')
    expect(await response.json()).toEqual({ short: 'stout' })
    await misbehave(url, { provider: 'google', on: 'drive.get', kind: 'status', status: 503 })
    expect(await json(request(`${url}/google/drive/v3/files/x`))).toMatchObject({
      error: { code: 503, errors: [{ reason: 'backendError' }] },
    })
  })

  test.each([
    [{}, 429, 'rateLimitExceeded'],
    [{ as: 403 }, 403, 'userRateLimitExceeded'],
  ])('rate_limit of Drive %j', async (more, status, reason) => {
    const { url } = await startSandbox()
    const tokens = await connect(url)
    await misbehave(url, { provider: 'google', on: 'drive.upload', kind: 'rate_limit', retry_after: 7, ...more })
    const response = await uploadMultipart(url, tokens, {}, makeBytes(10))
    expect(response.status).toBe(status)
    expect(response.headers.get('retry-after')).toBe('7')
    expect(await response.json()).toMatchObject({ error: { errors: [{ domain: 'usageLimits', reason }] } })
    expect(await files(url)).toMatchObject({ files: [] })
  })

  test('rate_limit of The Cat API is text', async () => {
    const { url } = await startSandbox()
    await misbehave(url, { provider: 'thecatapi', on: 'breeds', kind: 'rate_limit', retry_after: 2 })
    const response = await breeds(url)
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '2'])
    expect(await response.text()).toContain('RATE_LIMIT')
  })

  test('html: 200 with a page instead of JSON', async () => {
    const { url } = await startSandbox()
    const { refresh_token } = await connect(url)
    await misbehave(url, { provider: 'google', on: 'token.refresh', kind: 'html' })
    const response = await refresh(url, refresh_token)
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
  })

  test('redirect_to: 302 to anywhere', async () => {
    const { url } = await startSandbox()
    await misbehave(url, { provider: 'thecatapi', on: 'breeds', kind: 'redirect_to', url: 'http://169.254.169.254/x' })
    const response = await breeds(url)
    expect([response.status, response.headers.get('location')]).toEqual([302, 'http://169.254.169.254/x'])
  })

  test('the authorization page can fail too', async () => {
    const { url } = await startSandbox()
    await misbehave(url, { provider: 'google', on: 'authorize', kind: 'status', status: 500 })
    expect((await request(`${url}/google/o/oauth2/v2/auth?${authorizationQuery()}`)).status).toBe(500)
  })
})

test('a slow answer does not keep the sandbox from closing', async () => {
  const { url, close } = await startSandbox()
  await misbehave(url, { provider: 'thecatapi', on: 'breeds', kind: 'slow', seconds: 60 })
  const answer = breeds(url).then(
    ({ status }) => status,
    () => 'broken off',
  )
  await new Promise((resolve) => setTimeout(resolve, 100))
  const start = performance.now()
  await close()
  expect(performance.now() - start).toBeLessThan(2000)
  expect(await answer).not.toBe(200)
})
