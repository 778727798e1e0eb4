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

describe('a grant that ends', () => {
  it('says needs_reconnect with a reason, asks the provider no more, and works again after reconnecting', async () => {
    const { handle, id, browser, row } = await rig.expired()
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
    expect(await rig.refreshesDuring(() => attempt(handle.send(GET)))).toBe(0)
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
    const { handle, id, browser } = await rig.expired()
    rig.provider.settings.refreshDelayMs = 400
    rig.provider.misbehave('refresh', { status: 400, body: { error: 'invalid_grant' } })
    const sending = attempt(handle.send(GET))
    await new Promise((resolve) => setTimeout(resolve, 100))
    await rig.agree(browser, await rig.start(browser, { connection: id }))
    expect(await sending).toBe('sent')
    expect(await rig.row(id)).toMatchObject({ status: 'active', reason: null })
  })

  it('keeps what a reconnection stored when the answer of a refresh comes later', async () => {
    const { handle, id, browser } = await rig.expired()
    rig.provider.settings.refreshDelayMs = 400
    const sending = attempt(handle.send(GET))
    await new Promise((resolve) => setTimeout(resolve, 100))
    await rig.agree(browser, await rig.start(browser, { connection: id }))
    const reconnected = await rig.row(id)
    expect(await sending).toBe('sent')
    expect(await rig.row(id)).toMatchObject({
      token_version: reconnected.token_version,
      sealed_access_token: reconnected.sealed_access_token,
      sealed_refresh_token: reconnected.sealed_refresh_token,
    })
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
      await rig.refreshesDuring(async () =>
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
