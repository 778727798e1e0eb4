import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Failure } from '#base'
import { createRig, DRIVE, type Rig } from '../testing/rig.fixture.ts'

let rig: Rig
beforeAll(async () => {
  rig = await createRig()
})
afterAll(() => rig.close())
afterEach(async () => {
  await rig.test.shift(0)
  Object.assign(rig.provider.settings, { rotating: false, refreshDelayMs: 0, accessSeconds: 3600 })
})

const HOUR = 3600
const GET = { method: 'GET', path: '/files' } as const
const attempt = (promise: Promise<unknown>) =>
  promise.then(
    () => 'sent',
    (error: Failure) => error.data ?? error,
  )

/** A connection whose access token has ended by its own word. */
async function expired() {
  const connected = await rig.connect()
  await rig.test.shift(HOUR + 1)
  const handle = rig.connections.account(connected.account)
  return { ...connected, handle, id: connected.row.id }
}

async function refreshesDuring(work: () => Promise<unknown>): Promise<number> {
  const before = rig.provider.calls.refresh
  await work()
  return rig.provider.calls.refresh - before
}

describe('renewing, once among all (facts §2.1)', () => {
  it('asks the provider once for 50 calls at once in each of two processes', async () => {
    const { account } = await expired()
    const other = await rig.another()
    rig.provider.settings.refreshDelayMs = 200
    const handles = [rig.connections.account(account), other.account(account)]
    const statuses: number[] = []
    const refreshes = await refreshesDuring(() =>
      Promise.all(
        handles.flatMap((handle) =>
          Array.from({ length: 50 }, async () => statuses.push((await handle.send(GET)).status)),
        ),
      ),
    )
    expect(refreshes).toBe(1)
    expect(statuses).toEqual(Array.from({ length: 100 }, () => 200))
  })

  it('loses nobody at a provider whose refresh tokens work once, without grace', async () => {
    rig.provider.settings.rotating = true
    const { account, id } = await expired()
    const other = await rig.another()
    rig.provider.settings.refreshDelayMs = 30
    for (let hour = 1; hour <= 4; hour += 1) {
      await rig.test.shift(hour * (HOUR + 1))
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, n) => (n % 2 ? other : rig.connections).account(account).send(GET)),
      )
      expect(answers.every(({ status }) => status === 200)).toBe(true)
    }
    expect(await rig.row(id)).toMatchObject({ status: 'active', token_version: 5, lease_owner: null })
  })

  it('keeps the stored refresh token when the answer brings none (RFC 6749 §6)', async () => {
    const { handle, id } = await expired()
    const before = await rig.row(id)
    await handle.send(GET)
    const after = await rig.row(id)
    expect(after.sealed_refresh_token).toBe(before.sealed_refresh_token)
    expect(after.sealed_access_token).not.toBe(before.sealed_access_token)
    expect(after.token_version).toBe(before.token_version + 1)
  })

  it('renews within the margin, before the token has ended, and not earlier', async () => {
    const { account } = await rig.connect()
    const handle = rig.connections.account(account)
    await rig.test.shift(HOUR - 400)
    expect(await refreshesDuring(() => handle.send(GET))).toBe(0)
    await rig.test.shift(HOUR - 200)
    expect(await refreshesDuring(() => handle.send(GET))).toBe(1)
  })

  it('does not renew a five-minute token on every use', async () => {
    rig.provider.settings.accessSeconds = 300
    const { account } = await rig.connect()
    const handle = rig.connections.account(account)
    expect(await refreshesDuring(() => Promise.all([handle.send(GET), handle.send(GET)]))).toBe(0)
  })

  it('takes a token without an end for one that does not end', async () => {
    Object.assign(rig.provider.settings, { accessSeconds: undefined })
    const { account } = await rig.connect()
    await rig.test.shift(400 * 24 * HOUR)
    expect(await refreshesDuring(() => rig.connections.account(account).send(GET))).toBe(0)
  })

  it('stores narrower scopes that a refresh answers with, and says which is missing', async () => {
    const { handle } = await expired()
    rig.provider.settings.scopeAnswer = () => 'openid'
    const failed = await attempt(handle.send(GET))
    rig.provider.settings.scopeAnswer = (scopes) => scopes.join(' ')
    expect(failed).toMatchObject({ kind: 'missing_scope', message: expect.stringContaining('Google Drive') })
  })
})

