import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { attempt, createRig, DRIVE, HOUR, type Rig } from '../testing/rig.fixture.ts'

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
