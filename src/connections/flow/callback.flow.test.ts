import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Browser } from '../testing/browser.fixture.ts'
import { ANA } from '../testing/fake-provider.fixture.ts'
import { createRig, type Rig } from '../testing/rig.fixture.ts'

let rig: Rig
beforeAll(async () => {
  rig = await createRig()
})
afterAll(() => rig.close())
afterEach(async () => {
  await rig.test.shift(0)
  rig.provider.settings.idToken = (claims) => claims
  rig.provider.settings.userinfo = (claims) => claims
})

const countConnections = async () => (await rig.tables.selectFrom('connection').select('id').execute()).length

/** A sign-in that fails sends to a page of its own, at an address without a code. */
async function outcomeOf(browser: Browser, query: URLSearchParams) {
  const answer = await rig.callback(browser, query)
  expect(answer.status).toBe(303)
  expect(answer.location).toMatch(/^\/connect\/google\/outcome\/[\da-f-]{36}$/)
  return browser.get(answer.location)
}

async function begun(fields: Record<string, string> = {}) {
  const browser = rig.browser()
  return { browser, query: rig.provider.agree(await rig.start(browser, fields)) }
}

describe('whose answer it is', () => {
  it('goes on once when ten callbacks race (one UPDATE … RETURNING), and takes the others to the same place', async () => {
    const { browser, query } = await begun()
    const exchanges = rig.provider.calls.exchange
    const answers = await Promise.all(Array.from({ length: 10 }, () => rig.callback(browser, query)))
    expect(answers.map(({ status, location }) => `${status} ${location}`)).toEqual(
      Array.from({ length: 10 }, () => '303 /cats?run=7'),
    )
    expect(rig.provider.calls.exchange).toBe(exchanges + 1)
  })

  it('takes a reload to the way back when the account was connected', async () => {
    const { browser, query } = await begun()
    await rig.callback(browser, query)
    expect((await rig.callback(browser, query)).location).toBe('/cats?run=7')
  })

  it('refuses the answer in another browser, spends nothing and stores nothing (session fixation, facts §2.3)', async () => {
    const { browser, query } = await begun()
    const before = await countConnections()
    const exchanges = rig.provider.calls.exchange
    const { browser: other } = await rig.connect()
    for (const stranger of [rig.browser(), other]) {
      const answer = await rig.callback(stranger, query)
      expect(answer.status).toBe(403)
      expect(answer.body).toContain('another browser')
      expect(answer.body).toContain('Nothing was stored')
      expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
    }
    expect(await countConnections()).toBe(before + 1)
    expect(rig.provider.calls.exchange).toBe(exchanges + 1)
    // Its own browser can still use it.
    expect((await rig.callback(browser, query)).location).toBe('/cats?run=7')
  })

  it('refuses a state that was never ours, and an answer without one', async () => {
    const { browser, query } = await begun()
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
    const { browser, query } = await begun()
    query.append(name, query.get(name) ?? 'access_denied')
    query.append(name, 'other')
    const exchanges = rig.provider.calls.exchange
    const answer = await rig.callback(browser, query)
    expect(answer).toMatchObject({ status: 400, body: expect.stringContaining('callback_malformed') })
    expect(rig.provider.calls.exchange).toBe(exchanges)
  })

  it('ignores parameters that it does not know, sent twice or not (RFC 6749 §4.1.2)', async () => {
    const { browser, query } = await begun()
    query.append('authuser', '1')
    query.append('hd', 'example.com')
    query.append('__proto__', 'x')
    expect((await rig.callback(browser, query)).location).toBe('/cats?run=7')
  })

  it('goes back to the form with a word when ten minutes have passed', async () => {
    const { browser, query } = await begun({ denied_to: '/cats?run=7&f=1' })
    await rig.test.shift(601)
    expect((await rig.callback(browser, query)).location).toBe('/cats?run=7&f=1&connect=expired&provider=google')
    await rig.test.shift(0)
  })

  it('turns a POST into the same GET, with known parameters only (Lax cookies are absent on a cross-site POST)', async () => {
    const { browser, query } = await begun()
    query.set('extra', 'x')
    const posted = await browser.post('/connect/google/callback', query)
    expect(posted.status).toBe(303)
    expect(posted.location).toMatch(/^\/connect\/google\/callback\?/)
    expect(posted.location).not.toContain('extra')
    expect((await browser.get(posted.location)).location).toBe('/cats?run=7')
  })

  it('keeps a POST with a parameter sent twice as it is, so that it is refused', async () => {
    const { browser, query } = await begun()
    query.append('code', 'other')
    const posted = await browser.post('/connect/google/callback', query)
    expect((await browser.get(posted.location)).status).toBe(400)
  })

  it('does not take the state of one purpose or provider for another (security §10.7)', async () => {
    const { browser, query } = await begun()
    await rig.tables
      .updateTable('authorization_request')
      .set({ purpose: 'login' })
      .where('used_at', 'is', null)
      .execute()
    const before = await countConnections()
    expect((await rig.callback(browser, query)).body).toContain('callback_unknown')
    expect(await countConnections()).toBe(before)
  })
})

