import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Browser } from './testing/browser.fixture.ts'
import { IDENTIFY } from './testing/discord-rig.fixture.ts'
import { attempt, createRig, type Rig } from './testing/rig.fixture.ts'
import { startSandboxProcess } from './testing/sandbox.fixture.ts'

let sandbox: Awaited<ReturnType<typeof startSandboxProcess>>
let rig: Rig
beforeAll(async () => {
  sandbox = await startSandboxProcess()
  rig = await createRig({ discord: sandbox.discord, allow: [sandbox.host], declaredScopes: () => [IDENTIFY] })
})
afterAll(async () => {
  await rig.close()
  await sandbox.close()
})
afterEach(() => rig.test.shift(0))

const WEEK = 604_800
const ME = { method: 'GET', path: '/users/@me' } as const
type Person = ReturnType<typeof sandbox.discordUser>

async function connect(person: Person, browser: Browser = rig.browser(), fields: Record<string, string> = {}) {
  const form = { scopes: 'identify', return_to: '/avatars?run=7', ...fields }
  const steps: string[] = []
  let { location } = await browser.submit('/connect/discord', form, '/connect/discord')
  while (location.startsWith(sandbox.url)) {
    const { query, shown } = await person(location)
    steps.push(...shown)
    location = (await browser.get(`/connect/discord/callback?${query}`)).location
  }
  const row = await rig.tables.selectFrom('connection').selectAll().orderBy('id', 'desc').executeTakeFirstOrThrow()
  const account = { ownerId: row.owner_id, connectionId: row.id, need: IDENTIFY }
  return { browser, row, location, steps, account, handle: rig.connections.account(account) }
}

describe('against the sandbox’s Discord', () => {
  it('connects by sign-in and consent, and goes past both the next time', async () => {
    const ana = sandbox.discordUser('ana')
    const first = await connect(ana)
    expect(first).toMatchObject({ location: '/avatars?run=7', steps: ['sign-in', 'consent'] })
    expect((await first.handle.send(ME)).status).toBe(200)
    expect((await connect(ana, first.browser)).steps).toEqual([])
    // Somebody else at this server, who is the same person there: asked, as they have granted nothing here.
    expect((await connect(ana)).steps).toEqual(['consent'])
  })

  it('shows the page after a revocation, with and without our knowing of it', async () => {
    const bob = sandbox.discordUser('bob')
    const { browser, row, handle } = await connect(bob)
    await sandbox.post('/faults/discord/revoke', { account: 'bob_berg' })
    expect((await connect(bob, browser)).steps).toEqual(['consent'])
    await sandbox.post('/faults/discord/revoke', { account: 'bob_berg' })
    expect(await attempt(handle.send(ME))).toMatchObject({ kind: 'needs_reconnect' })
    const again = await connect(bob, browser, { connection: row.id })
    expect(again.steps).toEqual(['consent'])
    expect(await attempt(handle.send(ME))).toBe('sent')
  })

  it('renews once for many, week after week, with refresh tokens that work once', async () => {
    const { account, handle, row } = await connect(sandbox.discordUser('zoe'))
    const other = (await rig.another()).account(account)
    for (const week of [1, 2, 3]) {
      await rig.test.shift(week * (WEEK + 1))
      const before = await sandbox.requests('token.refresh')
      await Promise.all(Array.from({ length: 10 }, (_, n) => (n % 2 ? other : handle).send(ME)))
      expect(await sandbox.requests('token.refresh')).toBe(before + 1)
    }
    expect(await rig.row(row.id)).toMatchObject({ status: 'active', token_version: 4 })
  })

  it('never went over its limit in all of this', async () => {
    expect((await sandbox.state())['discord']).toMatchObject({ exceeded: 0 })
  })
})
