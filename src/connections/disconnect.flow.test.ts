import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ANA, BOB } from './testing/fake-provider.fixture.ts'
import { createRig, type Rig } from './testing/rig.fixture.ts'

let rig: Rig
beforeAll(async () => {
  rig = await createRig()
})
afterAll(() => rig.close())

const rows = () => rig.tables.selectFrom('connection').select('id').execute()

describe('disconnecting', () => {
  it('deletes the row, ends the access at the provider, and says so', async () => {
    const { browser, row, account } = await rig.connect(rig.browser(), {
      sub: '1',
      email: 'only@example.com',
      name: 'O',
    })
    const revocations = rig.provider.calls.revoke
    const answer = await browser.submit(`/connections/${row.id}/disconnect`)
    expect(answer).toMatchObject({
      status: 303,
      location: '/connections?notice=disconnected&provider=google&upstream=revoked',
    })
    expect((await browser.get(answer.location)).body).toContain('Google has ended the access too')
    expect(rig.provider.calls.revoke).toBe(revocations + 1)
    // The refresh token alone; Google takes no client credentials there.
    const { form } = rig.provider.seen.at(-1) ?? { form: new URLSearchParams() }
    expect([...form.keys()]).toEqual(['token'])
    expect(form.get('token')).toMatch(/^1\/\//)
    expect(await rows()).not.toContainEqual({ id: row.id })
    await expect(rig.connections.account(account).send({ method: 'GET', path: '/x' })).rejects.toMatchObject({
      data: { kind: 'needs_reconnect' },
    })
  })

  it('revokes only when nobody else here lives on the same account (Google drops every grant of the project)', async () => {
    const first = await rig.connect(rig.browser(), BOB)
    const second = await rig.connect(rig.browser(), BOB)
    expect(first.row.owner_id).not.toBe(second.row.owner_id)
    const revocations = rig.provider.calls.revoke
    const answer = await first.browser.submit(`/connections/${first.row.id}/disconnect`)
    expect(answer.location).toContain('upstream=kept')
    expect((await first.browser.get(answer.location)).body).toContain('uses the same account')
    expect(rig.provider.calls.revoke).toBe(revocations)
    expect((await rig.connections.account(second.account).send({ method: 'GET', path: '/x' })).status).toBe(200)
    const last = await second.browser.submit(`/connections/${second.row.id}/disconnect`)
    expect(last.location).toContain('upstream=revoked')
    expect(rig.provider.calls.revoke).toBe(revocations + 1)
  })

  it('revokes when both owners of an account leave at once', async () => {
    const both = [await rig.connect(rig.browser(), BOB), await rig.connect(rig.browser(), BOB)]
    const answers = await Promise.all(
      both.map(({ browser, row }) => browser.submit(`/connections/${row.id}/disconnect`)),
    )
    expect(answers.some(({ location }) => location.includes('upstream=revoked'))).toBe(true)
  })

  it('does not count an owner whose connection has ended', async () => {
    const dead = await rig.connect(rig.browser(), BOB)
    const live = await rig.connect(rig.browser(), BOB)
    await rig.tables
      .updateTable('connection')
      .set({ status: 'needs_reconnect', reason: 'grant_dead' })
      .where('id', '=', dead.row.id)
      .execute()
    expect((await live.browser.submit(`/connections/${live.row.id}/disconnect`)).location).toContain('upstream=revoked')
    expect((await dead.browser.submit(`/connections/${dead.row.id}/disconnect`)).location).toContain('upstream=none')
  })

  const end = (id: string, reason: string, more: object = {}) =>
    rig.tables
      .updateTable('connection')
      .set({ status: 'needs_reconnect', reason, sealed_refresh_token: null, ...more })
      .where('id', '=', id)
      .execute()

  it.each([
    ['token_refused', 'revoked', 1],
    ['access_ended', 'revoked', 1],
    ['renewal_lost', 'revoked', 1],
    ['grant_dead', 'none', 0],
    ['testing_mode', 'none', 0],
  ])('of a connection that has ended (%s), whose grant may live on: %s', async (reason, upstream, asked) => {
    const { browser, row } = await rig.connect(rig.browser(), { sub: `e-${reason}`, email: 'e@example.com', name: 'E' })
    await end(row.id, reason)
    const revocations = rig.provider.calls.revoke
    const answer = await browser.submit(`/connections/${row.id}/disconnect`)
    expect(answer.location).toContain(`upstream=${upstream}`)
    expect(rig.provider.calls.revoke).toBe(revocations + asked)
  })

  it.each([
    ['whose tokens do not open', 'tokens_unreadable', { sealed_access_token: 'x' }],
    ['of which only an access token is left that is over', 'access_ended', { access_expires_at: new Date(0) }],
  ])('says where to end the access of a connection %s', async (_what, reason, more) => {
    const { browser, row } = await rig.connect(rig.browser(), { sub: `f-${reason}`, email: 'f@example.com', name: 'F' })
    await end(row.id, reason, more)
    expect((await browser.submit(`/connections/${row.id}/disconnect`)).location).toContain('upstream=failed')
    expect(await rows()).not.toContainEqual({ id: row.id })
  })

  it.each([
    ['503', { status: 503 }],
    ['a cut connection', { cut: true }],
    ['an unexpected 400', { status: 400, body: { error: 'unsupported_token_type' } }],
    ['400 that is no JSON', { status: 400, body: '<html>' }],
  ])(
    'lets go of the row though the provider answers with %s, and says where to end the access',
    async (_what, wrong) => {
      const { browser, row } = await rig.connect(rig.browser(), { sub: '9', email: 'x@example.com', name: 'X' })
      rig.provider.misbehave('revoke', wrong)
      const answer = await browser.submit(`/connections/${row.id}/disconnect`)
      expect(answer.location).toContain('upstream=failed')
      expect((await browser.get(answer.location)).body).toContain('https://myaccount.google.com/connections')
      expect(await rows()).not.toContainEqual({ id: row.id })
    },
  )

  it('takes invalid_token for "already gone" (RFC 7009 §2.2)', async () => {
    const { browser, row } = await rig.connect(rig.browser(), { sub: '8', email: 'y@example.com', name: 'Y' })
    rig.provider.misbehave('revoke', { status: 400, body: { error: 'invalid_token' } })
    expect((await browser.submit(`/connections/${row.id}/disconnect`)).location).toContain('upstream=revoked')
  })

  it('is for the owner alone (404), by a form of ours alone (403), and never by GET', async () => {
    const { browser, row } = await rig.connect()
    const { browser: stranger } = await rig.connect(rig.browser(), BOB)
    const path = `/connections/${row.id}/disconnect`
    expect((await stranger.submit(path)).status).toBe(404)
    expect((await rig.browser().submit(path)).status).toBe(404)
    expect((await stranger.submit('/connections/nonsense/disconnect')).status).toBe(404)
    expect((await browser.post(path, {})).status).toBe(403)
    expect((await browser.get(path)).status).toBe(404)
    expect(await rows()).toContainEqual({ id: row.id })
  })
})

it('erases an owner’s connections, at the provider too', async () => {
  const { row } = await rig.connect(rig.browser(), { sub: '7', email: 'z@example.com', name: 'Z' })
  const revocations = rig.provider.calls.revoke
  await rig.connections.erase(row.owner_id)
  await rig.connections.erase(row.owner_id)
  expect(await rig.connections.list(row.owner_id)).toEqual([])
  expect(rig.provider.calls.revoke).toBe(revocations + 1)
})

it('sweeps what is over, and nothing else', async () => {
  const browser = rig.browser()
  const query = rig.provider.agree(await rig.start(browser), ANA)
  const count = async () => (await rig.tables.selectFrom('authorization_request').select('id').execute()).length
  const before = await count()
  await rig.connections.sweep()
  expect(await count()).toBe(before)
  await rig.test.shift(600 + 3600 + 1)
  await rig.connections.sweep()
  await rig.connections.sweep()
  expect(await count()).toBe(0)
  await rig.test.shift(0)
  expect((await rig.callback(browser, query)).status).toBe(400)
})
