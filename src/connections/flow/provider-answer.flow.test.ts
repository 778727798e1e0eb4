import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRig, type Rig } from '../testing/rig.fixture.ts'

let rig: Rig
beforeAll(async () => {
  rig = await createRig()
})
afterAll(() => rig.close())

describe('what the provider says', () => {
  it('goes back to the form, filled, after a denial; a reload says the same', async () => {
    const { browser, query } = await rig.begun()
    const denied = new URLSearchParams({ state: query.get('state') ?? '', error: 'access_denied' })
    for (const _ of [1, 2]) {
      const answer = await rig.callback(browser, denied)
      expect(answer).toMatchObject({ status: 303, location: '/cats?run=7&connect=denied&provider=google' })
    }
  })

  it.each(['https://evil.example', ''])(
    'refuses an answer with the iss of somebody else, %j (RFC 9207 §2.4)',
    async (iss) => {
      const { browser, query } = await rig.begun()
      query.set('iss', iss)
      const exchanges = rig.provider.calls.exchange
      expect(await rig.outcomeOf(browser, query)).toMatchObject({
        status: 400,
        body: expect.stringContaining('wrong_issuer'),
      })
      expect(rig.provider.calls.exchange).toBe(exchanges)
    },
  )

  it('takes an answer without iss (RFC 9207 is not everywhere yet)', async () => {
    const { browser, query } = await rig.begun()
    query.delete('iss')
    expect((await rig.callback(browser, query)).location).toBe('/cats?run=7')
  })

  it('says that the client secret is wrong, shows the redirect URI, and points to the set-up', async () => {
    const { browser, query } = await rig.begun()
    rig.provider.misbehave('exchange', { status: 401, body: { error: 'invalid_client' } })
    const page = await rig.outcomeOf(browser, query)
    expect(page.status).toBe(502)
    expect(page.body).toContain('client secret')
    expect(page.body).toContain(`${rig.publicUrl}/connect/google/callback`)
    expect(page.body).toContain('href="/setup/google"')
  })

  it('shows the redirect URI when the provider does not know it (facts §4, theme 7)', async () => {
    const { browser, query } = await rig.begun()
    const wrong = new URLSearchParams({ state: query.get('state') ?? '', error: 'redirect_uri_mismatch' })
    const page = await rig.outcomeOf(browser, wrong)
    expect(page.body).toContain('redirect_uri_mismatch')
    expect(page.body).toContain(`${rig.publicUrl}/connect/google/callback`)
  })

  it.each([
    ['server_error', 502, 'provider_unavailable'],
    ['temporarily_unavailable', 502, 'provider_unavailable'],
    ['admin_policy_enforced', 502, 'provider_refused'],
    ['<script>alert(1)</script>', 502, 'provider_refused'],
  ])('turns the error %s into a page with Try again', async (error, status, code) => {
    const { browser, query } = await rig.begun()
    const page = await rig.outcomeOf(browser, new URLSearchParams({ state: query.get('state') ?? '', error }))
    expect(page).toMatchObject({ status, body: expect.stringContaining(code) })
    expect(page.body).toContain('id="try-again"')
    expect(page.body).not.toContain('alert(1)')
  })

  it('lets one try again from that page with everything kept', async () => {
    const { browser, query } = await rig.begun({ denied_to: '/cats?f=1' })
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

  it('says that a sign-in is over when a kill left no outcome', async () => {
    const { browser, query } = await rig.begun()
    rig.provider.misbehave('exchange', { status: 503 })
    const { location } = await rig.callback(browser, query)
    const id = location.split('/').at(-1) ?? ''
    await rig.tables.updateTable('authorization_request').set({ outcome: null }).where('id', '=', id).execute()
    expect(await browser.get(location)).toMatchObject({ status: 409, body: expect.stringContaining('callback_used') })
  })

  it('shows the page of a failed sign-in to its own browser only', async () => {
    const { browser, query } = await rig.begun()
    rig.provider.misbehave('exchange', { status: 503 })
    const { location } = await rig.callback(browser, query)
    expect((await rig.browser().get(location)).status).toBe(400)
    expect((await browser.get('/connect/google/outcome/x')).status).toBe(400)
  })

  it('exchanges a code once, and does not repeat what may have arrived (RFC 6749 §4.1.2)', async () => {
    const { browser, query } = await rig.begun()
    rig.provider.misbehave('exchange', { cut: true, commit: true })
    const exchanges = rig.provider.calls.exchange
    expect(await rig.outcomeOf(browser, query)).toMatchObject({ status: 502 })
    expect(rig.provider.calls.exchange).toBe(exchanges + 1)
    // A reload shows the same page again, and asks nobody.
    expect(await rig.outcomeOf(browser, query)).toMatchObject({ status: 502 })
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
    const { browser, query } = await rig.begun()
    rig.provider.misbehave('exchange', wrong)
    const page = await rig.outcomeOf(browser, query)
    expect(page.body).toContain(code)
  })

  it('asks once more whose account it is when that breaks off', async () => {
    const { browser, query } = await rig.begun()
    rig.provider.misbehave('userinfo', { cut: true })
    expect((await rig.callback(browser, query)).location).toBe('/cats?run=7')
  })
})
