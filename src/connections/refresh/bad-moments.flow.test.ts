import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { attempt, createRig, HOUR, type Rig } from '../testing/rig.fixture.ts'

let rig: Rig
beforeAll(async () => {
  rig = await createRig()
})
afterAll(() => rig.close())
afterEach(async () => {
  await rig.test.shift(0)
  Object.assign(rig.provider.settings, { rotating: false, refreshDelayMs: 0, accessSeconds: 3600 })
})

const GET = { method: 'GET', path: '/files' } as const

describe('bad moments of the token endpoint', () => {
  it.each([
    ['503', { status: 503 }],
    ['a cut connection', { cut: true }],
    ['HTML', { status: 200, body: '<html>' }],
    ['403 without an OAuth error', { status: 403, body: {} }],
    ['server_error', { status: 400, body: { error: 'server_error' } }],
  ])('keeps the old token while it works, after %s', async (_what, wrong) => {
    const { account, row } = await rig.connect()
    await rig.test.shift(HOUR - 100)
    rig.provider.misbehave('refresh', wrong)
    expect(await attempt(rig.connections.account(account).send(GET))).toBe('sent')
    expect(await rig.row(row.id)).toMatchObject({ status: 'active', refresh_failures: 1, token_version: 1 })
  })

  it('is transient for everybody who waits, and is asked once until the pause is over', async () => {
    const { handle, id } = await rig.expired()
    rig.provider.misbehave('refresh', { status: 503 })
    const refreshes = await rig.refreshesDuring(async () => {
      const failures = await Promise.all(Array.from({ length: 20 }, () => attempt(handle.send(GET))))
      for (const failed of failures) expect(failed).toMatchObject({ kind: 'transient', code: 'provider_unavailable' })
      expect(await attempt(handle.send(GET))).toMatchObject({ kind: 'transient' })
    })
    expect(refreshes).toBe(1)
    expect(await rig.row(id)).toMatchObject({ status: 'active', lease_owner: null })
    await rig.test.shift(HOUR + 10)
    expect(await attempt(handle.send(GET))).toBe('sent')
    expect(await rig.row(id)).toMatchObject({ refresh_failures: 0, last_failure: null, retry_not_before: null })
  })

  it('tells the failure to those who wait in another process too, instead of having each of them try', async () => {
    const { account } = await rig.expired()
    const other = await rig.another()
    rig.provider.settings.refreshDelayMs = 200
    rig.provider.misbehave('refresh', { status: 503 })
    const refreshes = await rig.refreshesDuring(async () => {
      const both = [rig.connections, other].map((one) => attempt(one.account(account).send(GET)))
      for (const failed of await Promise.all(both)) expect(failed).toMatchObject({ kind: 'transient' })
    })
    expect(refreshes).toBe(1)
  })

  it('honours Retry-After', async () => {
    const { handle } = await rig.expired()
    rig.provider.misbehave('refresh', { status: 429, headers: { 'retry-after': '120' } })
    expect(await attempt(handle.send(GET))).toMatchObject({
      kind: 'rate_limited',
      code: 'provider_busy',
      retryAfter: 120,
    })
    await rig.test.shift(HOUR + 100)
    const refreshes = await rig.refreshesDuring(async () => {
      expect(await attempt(handle.send(GET))).toMatchObject({ kind: 'rate_limited', retryAfter: expect.any(Number) })
    })
    expect(refreshes).toBe(0)
    await rig.test.shift(HOUR + 125)
    expect(await attempt(handle.send(GET))).toBe('sent')
  })

  it('takes invalid_client for a wrong setting, not for a dead grant', async () => {
    const { handle, id } = await rig.expired()
    rig.provider.misbehave('refresh', { status: 401, body: { error: 'invalid_client' } })
    const failed = await attempt(handle.send(GET))
    expect(failed).toMatchObject({ kind: 'refused', code: 'provider_misconfigured' })
    expect(await attempt(handle.send(GET))).toMatchObject({ code: 'provider_misconfigured' })
    expect(await rig.row(id)).toMatchObject({ status: 'active' })
    await rig.test.shift(HOUR + 65)
    expect(await attempt(handle.send(GET))).toBe('sent')
  })
})
