import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PASSWORD } from '../testing/people.fixture.ts'
import { claimsOf, createRig, LEFT_OUT, type Rig, responseOf, type TestClient } from '../testing/rig.fixture.ts'

let rig: Rig
let app: TestClient
beforeAll(async () => {
  rig = await createRig()
  app = await rig.client()
})
afterAll(() => rig.close())

describe('by forms, without JavaScript', () => {
  it('somebody new registers, allows, and is known to the client; signs in again later, and is asked nothing', async () => {
    const browser = rig.browser()
    const first = await browser.get(rig.authorizePath(app, { scope: 'openid profile', prompt: 'create' }))
    const form = { username: 'new-here', password: PASSWORD }
    const registered = await browser.press(first.location, 'register-submit', form)
    expect(registered.location).toMatch(/^\/authorize\?interaction=/)
    const asked = await browser.get(registered.location)
    const code = responseOf(await browser.press(asked.location, 'consent-allow')).get('code') ?? ''
    const { body } = await rig.redeem(app, code)
    const claims = claimsOf(body.id_token)
    expect(claims).toMatchObject({ aud: app.client.id, amr: ['pwd'], sid: expect.any(String) })

    const elsewhere = rig.browser()
    const again = await elsewhere.get(rig.authorizePath(app, { scope: 'openid' }))
    const signedIn = await elsewhere.press(again.location, 'login-submit', form)
    const answer = await elsewhere.get(signedIn.location)
    const { body: second } = await rig.redeem(app, responseOf(answer).get('code') ?? '')
    expect(claimsOf(second.id_token)['sub']).toBe(claims['sub'])
    expect(claimsOf(second.id_token)['sid']).not.toBe(claims['sid'])
  })

  it('cancel at sign-in is access_denied at the client', async () => {
    const browser = rig.browser()
    const { location } = await browser.get(rig.authorizePath(app))
    const cancelled = await browser.press(location, 'login-cancel')
    expect(responseOf(await browser.get(cancelled.location)).get('error')).toBe('access_denied')
  })

  it('a wrong password leads nowhere, and keeps the way', async () => {
    const browser = rig.browser()
    const person = await rig.people.create()
    const { location } = await browser.get(rig.authorizePath(app))
    const typed = { username: person.username, password: 'not this one' }
    expect((await browser.press(location, 'login-submit', typed)).status).toBe(422)
    const right = await browser.press(location, 'login-submit', { ...typed, password: PASSWORD })
    expect((await browser.get(right.location)).location).toMatch(/^\/consent\?/)
  })

  it('somebody else may sign in from the consent page, and is asked themselves', async () => {
    const { browser, person } = await rig.person()
    const other = await rig.people.create()
    const asked = await browser.get(rig.authorizePath(app))
    const { body } = await browser.get(asked.location)
    expect(body).toContain(person.username)
    const link = /href="(\/login\?interaction=[^"]+)"/.exec(body)?.[1] ?? ''
    const { location } = await browser.press(link, 'login-submit', { username: other.username, password: PASSWORD })
    const again = await browser.get((await browser.get(location)).location)
    expect(again.body).toContain(other.username)
    const code = responseOf(await browser.press(asked.location, 'consent-allow')).get('code') ?? ''
    expect(claimsOf((await rig.redeem(app, code)).body.access_token)['sub']).toBe(other.publicId)
  })
})

describe('by the calls of the API document', () => {
  it('register, login, client, authorize, token', async () => {
    const json = async (path: string, body: object, headers: Record<string, string> = {}) => {
      const response = await fetch(rig.publicUrl + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      })
      return { status: response.status, body: await response.json() }
    }
    const credentials = { username: 'api-user', password: PASSWORD }
    expect(await json('/register', credentials)).toMatchObject({ status: 201, body: { result: 'succeeded' } })
    const login = await json('/login', credentials)
    expect(login).toMatchObject({ status: 200, body: { result: 'succeeded', token: expect.any(String) } })
    const bearer = { authorization: `Bearer ${login.body.token}` }
    const redirect_uri = 'http://127.0.0.1:8123/cb'
    const made = await json('/client', { client_name: 'My app', redirect_uris: [redirect_uri] }, bearer)
    expect(made).toMatchObject({ status: 201, body: { client_id: expect.any(String) } })
    const { client_id, client_secret } = made.body

    const app = { client: { id: client_id }, secret: client_secret, redirectUri: redirect_uri } as TestClient
    const answer = await rig.browser().get(rig.authorizePath(app), { ...bearer, accept: 'application/json' })
    expect(answer.status).toBe(302)
    const { Location } = JSON.parse(answer.body)
    const code = new URL(Location).searchParams.get('code') ?? ''
    const basic = { authorization: `Basic ${btoa(`${client_id}:${client_secret}`)}` }
    const usesBasic = made.body.token_endpoint_auth_method === 'client_secret_basic'
    const leftOut = usesBasic ? { client_id: LEFT_OUT, client_secret: LEFT_OUT } : {}
    const { status, body } = await rig.redeem(app, code, leftOut, usesBasic ? basic : {})
    expect(status, JSON.stringify(body)).toBe(200)
    expect(claimsOf(body.access_token)).toMatchObject({ client_id, iss: rig.publicUrl })
  })

  it.each(['access token', 'ID token', 'registration token'])('the %s opens no /authorize', async (kind) => {
    const { person, browser } = await rig.person()
    const own = await rig.client({}, person)
    const code = await rig.code(own, browser, { scope: 'openid profile' })
    const { body } = await rig.redeem(own, code)
    const tokens = { 'access token': body.access_token, 'ID token': body.id_token, 'registration token': 'trg_x' }
    const token = tokens[kind as keyof typeof tokens]
    const answer = await rig.browser().get(rig.authorizePath(own), { authorization: `Bearer ${token}` })
    expect([answer.status, JSON.parse(answer.body).error]).toEqual([401, 'invalid_token'])
  })

  it('a login token is over with the next logout', async () => {
    const { person, bearer, browser } = await rig.person()
    const own = await rig.client({}, person)
    expect((await rig.browser().get(rig.authorizePath(own), bearer)).status).toBe(302)
    await browser.press('/logout', 'logout-confirm')
    expect((await rig.browser().get(rig.authorizePath(own), bearer)).status).toBe(401)
  })
})
