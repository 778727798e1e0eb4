import { setTimeout } from 'node:timers/promises'
import type { KyselyPlugin } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createSingleFlight, systemClock } from '#base'
import { createEnvelope, parseKeyring } from '#crypto'
import { createOutbound } from '#outbound'
import { silentLog } from '#testing'
import { createBudget } from '../calls/budget.ts'
import { createProviderCalls } from '../calls/calls.ts'
import { createProvider } from '../provider/provider.ts'
import { google } from '../providers/google.ts'
import { createRig, type Rig } from '../testing/rig.fixture.ts'
import { createVault } from '../vault/vault.ts'
import { handleCallback } from './callback.ts'
import type { FlowDeps } from './deps.ts'

let rig: Rig
beforeAll(async () => {
  rig = await createRig()
})
afterAll(() => rig.close())
afterEach(() => rig.test.shift(0))

describe('whose answer it is', () => {
  it('goes on once when ten callbacks race (one UPDATE … RETURNING), and takes the others to the same place', async () => {
    const { browser, query } = await rig.begun()
    const exchanges = rig.provider.calls.exchange
    const answers = await Promise.all(Array.from({ length: 10 }, () => rig.callback(browser, query)))
    expect(answers.map(({ status, location }) => `${status} ${location}`)).toEqual(
      Array.from({ length: 10 }, () => '303 /cats?run=7'),
    )
    expect(rig.provider.calls.exchange).toBe(exchanges + 1)
  })

  it('takes a reload to the way back when the account was connected, and wakes again what waits', async () => {
    const { browser, query } = await rig.begun()
    await rig.callback(browser, query)
    const woken = rig.woken.length
    expect((await rig.callback(browser, query)).location).toBe('/cats?run=7')
    expect(rig.woken).toHaveLength(woken + 1)
  })

  it('lets copies that wait for the first one wait as one: a page that asks often keeps no database busy', async () => {
    const { query } = await rig.begun()
    const requests = rig.tables.updateTable('authorization_request').where('outcome', 'is', null)
    const request = await requests.set({ used_at: new Date() }).returningAll().executeTakeFirstOrThrow()
    let asked = 0
    const counting: KyselyPlugin = {
      transformQuery({ node }) {
        asked += 1
        return node
      },
      transformResult: async ({ result }) => result,
    }
    const outbound = createOutbound({ allow: [], userAgent: 'trivet-test' })
    onTestFinished(() => outbound.close())
    const deps: FlowDeps = {
      tables: rig.tables.withPlugin(counting),
      calls: createProviderCalls({
        outbound,
        budget: createBudget({ database: rig.test.database, log: silentLog }),
        clock: systemClock,
      }),
      vault: createVault(createEnvelope(parseKeyring(rig.keyring))),
      clock: systemClock,
      log: silentLog,
      publicUrl: rig.publicUrl,
      twins: createSingleFlight(),
      onUsable: async () => {},
    }
    const provider = createProvider(google, rig.provider.config, rig.self)
    const caller = { ownerId: request.owner_id, sessionId: request.session_id, kind: 'guest' } as const
    const arrive = async () => '/login/identity'
    const received = { query: Object.fromEntries(query), caller, arrive }
    const copies = Array.from({ length: 20 }, () => handleCallback(deps, provider, received))
    await setTimeout(1000)
    await requests.set({ outcome: 'connected' }).execute()
    expect(new Set(await Promise.all(copies))).toEqual(new Set(['/cats?run=7']))
    // Two questions each, and every 100 ms one for all.
    expect(asked).toBeLessThan(2 * 20 + 20)
  })

  it('makes one connection of two sign-ins that end at the same moment', async () => {
    const browser = rig.browser()
    const queries = [rig.provider.agree(await rig.start(browser)), rig.provider.agree(await rig.start(browser))]
    const before = await rig.countConnections()
    const answers = await Promise.all(queries.map((query) => rig.callback(browser, query)))
    expect(answers.filter(({ location }) => location === '/cats?run=7').length).toBeGreaterThanOrEqual(1)
    expect(await rig.countConnections()).toBe(before + 1)
  })

  it('refuses the answer in another browser, spends nothing and stores nothing (session fixation, facts §2.3)', async () => {
    const { browser, query } = await rig.begun()
    const before = await rig.countConnections()
    const exchanges = rig.provider.calls.exchange
    const { browser: other } = await rig.connect()
    for (const stranger of [rig.browser(), other]) {
      const answer = await rig.callback(stranger, query)
      expect(answer.status).toBe(403)
      expect(answer.body).toContain('another browser')
      expect(answer.body).toContain('Nothing was stored')
      expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
    }
    expect(await rig.countConnections()).toBe(before + 1)
    expect(rig.provider.calls.exchange).toBe(exchanges + 1)
    // Its own browser can still use it.
    expect((await rig.callback(browser, query)).location).toBe('/cats?run=7')
  })

  it('refuses a state that was never ours, and an answer without one', async () => {
    const { browser, query } = await rig.begun()
    query.set('state', 'a'.repeat(43))
    expect(await rig.callback(browser, query)).toMatchObject({
      status: 400,
      body: expect.stringContaining('callback_unknown'),
    })
    query.delete('state')
    const answer = await rig.callback(browser, query)
    expect(answer).toMatchObject({ status: 400, body: expect.stringContaining('callback_malformed') })
  })

  it.each(['state', 'code', 'error', 'iss'])('refuses %s sent twice (RFC 6749 §3.1)', async (name) => {
    const { browser, query } = await rig.begun()
    query.append(name, query.get(name) ?? 'access_denied')
    query.append(name, 'other')
    const exchanges = rig.provider.calls.exchange
    const answer = await rig.callback(browser, query)
    expect(answer).toMatchObject({ status: 400, body: expect.stringContaining('callback_malformed') })
    expect(rig.provider.calls.exchange).toBe(exchanges)
  })

  it('ignores parameters that it does not know, sent twice or not (RFC 6749 §4.1.2)', async () => {
    const { browser, query } = await rig.begun()
    query.append('authuser', '1')
    query.append('hd', 'example.com')
    query.append('__proto__', 'x')
    expect((await rig.callback(browser, query)).location).toBe('/cats?run=7')
  })

  it('goes back to the form with a word when ten minutes have passed', async () => {
    const { browser, query } = await rig.begun({ denied_to: '/cats?run=7&f=1' })
    await rig.test.shift(601)
    expect((await rig.callback(browser, query)).location).toBe('/cats?run=7&f=1&connect=expired&provider=google')
    await rig.test.shift(0)
  })

  it('turns a POST into the same GET, with known parameters only (Lax cookies are absent on a cross-site POST)', async () => {
    const { browser, query } = await rig.begun()
    query.set('extra', 'x')
    const posted = await browser.post('/connect/google/callback', query)
    expect(posted.status).toBe(303)
    expect(posted.location).toMatch(/^\/connect\/google\/callback\?/)
    expect(posted.location).not.toContain('extra')
    expect((await browser.get(posted.location)).location).toBe('/cats?run=7')
  })

  it('keeps a POST with a parameter sent twice as it is, so that it is refused', async () => {
    const { browser, query } = await rig.begun()
    query.append('code', 'other')
    const posted = await browser.post('/connect/google/callback', query)
    expect((await browser.get(posted.location)).status).toBe(400)
  })

  it('does not take the state of one provider for another’s, nor of one purpose for another (security §10.7)', async () => {
    const { browser, query } = await rig.begun()
    const last = rig.tables.updateTable('authorization_request').where('used_at', 'is', null)
    await last.set({ issuer: 'https://another.example' }).execute()
    const before = await rig.countConnections()
    expect((await rig.callback(browser, query)).body).toContain('callback_unknown')
    await last.set({ issuer: rig.provider.url, purpose: 'login' }).execute()
    expect((await rig.callback(browser, query)).location).toBe('/login/identity')
    expect(await rig.countConnections()).toBe(before)
  })
})