describe('a grant that ends', () => {
  it('says needs_reconnect with a reason, asks the provider no more, and works again after reconnecting', async () => {
    const { handle, id, browser, row } = await expired()
    rig.provider.forget({ sub: row.account_id, email: '', name: '' })
    const failed = await attempt(handle.send(GET))
    expect(failed).toMatchObject({
      kind: 'needs_reconnect',
      code: 'connection_needs_reconnect',
      connectionId: id,
      message: expect.stringContaining('Google no longer accepts the access'),
    })
    expect(await rig.row(id)).toMatchObject({
      status: 'needs_reconnect',
      reason: 'grant_dead',
      sealed_refresh_token: null,
    })
    expect(await refreshesDuring(() => attempt(handle.send(GET)))).toBe(0)
    const location = await rig.start(browser, { connection: id })
    expect(new URL(location).searchParams.get('prompt')).toBe('consent')
    await rig.agree(browser, location)
    expect(await attempt(handle.send(GET))).toBe('sent')
  })

  it.each([
    [6.4, 'grant_dead'],
    [6.6, 'testing_mode'],
    [7.4, 'testing_mode'],
    [7.6, 'grant_dead'],
  ])('after %d days says %s (Google ends grants of apps in Testing after 7 days)', async (days, reason) => {
    const { account, row, browser } = await rig.connect()
    await rig.test.shift(days * 24 * HOUR)
    rig.provider.forget({ sub: row.account_id, email: '', name: '' })
    const failed = await attempt(rig.connections.account(account).send(GET))
    expect(failed).toMatchObject({ kind: 'needs_reconnect' })
    expect((await rig.row(row.id)).reason).toBe(reason)
    await rig.test.shift(0)
    const { body } = await browser.get('/connections')
    expect(body.includes('publishing status is “Testing”')).toBe(reason === 'testing_mode')
  })

  it('takes invalid_grant as harmless when a newer version is stored meanwhile (benign race)', async () => {
    const { handle, id, browser } = await expired()
    rig.provider.settings.refreshDelayMs = 400
    rig.provider.misbehave('refresh', { status: 400, body: { error: 'invalid_grant' } })
    const sending = attempt(handle.send(GET))
    await new Promise((resolve) => setTimeout(resolve, 100))
    await rig.agree(browser, await rig.start(browser, { connection: id }))
    expect(await sending).toBe('sent')
    expect(await rig.row(id)).toMatchObject({ status: 'active', reason: null })
  })

  it('ends a connection without a refresh token when its access has ended, not before', async () => {
    const { account, row } = await rig.connect()
    await rig.tables.updateTable('connection').set({ sealed_refresh_token: null }).where('id', '=', row.id).execute()
    const handle = rig.connections.account(account)
    await rig.test.shift(HOUR - 1)
    expect(await attempt(handle.send(GET))).toBe('sent')
    await rig.test.shift(HOUR + 1)
    expect(await rig.connections.check(row.owner_id, account.need)).toMatchObject({ status: 'needs_reconnect' })
    expect(
      await refreshesDuring(async () =>
        expect(await attempt(handle.send(GET))).toMatchObject({ kind: 'needs_reconnect' }),
      ),
    ).toBe(0)
    expect(await rig.row(row.id)).toMatchObject({ status: 'needs_reconnect', reason: 'access_ended' })
  })

  it('fails with needs_reconnect for a connection that is gone, or of somebody else', async () => {
    const { account } = await rig.connect()
    const { account: stranger } = await rig.connect()
    const stolen = rig.connections.account({ ...account, ownerId: stranger.ownerId })
    expect(await attempt(stolen.send(GET))).toMatchObject({ kind: 'needs_reconnect', code: 'connection_not_found' })
  })
})

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
    const { handle, id } = await expired()
    rig.provider.misbehave('refresh', { status: 503 })
    const refreshes = await refreshesDuring(async () => {
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

  it('honours Retry-After', async () => {
    const { handle } = await expired()
    rig.provider.misbehave('refresh', { status: 429, headers: { 'retry-after': '120' } })
    expect(await attempt(handle.send(GET))).toMatchObject({
      kind: 'rate_limited',
      code: 'provider_busy',
      retryAfter: 120,
    })
    await rig.test.shift(HOUR + 100)
    const refreshes = await refreshesDuring(async () => {
      expect(await attempt(handle.send(GET))).toMatchObject({ kind: 'rate_limited', retryAfter: expect.any(Number) })
    })
    expect(refreshes).toBe(0)
    await rig.test.shift(HOUR + 125)
    expect(await attempt(handle.send(GET))).toBe('sent')
  })

  it('takes invalid_client for a wrong setting, not for a dead grant', async () => {
    const { handle, id } = await expired()
    rig.provider.misbehave('refresh', { status: 401, body: { error: 'invalid_client' } })
    const failed = await attempt(handle.send(GET))
    expect(failed).toMatchObject({ kind: 'refused', code: 'provider_misconfigured' })
    expect(await attempt(handle.send(GET))).toMatchObject({ code: 'provider_misconfigured' })
    expect(await rig.row(id)).toMatchObject({ status: 'active' })
    await rig.test.shift(HOUR + 65)
    expect(await attempt(handle.send(GET))).toBe('sent')
  })
})

