import { describe, expect, test } from 'vitest'
import {
  authorizationQuery,
  authorize,
  CALLBACK,
  callbackOf,
  connect,
  consent,
  DRIVE_FILE,
  exchange,
  misbehave,
  post,
  request,
  signIn,
  startSandbox,
  tokensOf,
} from '../../testing/index.ts'

const ask = (url: string, query: string, cookie = '') =>
  request(`${url}/google/o/oauth2/v2/auth?${query}`, { headers: { cookie } })

describe('requests that get a page and never a redirect', () => {
  test.each([
    ['an https redirect address', { redirect_uri: 'https://localhost/cb' }, 400, 'redirect_uri_mismatch'],
    ['another host', { redirect_uri: 'http://evil.example/cb' }, 400, 'redirect_uri_mismatch'],
    ['a fragment', { redirect_uri: 'http://localhost/cb#x' }, 400, 'redirect_uri_mismatch'],
    ['user info that looks loopback', { redirect_uri: 'http://localhost@evil.example/' }, 400, 'redirect_uri_mismatch'],
    ['an unknown client', { client_id: 'nobody' }, 401, 'invalid_client'],
    ['an unknown scope', { scope: 'openid everything' }, 400, 'invalid_scope'],
    ['prompt=none with company', { prompt: 'none consent' }, 400, 'invalid_request'],
    [
      'an unknown challenge method',
      { code_challenge: 'x'.repeat(43), code_challenge_method: 'S1' },
      400,
      'invalid_request',
    ],
    ['another response type', { response_type: 'token' }, 400, 'unsupported_response_type'],
  ])('%s', async (_name, change, status, error) => {
    const { url } = await startSandbox()
    const response = await ask(url, authorizationQuery(change))
    expect(response.status).toBe(status)
    expect(response.headers.get('location')).toBeNull()
    expect(await response.text()).toContain(error)
  })

  test('a repeated parameter', async () => {
    const { url } = await startSandbox()
    const response = await ask(url, `${authorizationQuery()}&state=s2`)
    expect(response.status).toBe(400)
    expect(await response.text()).toContain('single value: state')
  })

  test('what the request says is escaped on the page', async () => {
    const { url } = await startSandbox()
    const page = await (await ask(url, authorizationQuery({ redirect_uri: 'http://x/<script>' }))).text()
    expect(page).toContain('&lt;script&gt;')
    expect(page).not.toContain('<script>')
  })
})

test.each(['http://127.0.0.1:8/x', 'http://[::1]:8/y?z=1', 'http://localhost/cb'])(
  'any loopback redirect address is registered: %s',
  async (redirect_uri) => {
    const { url } = await startSandbox()
    expect((await ask(url, authorizationQuery({ redirect_uri }))).status).toBe(200)
  },
)

describe('the login page', () => {
  test('offers three people, and only the hinted one with login_hint', async () => {
    const { url } = await startSandbox()
    const page = await (await ask(url, authorizationQuery())).text()
    for (const id of ['persona-ana', 'persona-bob', 'persona-chen']) expect(page).toContain(`id="${id}"`)
    const hinted = await (await ask(url, authorizationQuery({ login_hint: 'bob@example.com' }))).text()
    expect(hinted).toContain('persona-bob')
    expect(hinted).not.toContain('persona-ana')
  })

  test('a form sent by another site signs nobody in', async () => {
    const { url } = await startSandbox()
    const form = { request: authorizationQuery(), persona: 'ana' }
    const response = await post(`${url}/google/signin`, form, { 'sec-fetch-site': 'cross-site' })
    expect(response.status).toBe(403)
    expect(response.headers.getSetCookie()).toEqual([])
  })

  test('the session cookie stays under /google, out of reach of scripts', async () => {
    const { url } = await startSandbox()
    const { response } = await signIn(url, authorizationQuery())
    expect(response.headers.getSetCookie()[0]).toMatch(/^sandbox-google=[\w-]+; Path=\/google; HttpOnly; SameSite=Lax$/)
  })
})

