import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Browser } from '../testing/browser.fixture.ts'
import { claimsOf, createRig, type Rig, type TestClient } from '../testing/rig.fixture.ts'

const BACK = 'https://app.example/signed-out?from=trivet'
let rig: Rig
let app: TestClient
beforeAll(async () => {
  rig = await createRig({
    more: (server) => server.get('/who', async ({ caller }) => ({ name: caller?.user?.username ?? null })),
  })
  app = await rig.client({ post_logout_redirect_uris: [BACK, 'https://app.example'] })
})
afterAll(() => rig.close())

const nobody = JSON.stringify({ name: null })
const who = async (browser: Browser) => (await browser.get('/who')).body
const address = (fields: Record<string, string>) => `/end_session?${new URLSearchParams(fields)}`

/** Somebody signed in, with an ID token of that session. */
async function signedIn(by = app) {
  const made = await rig.tokens(by, { scope: 'openid' })
  return { ...made, hint: made.id_token }
}

describe('GET /end_session (OpenID Connect RP-Initiated Logout §2)', () => {
  it('§2, §3: an ID token of this session and a registered address: at once, and back, with state as it came', async () => {
    const { browser, hint } = await signedIn()
    const state = 'a b&c=d"<é'
    const answer = await browser.get(
      address({ id_token_hint: hint, post_logout_redirect_uri: BACK, state, client_id: app.client.id }),
    )
    expect(answer.status).toBe(303)
    expect(answer.location.startsWith(`${BACK}&`)).toBe(true)
    expect(new URL(answer.location).searchParams.get('state')).toBe(state)
    expect(await who(browser)).toBe(nobody)
    expect(rig.logged()).not.toContain(hint)
  })

  it('§3: without state the address is used character by character', async () => {
    const { browser, hint } = await signedIn()
    const to = 'https://app.example'
    expect((await browser.get(address({ id_token_hint: hint, post_logout_redirect_uri: to }))).location).toBe(to)
  })

  it('§2: an ID token whose time is over is still a hint', async () => {
    const { browser, hint } = await signedIn()
    const old = await rig.signer.sign(
      { ...claimsOf(hint), iat: 1_600_000_000, exp: 1_600_000_600 },
      { typ: 'JWT', alg: 'RS256' },
    )
    const answer = await browser.get(address({ id_token_hint: old, post_logout_redirect_uri: BACK }))
    expect(answer.location).toBe(BACK)
  })

  it('asks everybody else, and leads nowhere', async () => {
    const [own, stranger, other] = [await signedIn(), await signedIn(), await rig.client()]
    const gone = await rig.client({ post_logout_redirect_uris: [BACK] })
    const ofGone = (await rig.redeem(gone, await rig.code(gone, own.browser, { scope: 'openid' }))).body.id_token
    await rig.authorization.clients.remove(gone.client.id)
    const seconds = Math.floor(Date.now() / 1000)
    const forged = await rig.signer.sign(
      { ...claimsOf(own.hint), iss: 'https://other.example', iat: seconds, exp: seconds + 60 },
      { typ: 'JWT', alg: 'RS256' },
    )
    const anotherSession = await rig.signer.sign(
      { ...claimsOf(own.hint), sid: 'another' },
      { typ: 'JWT', alg: 'RS256' },
    )
    const cases: Record<string, string>[] = [
      {},
      { post_logout_redirect_uri: BACK },
      { client_id: app.client.id, post_logout_redirect_uri: BACK },
      { logout_hint: own.person.username, client_id: app.client.id, post_logout_redirect_uri: BACK },
      { id_token_hint: own.hint },
      ...[
        'https://evil.example/',
        `${BACK}&x=1`,
        `${BACK}#f`,
        BACK.toUpperCase(),
        'https://app.example/',
        'https://app.example.evil.example',
        'https://app.example@evil.example',
        '//evil.example',
        'javascript:alert(1)',
        '/account',
      ].map((uri) => ({ id_token_hint: own.hint, post_logout_redirect_uri: uri })),
      ...[
        stranger.hint,
        anotherSession,
        forged,
        ofGone,
        own.access_token,
        `${own.hint.slice(0, -8)}AAAAAAAA`,
        'x',
        'a.b.c',
      ].map((hint) => ({ id_token_hint: hint, post_logout_redirect_uri: BACK })),
      { id_token_hint: own.hint, client_id: other.client.id, post_logout_redirect_uri: BACK },
      { id_token_hint: own.hint, client_id: 'c_nobody', post_logout_redirect_uri: BACK },
    ]
    for (const fields of cases) {
      const { status, location, body } = await own.browser.get(address(fields))
      expect({ status, location }, JSON.stringify(fields)).toEqual({ status: 200, location: '' })
      expect(body).toContain('id="logout-confirm"')
      expect(body).toContain('id="logout-cancel"')
      expect(body).not.toContain('evil')
      expect(await who(own.browser)).toContain(own.person.username)
    }
  })

  it('names the application only when an ID token proves that it knows the person', async () => {
    const { browser, hint } = await signedIn()
    expect((await browser.get(address({ id_token_hint: hint }))).body).toContain('Test app asks')
    expect((await browser.get(address({ client_id: app.client.id }))).body).not.toContain('Test app')
  })

  it('tells who is not signed in so, with a way back to the application, which nobody is sent', async () => {
    const { browser, hint } = await signedIn()
    await browser.get(address({ id_token_hint: hint, post_logout_redirect_uri: BACK }))
    const again = await browser.get(address({ id_token_hint: hint, post_logout_redirect_uri: BACK, state: 's' }))
    expect({ status: again.status, location: again.location }).toEqual({ status: 200, location: '' })
    expect(again.body).toContain('id="logged-out"')
    expect(again.body).toContain(`href="${BACK.replaceAll('&', '&amp;')}&amp;state=s"`)
    const fresh = await rig.browser().get(address({ post_logout_redirect_uri: BACK, client_id: app.client.id }))
    expect(fresh.body).toContain('id="logged-out"')
    expect(fresh.body).not.toContain('app.example')
  })
})