describe('what the provider says', () => {
  it('goes back to the form, filled, after a denial; a reload says the same', async () => {
    const { browser, query } = await begun()
    const denied = new URLSearchParams({ state: query.get('state') ?? '', error: 'access_denied' })
    for (const _ of [1, 2]) {
      const answer = await rig.callback(browser, denied)
      expect(answer).toMatchObject({ status: 303, location: '/cats?run=7&connect=denied&provider=google' })
    }
  })

  it('refuses an answer with the iss of somebody else (RFC 9207 §2.4)', async () => {
    const { browser, query } = await begun()
    query.set('iss', 'https://evil.example')
    const exchanges = rig.provider.calls.exchange
    expect(await outcomeOf(browser, query)).toMatchObject({
      status: 400,
      body: expect.stringContaining('wrong_issuer'),
    })
    expect(rig.provider.calls.exchange).toBe(exchanges)
  })

  it('takes an answer without iss (RFC 9207 is not everywhere yet)', async () => {
    const { browser, query } = await begun()
    query.delete('iss')
    expect((await rig.callback(browser, query)).location).toBe('/cats?run=7')
  })

  it('says that the client secret is wrong, shows the redirect URI, and points to the set-up', async () => {
    const { browser, query } = await begun()
    rig.provider.misbehave('exchange', { status: 401, body: { error: 'invalid_client' } })
    const page = await outcomeOf(browser, query)
    expect(page.status).toBe(502)
    expect(page.body).toContain('client secret')
    expect(page.body).toContain(`${rig.publicUrl}/connect/google/callback`)
    expect(page.body).toContain('href="/setup/google"')
  })

  it('shows the redirect URI when the provider does not know it (facts §4, theme 7)', async () => {
    const { browser, query } = await begun()
    const wrong = new URLSearchParams({ state: query.get('state') ?? '', error: 'redirect_uri_mismatch' })
    const page = await outcomeOf(browser, wrong)
    expect(page.body).toContain('redirect_uri_mismatch')
    expect(page.body).toContain(`${rig.publicUrl}/connect/google/callback`)
  })

  it.each([
    ['server_error', 502, 'provider_unavailable'],
    ['temporarily_unavailable', 502, 'provider_unavailable'],
    ['admin_policy_enforced', 502, 'provider_refused'],
    ['<script>alert(1)</script>', 502, 'provider_refused'],
  ])('turns the error %s into a page with Try again', async (error, status, code) => {
    const { browser, query } = await begun()
    const page = await outcomeOf(browser, new URLSearchParams({ state: query.get('state') ?? '', error }))
    expect(page).toMatchObject({ status, body: expect.stringContaining(code) })
    expect(page.body).toContain('id="try-again"')
    expect(page.body).not.toContain('alert(1)')
  })

  it('lets one try again from that page with everything kept', async () => {
    const { browser, query } = await begun({ denied_to: '/cats?f=1' })
    rig.provider.misbehave('exchange', { status: 503 })
    const answer = await rig.callback(browser, query)
    const { body } = await browser.get(answer.location)
    const fields = Object.fromEntries(
      [...body.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [
        name,
        value.replaceAll('&amp;', '&'),
      ]),
    )
    expect(fields).toMatchObject({ return_to: '/cats?run=7', denied_to: '/cats?f=1' })
    const again = await browser.post('/connect/google', fields)
    expect(again.status).toBe(303)
    expect((await rig.callback(browser, rig.provider.agree(again.location))).location).toBe('/cats?run=7')
  })

  it('shows the page of a failed sign-in to its own browser only', async () => {
    const { browser, query } = await begun()
    rig.provider.misbehave('exchange', { status: 503 })
    const { location } = await rig.callback(browser, query)
    expect((await rig.browser().get(location)).status).toBe(400)
    expect((await browser.get('/connect/google/outcome/x')).status).toBe(400)
  })

  it('exchanges a code once, and does not repeat what may have arrived (RFC 6749 §4.1.2)', async () => {
    const { browser, query } = await begun()
    rig.provider.misbehave('exchange', { cut: true, commit: true })
    const exchanges = rig.provider.calls.exchange
    expect(await outcomeOf(browser, query)).toMatchObject({ status: 502 })
    expect(rig.provider.calls.exchange).toBe(exchanges + 1)
    // A reload shows the same page again, and asks nobody.
    expect(await outcomeOf(browser, query)).toMatchObject({ status: 502 })
    expect(rig.provider.calls.exchange).toBe(exchanges + 1)
  })

  it.each([
    ['HTML', { status: 200, body: '<html>', headers: { 'content-type': 'text/html' } }, 'provider_unavailable'],
    ['no token', { status: 200, body: { token_type: 'Bearer' } }, 'provider_unavailable'],
    [
      'a token with a line end',
      { status: 200, body: { access_token: 'a\r\nb', token_type: 'Bearer' } },
      'provider_unavailable',
    ],
    ['a MAC token', { status: 200, body: { access_token: 'abc', token_type: 'mac' } }, 'provider_unavailable'],
    ['403 without an error', { status: 403, body: {} }, 'provider_unavailable'],
    ['429', { status: 429, headers: { 'retry-after': '5' } }, 'provider_busy'],
    ['invalid_grant', { status: 400, body: { error: 'invalid_grant' } }, 'provider_refused'],
  ])('says what happened when the token endpoint answers with %s', async (_what, wrong, code) => {
    const { browser, query } = await begun()
    rig.provider.misbehave('exchange', wrong)
    const page = await outcomeOf(browser, query)
    expect(page.body).toContain(code)
  })

  it('asks once more whose account it is when that breaks off', async () => {
    const { browser, query } = await begun()
    rig.provider.misbehave('userinfo', { cut: true })
    expect((await rig.callback(browser, query)).location).toBe('/cats?run=7')
  })
})

