import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Browser } from '../testing/browser.fixture.ts'
import { createRig, LEFT_OUT, type Rig, responseOf, type TestClient } from '../testing/rig.fixture.ts'

let rig: Rig
let app: TestClient
let browser: Browser
beforeAll(async () => {
  rig = await createRig()
  app = await rig.client({ redirect_uris: ['https://app.example/cb?tenant=1', 'http://127.0.0.1/cb'] })
  browser = (await rig.person()).browser
})
afterAll(() => rig.close())

describe('errors that must not be redirected (RFC 6749 §4.1.2.1, RFC 9700 §4.11.2)', () => {
  const shown = async (path: string, headers: Record<string, string> = {}) => {
    const answer = await browser.get(path, headers)
    expect(answer.headers.get('location')).toBeNull()
    expect(answer.status).toBe(400)
    return answer
  }

  it.each([
    ['no client', { client_id: LEFT_OUT }],
    ['a client that there is not', { client_id: 'c_nobody' }],
    ['no redirect URI, though only one is registered', { redirect_uri: LEFT_OUT }],
    ['a redirect URI of nobody', { redirect_uri: 'https://evil.example/cb' }],
    ['one without its query', { redirect_uri: 'https://app.example/cb' }],
    ['one with more query', { redirect_uri: 'https://app.example/cb?tenant=1&x=1' }],
    ['one with a fragment', { redirect_uri: 'https://app.example/cb?tenant=1#f' }],
    ['one with userinfo', { redirect_uri: 'https://app.example@evil.example/cb?tenant=1' }],
    ['a loopback one of another path', { redirect_uri: 'http://127.0.0.1:4711/other' }],
    ['a script', { redirect_uri: 'javascript:alert(1)' }],
    ['a line break', { redirect_uri: 'https://app.example/cb?tenant=1\r\nSet-Cookie: a=b' }],
  ])('%s', async (_what, changes) => {
    const { body } = await shown(rig.authorizePath(app, changes))
    expect(body).toContain('id="error"')
    expect(body).not.toContain('evil.example')
  })

  it.each(['client_id', 'redirect_uri'])('%s twice (RFC 6749 §3.1)', async (name) => {
    const value = encodeURIComponent(name === 'client_id' ? app.client.id : app.redirectUri)
    await shown(`${rig.authorizePath(app)}&${name}=${value}`)
  })

  it('is JSON for a program', async () => {
    const { body, headers } = await shown(rig.authorizePath(app, { client_id: 'c_nobody' }), {
      accept: 'application/json',
    })
    expect(headers.get('content-type')).toContain('application/json')
    expect(JSON.parse(body)).toMatchObject({ error: 'invalid_client', error_description: expect.any(String) })
  })

  it('is told of an interaction that there is not, or that is over', async () => {
    await shown('/authorize?interaction=nothing')
    await shown('/authorize?interaction=a&interaction=b')
    const { location } = await rig.browser().get(rig.authorizePath(app))
    const id = new URL(location, rig.publicUrl).searchParams.get('interaction')
    await rig.test.shift(31 * 60)
    await shown(`/authorize?interaction=${id}`)
    await rig.test.shift(0)
  })
})