describe('the button', () => {
  it('signs out, and leads to a page of ours whatever the address said', async () => {
    const { browser } = await signedIn()
    const page = address({ post_logout_redirect_uri: BACK, client_id: app.client.id })
    const answer = await browser.press(page, 'logout-confirm')
    expect({ status: answer.status, location: answer.location }).toEqual({ status: 200, location: '' })
    expect(answer.body).toContain('id="logged-out"')
    expect(await who(browser)).toBe(nobody)
  })

  it.each([{}, { csrf: '' }, { csrf: 'x' }])(
    'with %j instead of the token of the form does nothing (logout CSRF)',
    async (fields) => {
      const { browser, person } = await signedIn()
      const answer = await browser.post('/end_session', fields)
      expect(answer).toMatchObject({ status: 303, location: '/end_session' })
      expect(await who(browser)).toContain(person.username)
    },
  )

  it('pressed from another site does nothing, even with the right token', async () => {
    const { browser, person } = await signedIn()
    const { body } = await browser.get('/end_session')
    const csrf = /name="csrf" value="([^"]+)"/.exec(body)?.[1] ?? ''
    await browser.post('/end_session', { csrf }, { 'sec-fetch-site': 'cross-site' })
    await browser.post('/end_session', { csrf }, { origin: 'https://evil.example' })
    expect(await who(browser)).toContain(person.username)
    expect((await browser.post('/end_session', { csrf }, { 'sec-fetch-site': 'same-origin' })).body).toContain(
      'logged-out',
    )
  })
})

describe('POST /end_session (§2)', () => {
  it('from an application: the browser comes back by GET, where the Lax cookie is, with what was asked', async () => {
    const { browser, hint } = await signedIn()
    const fields = { id_token_hint: hint, post_logout_redirect_uri: BACK, state: 'st', x_unknown: 'y' }
    // As a browser does across sites: without cookies.
    const first = await rig.browser().post('/end_session', fields, { 'sec-fetch-site': 'cross-site' })
    expect(first.status).toBe(303)
    expect(first.location).toMatch(/^\/end_session\?/)
    expect(first.location).not.toContain('x_unknown')
    const second = await browser.get(first.location)
    expect(second.location).toBe(`${BACK}&state=st`)
    expect(await who(browser)).toBe(nobody)
  })
})

describe('bad input', () => {
  it.each([
    'post_logout_redirect_uri=https://a.example&post_logout_redirect_uri=https://b.example',
    'id_token_hint=a&id_token_hint=b',
    'state=%00',
    `state=${'x'.repeat(20)}&${'a=1&'.repeat(70)}`,
  ])('%s is 400, on a page, without a redirect', async (query) => {
    const { browser, person } = await signedIn()
    const { status, location } = await browser.get(`/end_session?${query}`)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(500)
    expect(location).toBe('')
    expect(await who(browser)).toContain(person.username)
  })

  it('no page of another origin may read it', async () => {
    const { headers } = await rig.browser().get('/end_session')
    expect(headers.get('access-control-allow-origin')).toBeNull()
    expect(headers.get('x-frame-options')).toBe('DENY')
    expect(headers.get('cache-control')).toBe('no-store')
  })
})