describe('the ID token (OpenID Connect Core §3.1.3.7)', () => {
  const now = () => Math.floor(Date.now() / 1000)
  it.each<[string, (claims: Record<string, unknown>) => Record<string, unknown>]>([
    ['another nonce', (claims) => ({ ...claims, nonce: 'x' })],
    ['no nonce', ({ nonce: _, ...claims }) => claims],
    ['another issuer', (claims) => ({ ...claims, iss: 'https://evil.example' })],
    ['another audience', (claims) => ({ ...claims, aud: 'somebody' })],
    ['several audiences and another azp', (claims) => ({ ...claims, aud: ['test-client', 'b'], azp: 'b' })],
    ['an end in the past', (claims) => ({ ...claims, exp: now() - 301 })],
    ['an end that is a text', (claims) => ({ ...claims, exp: '99999999999' })],
    ['another subject than userinfo', (claims) => ({ ...claims, sub: '202' })],
  ])('refuses one with %s, and stores nothing', async (_what, change) => {
    const { browser, query } = await begun()
    const before = await countConnections()
    rig.provider.settings.idToken = change
    const page = await outcomeOf(browser, query)
    expect(page.body).toContain('identity_not_proved')
    expect(await countConnections()).toBe(before)
  })

  it('takes an answer without one, and one with several audiences that is ours', async () => {
    const { browser, query } = await begun()
    rig.provider.settings.idToken = () => undefined
    expect((await rig.callback(browser, query)).location).toBe('/cats?run=7')
    rig.provider.settings.idToken = (claims) => ({ ...claims, aud: ['test-client', 'b'], azp: 'test-client' })
    const second = await begun()
    expect((await rig.callback(second.browser, second.query)).location).toBe('/cats?run=7')
  })
})

describe('whose account it is', () => {
  it.each([
    ['nothing', {}],
    ['an empty id', { sub: '' }],
    ['a number', { sub: 12 }],
    ['an id with NUL', { sub: 'a\0' }],
    ['half of a surrogate pair', { sub: 'a\ud800' }],
    ['a very long id', { sub: 'x'.repeat(256) }],
  ])('refuses userinfo with %s', async (_what, claims) => {
    const { browser, query } = await begun()
    rig.provider.settings.userinfo = () => claims
    rig.provider.settings.idToken = () => undefined
    expect((await outcomeOf(browser, query)).body).toContain('provider_unavailable')
  })

  it('cleans the name of line ends and direction overrides, and keeps no picture that is not http(s)', async () => {
    const { browser, query } = await begun()
    rig.provider.settings.userinfo = () => ({
      sub: ANA.sub,
      email: 'ana\r\nBcc: x\u202e\0\ud800 @example.com',
      picture: 'javascript:alert(1)',
    })
    await rig.callback(browser, query)
    const row = await rig.tables.selectFrom('connection').selectAll().orderBy('id', 'desc').executeTakeFirstOrThrow()
    expect(row.account_name).not.toMatch(/[\r\n\u202e\0]/)
    expect(row.account_picture).toBeNull()
  })
})