describe('errors that the client is told (RFC 6749 §4.1.2.1), with state and iss (RFC 9207)', () => {
  const told = async (changes: Record<string, string>, more = '') => {
    const answer = await browser.get(rig.authorizePath(app, changes) + more)
    expect(answer.status).toBe(302)
    expect(answer.location).toMatch(/^https:\/\/app\.example\/cb\?tenant=1&error=/)
    const response = responseOf(answer)
    expect(response.get('iss')).toBe(rig.publicUrl)
    expect(response.has('code')).toBe(false)
    return response
  }

  it.each([
    ['no response_type', { response_type: LEFT_OUT }, 'invalid_request'],
    ['the implicit grant', { response_type: 'token' }, 'unsupported_response_type'],
    ['a response mode that there is not', { response_mode: 'fragment' }, 'invalid_request'],
    ['no PKCE', { code_challenge: LEFT_OUT, code_challenge_method: LEFT_OUT }, 'invalid_request'],
    ['plain PKCE', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['a broken scope', { scope: 'a"b' }, 'invalid_scope'],
    ['a scope of nobody', { scope: 'nonsense' }, 'invalid_scope'],
    ['the scope of login tokens', { scope: 'trivet:login' }, 'invalid_scope'],
    ['a prompt that there is not', { prompt: 'always' }, 'invalid_request'],
    ['prompt none with another', { prompt: 'none login' }, 'invalid_request'],
    ['a max_age that is no number', { max_age: 'soon' }, 'invalid_request'],
    ['claims that are no JSON', { claims: '{' }, 'invalid_request'],
    ['a resource that is no URI', { resource: 'api' }, 'invalid_target'],
    ['a resource with a fragment', { resource: 'https://api.example/#x' }, 'invalid_target'],
    ['an internal audience', { resource: 'internal:vault' }, 'invalid_target'],
    ['a request object', { request: 'e30.e30.' }, 'request_not_supported'],
    ['a request_uri', { request_uri: 'https://app.example/r' }, 'request_uri_not_supported'],
    ['an id_token_hint that is none', { id_token_hint: 'x.y.z' }, 'invalid_request'],
    ['prompt none, and consent is due', { prompt: 'none' }, 'consent_required'],
  ])('%s', async (_what, changes, error) => {
    const response = await told(changes as Record<string, string>)
    expect(response.get('error')).toBe(error)
    expect(response.get('state')).toBe('st')
    expect(response.get('error_description')).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
  })

  it.each(['scope', 'response_type', 'code_challenge', 'nonce', 'prompt'])('%s twice', async (name) => {
    expect((await told({ nonce: 'n', prompt: 'login' }, `&${name}=x`)).get('error')).toBe('invalid_request')
  })

  it('state twice: told without one', async () => {
    const response = await told({}, '&state=other')
    expect([response.get('error'), response.get('state')]).toEqual(['invalid_request', null])
  })

  it('prompt none, and nobody is signed in', async () => {
    const answer = await rig.browser().get(rig.authorizePath(app, { prompt: 'none' }))
    expect(responseOf(answer).get('error')).toBe('login_required')
  })

  it('keeps a state that tries to be more than that in its place', async () => {
    const state = 'x&code=stolen#\r\nSet-Cookie: a=b'
    const response = await told({ scope: 'nonsense', state })
    expect(response.get('state')).toBe(state)
  })
})

describe('GET /authorize', () => {
  it('has no CORS, with or without an Origin (RFC 9700 §2.6)', async () => {
    const { headers } = await browser.get(rig.authorizePath(app), { origin: 'https://evil.example' })
    expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
  })

  it('makes no code for HEAD', async () => {
    const response = await fetch(`${rig.publicUrl}${rig.authorizePath(app)}`, { method: 'HEAD', redirect: 'manual' })
    expect(response.status).toBe(404)
  })

  it('answers a client at any port of its loopback address (RFC 8252 §7.3)', async () => {
    const path = rig.authorizePath(app, { redirect_uri: 'http://127.0.0.1:51234/cb', prompt: 'none' })
    expect((await browser.get(path)).location).toMatch(/^http:\/\/127\.0\.0\.1:51234\/cb\?error=consent_required&/)
  })

  it('does not let a client that was deleted meanwhile go on', async () => {
    const gone = await rig.client()
    const { location } = await rig.browser().get(rig.authorizePath(gone))
    await rig.authorization.clients.remove(gone.client.id)
    const id = new URL(location, rig.publicUrl).searchParams.get('interaction')
    expect((await browser.get(`/authorize?interaction=${id}`)).status).toBe(400)
  })

  it('checks a kept request again: what the client may no longer do is not done after sign-in either', async () => {
    const changing = await rig.client({ redirect_uris: ['https://one.example/cb'] })
    const { location } = await rig.browser().get(rig.authorizePath(changing))
    const id = new URL(location, rig.publicUrl).searchParams.get('interaction')
    await rig.authorization.clients.setState(changing.client.id, { isDisabled: true })
    expect((await browser.get(`/authorize?interaction=${id}`)).status).toBe(400)
  })
})