describe('the callback', () => {
  test('carries code, state, iss and the scopes in long names (facts 1.3)', async () => {
    const { url } = await startSandbox()
    const answer = await authorize(url)
    expect(answer.get('code')).toMatch(/^4\/0A/)
    expect(answer.get('state')).toBe('s1')
    expect(answer.get('iss')).toBe(`${url}/google`)
    expect(answer.get('authuser')).toBe('0')
    expect(answer.get('scope')?.split(' ').sort()).toEqual([
      'email',
      DRIVE_FILE,
      'https://www.googleapis.com/auth/userinfo.email',
      'https://www.googleapis.com/auth/userinfo.profile',
      'openid',
      'profile',
    ])
  })

  test('says access_denied with the state when the person cancels', async () => {
    const { url } = await startSandbox()
    const query = authorizationQuery()
    const { cookie } = await signIn(url, query)
    const answer = await consent(url, query, cookie, [DRIVE_FILE], 'cancel')
    expect(Object.fromEntries(answer)).toEqual({ error: 'access_denied', state: 's1', iss: `${url}/google` })
  })

  test('an unticked scope is not granted, sign-in scopes still are', async () => {
    const { url } = await startSandbox()
    const query = authorizationQuery()
    const { cookie } = await signIn(url, query)
    const answer = await consent(url, query, cookie, [])
    const { scope } = await tokensOf(await exchange(url, answer.get('code') ?? ''))
    expect(scope).toContain('openid')
    expect(scope).not.toContain('drive')
  })

  test('nothing granted at all is access_denied (facts 1.6)', async () => {
    const { url } = await startSandbox()
    const query = authorizationQuery({ scope: DRIVE_FILE })
    const { cookie } = await signIn(url, query)
    expect((await consent(url, query, cookie, [])).get('error')).toBe('access_denied')
  })

  test('a scope ticked but not asked for is not granted', async () => {
    const { url } = await startSandbox()
    const query = authorizationQuery({ scope: 'openid' })
    const { cookie } = await signIn(url, query)
    expect((await consent(url, query, cookie, [DRIVE_FILE])).get('scope')).toBe('openid')
  })

  test('keeps the query of the redirect address', async () => {
    const { url } = await startSandbox()
    const query = authorizationQuery({ redirect_uri: `${CALLBACK}?a=b` })
    const { cookie } = await signIn(url, query)
    expect((await consent(url, query, cookie)).get('a')).toBe('b')
  })
})

describe('remembered people and grants', () => {
  async function remembered(url: string) {
    const query = authorizationQuery()
    const { cookie } = await signIn(url, query)
    await consent(url, query, cookie)
    return cookie
  }

  test('redirect at once when both are there', async () => {
    const { url } = await startSandbox()
    const response = await ask(url, authorizationQuery(), await remembered(url))
    expect(response.status).toBe(302)
    expect(callbackOf(response).get('code')).toMatch(/^4\/0A/)
    expect(callbackOf(response).get('prompt')).toBe('none')
  })

  test.each([
    ['consent', 'consent-allow'],
    ['select_account', 'persona-chen'],
  ])('prompt=%s shows the page all the same', async (prompt, id) => {
    const { url } = await startSandbox()
    const response = await ask(url, authorizationQuery({ prompt }), await remembered(url))
    expect(await response.text()).toContain(`id="${id}"`)
  })

  test('a hint at somebody else asks who it is', async () => {
    const { url } = await startSandbox()
    const response = await ask(url, authorizationQuery({ login_hint: 'chen@example.com' }), await remembered(url))
    expect(await response.text()).toContain('persona-chen')
  })

  test('a scope not granted yet asks for consent', async () => {
    const { url } = await startSandbox()
    const scope = 'openid https://www.googleapis.com/auth/drive.readonly'
    const response = await ask(url, authorizationQuery({ scope }), await remembered(url))
    expect(await response.text()).toContain('id="scope-drive.readonly"')
  })

  test('prompt=none never shows a page: login_required, consent_required, interaction_required, or a code', async () => {
    const { url } = await startSandbox()
    const none = authorizationQuery({ prompt: 'none' })
    expect(callbackOf(await ask(url, none)).get('error')).toBe('login_required')
    const { cookie } = await signIn(url, authorizationQuery(), 'bob')
    expect(callbackOf(await ask(url, none, cookie)).get('error')).toBe('consent_required')
    await consent(url, authorizationQuery(), cookie, [])
    expect(callbackOf(await ask(url, none, cookie)).get('error')).toBe('interaction_required')
    await consent(url, authorizationQuery(), cookie)
    expect(callbackOf(await ask(url, none, cookie)).get('code')).toMatch(/^4\/0A/)
  })

  test('include_granted_scopes=true adds what was granted before', async () => {
    const { url } = await startSandbox()
    const cookie = await remembered(url)
    const only = await ask(url, authorizationQuery({ scope: 'openid' }), cookie)
    expect(callbackOf(only).get('scope')).toBe('openid')
    const merged = await ask(url, authorizationQuery({ scope: 'openid', include_granted_scopes: 'true' }), cookie)
    expect(callbackOf(merged).get('scope')).toContain(DRIVE_FILE)
  })

  test('another browser does not know the session', async () => {
    const { url } = await startSandbox()
    await connect(url)
    expect(await (await ask(url, authorizationQuery())).text()).toContain('persona-ana')
  })
})

test('fault untick_scopes: only sign-in scopes are granted whatever is ticked', async () => {
  const { url } = await startSandbox()
  await misbehave(url, { provider: 'google', on: 'authorize', kind: 'untick_scopes' })
  expect((await authorize(url)).get('scope')).not.toContain('drive')
  expect((await authorize(url, { prompt: 'consent' })).get('scope')).toContain('drive')
})
