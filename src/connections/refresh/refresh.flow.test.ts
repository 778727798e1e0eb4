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

describe('renewing, once among all (facts §2.1)', () => {
  it('asks the provider once for 50 calls at once in each of two processes', async () => {
    const { account } = await rig.expired()
    const other = await rig.another()
    rig.provider.settings.refreshDelayMs = 200
    const handles = [rig.connections.account(account), other.account(account)]
    const statuses: number[] = []
    const refreshes = await rig.refreshesDuring(() =>
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
    const { account, id } = await rig.expired()
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
    const { handle, id } = await rig.expired()
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
    expect(await rig.refreshesDuring(() => handle.send(GET))).toBe(0)
    await rig.test.shift(HOUR - 200)
    expect(await rig.refreshesDuring(() => handle.send(GET))).toBe(1)
  })

  it('does not renew a five-minute token on every use', async () => {
    rig.provider.settings.accessSeconds = 300
    const { account } = await rig.connect()
    const handle = rig.connections.account(account)
    expect(await rig.refreshesDuring(() => Promise.all([handle.send(GET), handle.send(GET)]))).toBe(0)
  })

  it('takes a token without an end for one that does not end', async () => {
    Object.assign(rig.provider.settings, { accessSeconds: undefined })
    const { account } = await rig.connect()
    await rig.test.shift(400 * 24 * HOUR)
    expect(await rig.refreshesDuring(() => rig.connections.account(account).send(GET))).toBe(0)
  })

  it('stores narrower scopes that a refresh answers with, and says which is missing', async () => {
    const { handle } = await rig.expired()
    rig.provider.settings.scopeAnswer = () => 'openid'
    const failed = await attempt(handle.send(GET))
    rig.provider.settings.scopeAnswer = (scopes) => scopes.join(' ')
    expect(failed).toMatchObject({ kind: 'missing_scope', message: expect.stringContaining('Google Drive') })
  })
})

describe('processes that die', () => {
  it('waits for the lease of a killed holder, and goes on when it has ended', async () => {
    const { handle, id } = await rig.expired()
    await rig.tables
      .updateTable('connection')
      .set({ lease_owner: 'killed', lease_until: new Date(Date.now() + (HOUR + 30) * 1000) })
      .where('id', '=', id)
      .execute()
    const sending = attempt(handle.send(GET))
    expect(await rig.refreshesDuring(() => new Promise((resolve) => setTimeout(resolve, 300)))).toBe(0)
    await rig.test.shift(HOUR + 40)
    expect(await sending).toBe('sent')
  })

  it('never lets a late holder release the lease of the next one', async () => {
    const { handle, id } = await rig.expired()
    rig.provider.settings.refreshDelayMs = 300
    const sending = attempt(handle.send(GET))
    await new Promise((resolve) => setTimeout(resolve, 100))
    await rig.tables.updateTable('connection').set({ lease_owner: 'next' }).where('id', '=', id).execute()
    expect(await sending).toBe('sent')
    expect((await rig.row(id)).lease_owner).toBe('next')
  })

  it('stores a late but good answer though the lease has ended (guard on the version, not on the lease)', async () => {
    rig.provider.settings.rotating = true
    const { handle, id } = await rig.expired()
    rig.provider.settings.refreshDelayMs = 300
    const sending = attempt(handle.send(GET))
    await new Promise((resolve) => setTimeout(resolve, 100))
    await rig.test.shift(HOUR + 60)
    expect(await sending).toBe('sent')
    expect(await rig.row(id)).toMatchObject({ token_version: 2, status: 'active' })
  })
})

describe('a sealed token that was changed, or moved to another row or column (AAD)', () => {
  type Row = Rig['row'] extends (id: string) => Promise<infer R> ? R : never
  it.each<[string, (ana: Row, bob: Row) => Partial<Row>]>([
    ['the access token of another row', (ana) => ({ sealed_access_token: ana.sealed_access_token })],
    ['the refresh token in its place', (_, bob) => ({ sealed_access_token: bob.sealed_refresh_token ?? '' })],
    ['nothing that was ever sealed', () => ({ sealed_access_token: 'x' })],
    [
      'the refresh token of another row, when it is to be used',
      (ana) => ({ sealed_refresh_token: ana.sealed_refresh_token, access_expires_at: new Date(0) }),
    ],
  ])('opens nothing, and the account has to be connected again: %s', async (_what, change) => {
    const { row: ana } = await rig.connect()
    const { browser, row: bob, account } = await rig.connect()
    await rig.tables.updateTable('connection').set(change(ana, bob)).where('id', '=', bob.id).execute()
    const { api, refresh } = rig.provider.calls
    const failure = await attempt(rig.connections.account(account).send(GET))
    expect(failure).toMatchObject({
      kind: 'needs_reconnect',
      code: 'connection_needs_reconnect',
      connectionId: bob.id,
      message: expect.stringMatching(/could not be read.*Connect ana@example.com again/),
    })
    expect(rig.provider.calls).toMatchObject({ api, refresh })
    expect(await rig.row(bob.id)).toMatchObject({ status: 'needs_reconnect', reason: 'tokens_unreadable' })
    const line = rig
      .logged()
      .split('\n')
      .find((one) => one.includes(bob.id) && one.includes('do not open'))
    expect(JSON.parse(line ?? '{}')).toMatchObject({ level: 50 })
    // Whoever connects it again has it back.
    const location = await rig.start(browser, { connection: bob.id })
    await rig.agree(browser, location)
    expect(await attempt(rig.connections.account(account).send(GET))).toBe('sent')
  })
})
