import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Failure } from '#base'
import type { Browser } from './testing/browser.fixture.ts'
import { createRig, NEED, type Rig } from './testing/rig.fixture.ts'
import { startSandboxProcess } from './testing/sandbox.fixture.ts'

let sandbox: Awaited<ReturnType<typeof startSandboxProcess>>
let rig: Rig
beforeAll(async () => {
  sandbox = await startSandboxProcess()
  rig = await createRig({ provider: sandbox.config, allow: [sandbox.host] })
})
afterAll(async () => {
  await rig.close()
  await sandbox.close()
})
afterEach(() => rig.test.shift(0))

const HOUR = 3600
const ABOUT = { method: 'GET', path: '/drive/v3/about?fields=user' } as const
const sent = (promise: Promise<unknown>) =>
  promise.then(
    () => 'sent',
    (error: Failure) => error.data,
  )

async function connect(person: ReturnType<typeof sandbox.person>, browser: Browser = rig.browser()) {
  const steps: string[] = []
  let location = await rig.start(browser)
  for (;;) {
    const { query, shown } = await person(location)
    steps.push(...shown)
    const answer = await rig.callback(browser, query)
    if (answer.location.startsWith(sandbox.url)) location = answer.location
    else {
      const row = await rig.tables.selectFrom('connection').selectAll().orderBy('id', 'desc').executeTakeFirstOrThrow()
      return { browser, row, answer, steps, account: { ownerId: row.owner_id, connectionId: row.id, need: NEED } }
    }
  }
}

describe('against the sandbox’s Google', () => {
  it('connects by sign-in and consent, and calls Drive as that person', async () => {
    const { account, row, answer, steps } = await connect(sandbox.person('ana'))
    expect(steps).toEqual(['sign-in', 'consent'])
    expect(answer.location).toBe('/cats?run=7')
    expect(row).toMatchObject({ account_name: 'ana@example.com', issuer: sandbox.config.issuer })
    expect(row.sealed_refresh_token).not.toBeNull()
    const about = await rig.connections.account(account).send(ABOUT)
    expect(await about.json()).toMatchObject({ user: { emailAddress: 'ana@example.com' } })
  })

  it('asks nothing the second time, where session, grant and refresh token are there', async () => {
    const bob = sandbox.person('bob')
    const { browser } = await connect(bob)
    expect((await connect(bob, browser)).steps).toEqual([])
  })

  it('goes back to the form after a denial', async () => {
    const browser = rig.browser()
    const { query } = await sandbox.person('chen')(await rig.start(browser), 'cancel')
    expect((await rig.callback(browser, query)).location).toBe('/cats?run=7&connect=denied&provider=google')
  })

  it('says which scope is missing after it was unticked, and gets it with the next consent', async () => {
    await sandbox.fault({ on: 'authorize', kind: 'untick_scopes' })
    const chen = sandbox.person('chen')
    const { account, browser } = await connect(chen)
    expect(await sent(rig.connections.account(account).send(ABOUT))).toMatchObject({ kind: 'missing_scope' })
    await connect(chen, browser)
    expect(await sent(rig.connections.account(account).send(ABOUT))).toBe('sent')
    await rig.test.shift(HOUR + 1)
    expect(await sent(rig.connections.account(account).send(ABOUT))).toBe('sent')
  })

  it('asks for consent once more when the refresh token was left out', async () => {
    await sandbox.fault({ on: 'token.exchange', kind: 'omit_refresh_token' })
    const browser = rig.browser()
    const person = sandbox.person('bob')
    // The first request forces consent already, so none is left to ask for: connected without.
    const { row } = await connect(person, browser)
    expect(row.sealed_refresh_token).toBeNull()
    // The next one does again, and gets it.
    const again = await connect(person, browser)
    expect(again.steps).toEqual(['consent'])
    expect(again.row.sealed_refresh_token).not.toBeNull()
  })

  it('renews after a 401, once for many, also with rotation without grace', async () => {
    const { account, row } = await connect(sandbox.person('ana'))
    await sandbox.fault({ on: 'token.refresh', kind: 'rotate_refresh_token', times: 0 })
    const other = await rig.another()
    for (const version of [2, 3, 4]) {
      await sandbox.post('/faults/google/expire-tokens', { account: 'ana@example.com' })
      const before = await sandbox.requests('token.refresh')
      const calls = Array.from({ length: 20 }, (_, n) => (n % 2 ? other : rig.connections).account(account).send(ABOUT))
      expect((await Promise.all(calls)).every(({ status }) => status === 200)).toBe(true)
      expect(await sandbox.requests('token.refresh')).toBe(before + 1)
      expect((await rig.row(row.id)).token_version).toBe(version)
    }
    await fetch(`${sandbox.url}/faults`, { method: 'DELETE' })
  })

  it('pauses for reconnecting when the person takes the grant back, and goes on after that', async () => {
    const person = sandbox.person('ana')
    const { account, browser } = await connect(person)
    await sandbox.post('/faults/google/revoke', { account: 'ana@example.com' })
    const failed = await sent(rig.connections.account(account).send(ABOUT))
    expect(failed).toMatchObject({ kind: 'needs_reconnect', connectionId: account.connectionId })
    await connect(person, browser)
    expect(await sent(rig.connections.account(account).send(ABOUT))).toBe('sent')
  })

  it('survives a lost answer of the token endpoint', async () => {
    const { account } = await connect(sandbox.person('bob'))
    await rig.test.shift(HOUR + 1)
    await sandbox.fault({ on: 'token.refresh', kind: 'drop_after_commit' })
    expect(await sent(rig.connections.account(account).send(ABOUT))).toMatchObject({ kind: 'transient' })
    await rig.test.shift(HOUR + 70)
    expect(await sent(rig.connections.account(account).send(ABOUT))).toBe('sent')
  })

  it('ends the grant there when the last connection goes', async () => {
    const { browser, row } = await connect(sandbox.person('chen'))
    const others = await rig.tables.deleteFrom('connection').where('id', '!=', row.id).execute()
    expect(others).toBeDefined()
    const answer = await browser.submit(`/connections/${row.id}/disconnect`)
    expect(answer.location).toContain('upstream=revoked')
    const state = (await (await fetch(`${sandbox.url}/state`)).json()) as { google: { grants: { account: string }[] } }
    expect(state.google.grants.map(({ account }) => account)).not.toContain('chen@example.com')
  })
})
