import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { unescapeHtml } from '../testing/browser.fixture.ts'
import { createRig, type Rig, responseOf, type TestClient, VERIFIER } from '../testing/rig.fixture.ts'

let rig: Rig
let app: TestClient
beforeAll(async () => {
  rig = await createRig()
  app = await rig.client()
})
afterAll(() => rig.close())

const ELSEWHERE = { origin: 'https://app.example', 'sec-fetch-site': 'cross-site' }

describe('POST /authorize (OpenID Connect Core §3.1.2.1)', () => {
  it('from another site, without cookies: kept, and gone on with where the session is', async () => {
    const { browser } = await rig.person()
    await rig.allow(browser, rig.authorizePath(app))
    // `SameSite=Lax`: the browser sends no cookie here.
    const kept = await rig.browser().post('/authorize', rig.request(app, { prompt: 'none' }), ELSEWHERE)
    expect(kept).toMatchObject({ status: 303, location: expect.stringMatching(/^\/authorize\?interaction=[\w-]{43}$/) })
    const response = responseOf(await browser.get(kept.location))
    expect(response.get('state')).toBe('st')
    expect((await rig.redeem(app, response.get('code') ?? '')).status).toBe(200)
  })

  it('prompt=none stays none: login_required where nobody is signed in', async () => {
    const browser = rig.browser()
    const { location } = await browser.post('/authorize', rig.request(app, { prompt: 'none' }), ELSEWHERE)
    expect(responseOf(await browser.get(location)).get('error')).toBe('login_required')
  })

  it('decides nothing by itself: decision is ignored beside a session', async () => {
    const { browser } = await rig.person()
    const { location } = await browser.post('/authorize', rig.request(app, { decision: 'allow' }), ELSEWHERE)
    expect((await browser.get(location)).location).toMatch(/^\/consent\?/)
  })

  it('is checked before it is kept', async () => {
    const browser = rig.browser()
    const told = await browser.post('/authorize', rig.request(app, { scope: 'nonsense' }))
    expect(told.status).toBe(303)
    expect(responseOf(told).get('error')).toBe('invalid_scope')
    expect((await browser.post('/authorize', rig.request(app, { client_id: 'c_nobody' }))).status).toBe(400)
  })

  it.each(['application/json', 'text/plain', 'multipart/form-data; boundary=x'])('takes no %s', async (type) => {
    const response = await fetch(`${rig.publicUrl}/authorize`, {
      method: 'POST',
      headers: { 'content-type': type, accept: 'application/json' },
      body: '{}',
      redirect: 'manual',
    })
    expect(response.status).toBe(415)
  })

  it('reads the body alone', async () => {
    expect((await rig.browser().post(rig.authorizePath(app), {})).status).toBe(400)
  })
})

describe('response_mode=form_post (OAuth 2.0 Form Post Response Mode §2)', () => {
  it('answers with a form for the client, which works without JavaScript and under the CSP', async () => {
    const { browser } = await rig.person()
    const path = rig.authorizePath(app, { response_mode: 'form_post', state: 'a"<b>&' })
    const consent = await browser.get(path)
    const { status, headers, body } = await browser.press(consent.location, 'consent-allow')
    expect(status).toBe(200)
    expect(headers.get('cache-control')).toBe('no-store')
    // Chromium applies form-action to every redirect hop, and the form goes to another site.
    expect(headers.get('content-security-policy')).not.toContain('form-action')
    expect(body).toContain('action="https://app.example/cb"')
    expect(body).not.toMatch(/<script(?![^>]*src=)|\son\w+=/)
    const fields = Object.fromEntries(
      [...body.matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name, value]) => [
        name,
        unescapeHtml(value ?? ''),
      ]),
    )
    expect(fields).toEqual({ code: expect.stringMatching(/^tra_/), state: 'a"<b>&', iss: rig.publicUrl })
    const redeemed = await rig.redeem(app, fields['code'] ?? '', { code_verifier: VERIFIER })
    expect(redeemed.status).toBe(200)
  })

  it('carries errors the same way', async () => {
    const { body, status } = await rig
      .browser()
      .get(rig.authorizePath(app, { response_mode: 'form_post', prompt: 'none' }))
    expect(status).toBe(200)
    expect(body).toContain('value="login_required"')
  })
})