describe('processes that die', () => {
  it('waits for the lease of a killed holder, and goes on when it has ended', async () => {
    const { handle, id } = await expired()
    await rig.tables
      .updateTable('connection')
      .set({ lease_owner: 'killed', lease_until: new Date(Date.now() + (HOUR + 30) * 1000) })
      .where('id', '=', id)
      .execute()
    const sending = attempt(handle.send(GET))
    expect(await refreshesDuring(() => new Promise((resolve) => setTimeout(resolve, 300)))).toBe(0)
    await rig.test.shift(HOUR + 40)
    expect(await sending).toBe('sent')
  })

  it('never lets a late holder release the lease of the next one', async () => {
    const { handle, id } = await expired()
    rig.provider.settings.refreshDelayMs = 300
    const sending = attempt(handle.send(GET))
    await new Promise((resolve) => setTimeout(resolve, 100))
    await rig.tables.updateTable('connection').set({ lease_owner: 'next' }).where('id', '=', id).execute()
    expect(await sending).toBe('sent')
    expect((await rig.row(id)).lease_owner).toBe('next')
  })

  it('stores a late but good answer though the lease has ended (guard on the version, not on the lease)', async () => {
    rig.provider.settings.rotating = true
    const { handle, id } = await expired()
    rig.provider.settings.refreshDelayMs = 300
    const sending = attempt(handle.send(GET))
    await new Promise((resolve) => setTimeout(resolve, 100))
    await rig.test.shift(HOUR + 60)
    expect(await sending).toBe('sent')
    expect(await rig.row(id)).toMatchObject({ token_version: 2, status: 'active' })
  })
})

it('does not open a sealed token that was moved to another row or column (AAD)', async () => {
  const { row: ana } = await rig.connect()
  const { row: bob, account } = await rig.connect()
  for (const moved of [
    { sealed_access_token: ana.sealed_access_token },
    { sealed_access_token: bob.sealed_refresh_token ?? '' },
  ]) {
    await rig.tables.updateTable('connection').set(moved).where('id', '=', bob.id).execute()
    const calls = rig.provider.calls.api
    await expect(rig.connections.account(account).send(GET)).rejects.toThrow(/authenticate data/)
    expect(rig.provider.calls.api).toBe(calls)
  }
  expect(ana.granted_scopes).toContain(DRIVE)
})
