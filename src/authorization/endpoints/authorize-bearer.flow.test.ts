import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { claimsOf, createRig, type Rig, responseOf, type TestClient } from '../testing/rig.fixture.ts'

let rig: Rig
let somebody: Awaited<ReturnType<Rig['person']>>
/** Of somebody. */
let own: TestClient
/** Of nobody here. */
let other: TestClient
beforeAll(async () => {
  rig = await createRig()
  somebody = await rig.person()
  own = await rig.client({}, somebody.person)
  other = await rig.client()
})
afterAll(() => rig.close())

const JSON_TOO = { accept: 'application/json' }

describe('GET /authorize with a login token (the API document)', () => {
  it('answers the registrant’s own client with 302 and the same address as JSON', async () => {
    const answer = await rig.browser().get(rig.authorizePath(own), { ...somebody.bearer, ...JSON_TOO })
    expect(answer.status).toBe(302)
    expect(JSON.parse(answer.body)).toEqual({ Location: answer.location })
    const response = responseOf(answer)
    expect([response.get('state'), response.get('iss')]).toEqual(['st', rig.publicUrl])
    const { status, body } = await rig.redeem(own, response.get('code') ?? '')
    expect(status).toBe(200)
    expect(claimsOf(body.access_token)['sub']).toBe(somebody.person.publicId)
  })

  it('sends no body to who did not ask for JSON', async () => {
    const answer = await rig.browser().get(rig.authorizePath(own), { ...somebody.bearer, accept: '*/*' })
    expect([answer.status, answer.body]).toEqual([302, ''])
  })

  it('is consent_required for any other client, which is asked by no page', async () => {
    const answer = await rig.browser().get(rig.authorizePath(other), somebody.bearer)
    expect(responseOf(answer).get('error')).toBe('consent_required')
  })

  it('takes a consent that was remembered', async () => {
    const app = await rig.client()
    await rig.allow(somebody.browser, rig.authorizePath(app))
    expect(responseOf(await rig.browser().get(rig.authorizePath(app), somebody.bearer)).has('code')).toBe(true)
  })

  it.each(['login', 'select_account', 'create'])(
    'prompt=%s is login_required: no page can be shown',
    async (prompt) => {
      const answer = await rig.browser().get(rig.authorizePath(own, { prompt }), somebody.bearer)
      expect(responseOf(answer).get('error')).toBe('login_required')
    },
  )

  it('prompt=consent is consent_required', async () => {
    const answer = await rig.browser().get(rig.authorizePath(own, { prompt: 'consent' }), somebody.bearer)
    expect(responseOf(answer).get('error')).toBe('consent_required')
  })

  it('max_age counts from the sign-in that the token is of', async () => {
    const ask = () => rig.browser().get(rig.authorizePath(own, { max_age: '300' }), somebody.bearer)
    expect(responseOf(await ask()).has('code')).toBe(true)
    await rig.test.shift(600)
    expect(responseOf(await ask()).get('error')).toBe('login_required')
    await rig.test.shift(0)
  })

  it('ignores the session beside it: cookies neither help nor decide', async () => {
    const { browser } = await rig.person()
    const answer = await browser.get(rig.authorizePath(own), { authorization: 'Bearer nonsense', ...JSON_TOO })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer .*error="invalid_token"/)
    expect(JSON.parse(answer.body)).toMatchObject({ error: 'invalid_token' })
    const asOwner = await browser.get(rig.authorizePath(own), somebody.bearer)
    const { body } = await rig.redeem(own, responseOf(asOwner).get('code') ?? '')
    expect(claimsOf(body.access_token)['sub']).toBe(somebody.person.publicId)
  })

  it.each(['Bearer', 'Bearer ', 'bearer a b'])('%j is no token, and not nothing either', async (authorization) => {
    expect((await somebody.browser.get(rig.authorizePath(own), { authorization })).status).toBe(401)
  })
})

describe('POST /authorize with a login token', () => {
  it('decision=allow records the consent and answers 303 with the code, without a CSRF token', async () => {
    const app = await rig.client()
    const answer = await rig.browser().post('/authorize', rig.request(app, { decision: 'allow' }), somebody.bearer)
    expect(answer.status).toBe(303)
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
    expect((await rig.redeem(app, responseOf(answer).get('code') ?? '')).status).toBe(200)
    const silent = await somebody.browser.get(rig.authorizePath(app, { prompt: 'none' }))
    expect(responseOf(silent).has('code')).toBe(true)
  })

  it('decision=deny is access_denied', async () => {
    const answer = await rig.browser().post('/authorize', rig.request(other, { decision: 'deny' }), somebody.bearer)
    expect(responseOf(answer).get('error')).toBe('access_denied')
  })

  it('without a decision is as GET: consent_required', async () => {
    const answer = await rig.browser().post('/authorize', rig.request(other), somebody.bearer)
    expect([answer.status, responseOf(answer).get('error')]).toEqual([303, 'consent_required'])
  })

  it('another decision is refused', async () => {
    const answer = await rig.browser().post('/authorize', rig.request(other, { decision: 'yes' }), somebody.bearer)
    expect(answer.status).toBe(400)
  })
})
