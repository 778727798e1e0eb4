import { describe, expect, test } from 'vitest'
import { ask, authorizationQuery, authorize, CALLBACK, decide } from '../../testing/discord.ts'
import { callbackOf, post, request, signIn, startSandbox } from '../../testing/index.ts'

const CHALLENGE = 'x'.repeat(43)

describe('requests that get a page and never a redirect', () => {
  test.each([
    ['an https redirect address', { redirect_uri: 'https://localhost/cb' }, 400],
    ['another host', { redirect_uri: 'http://evil.example/cb' }, 400],
    ['a fragment', { redirect_uri: 'http://localhost/cb#x' }, 400],
    ['user info that looks loopback', { redirect_uri: 'http://localhost@evil.example/' }, 400],
    ['an unknown client', { client_id: 'nobody' }, 401],
  ])('%s', async (_name, change, status) => {
    const { url } = await startSandbox()
    const response = await ask(url, authorizationQuery(change))
    expect(response.status).toBe(status)
    expect(response.headers.get('location')).toBeNull()
  })

  test('a repeated parameter', async () => {
    const { url } = await startSandbox()
    const response = await ask(url, `${authorizationQuery()}&state=s2`)
    expect(response.status).toBe(400)
    expect(await response.text()).toContain('single value: state')
  })
})

describe('requests whose mistake the app is told (RFC 6749, 4.1.2.1)', () => {
  test.each([
    ['an unknown scope', { scope: 'identify guilds' }, 'invalid_scope'],
    ['no scope', { scope: '' }, 'invalid_scope'],
    [
      'the plain challenge (facts 1.2)',
      { code_challenge: CHALLENGE, code_challenge_method: 'plain' },
      'invalid_request',
    ],
    ['a challenge without a method, which means plain', { code_challenge: CHALLENGE }, 'invalid_request'],
    ['a short challenge', { code_challenge: 'x', code_challenge_method: 'S256' }, 'invalid_request'],
    ['an unknown prompt', { prompt: 'login' }, 'invalid_request'],
    ['the implicit grant', { response_type: 'token' }, 'unsupported_response_type'],
  ])('%s', async (_name, change, error) => {
    const { url } = await startSandbox()
    const response = await ask(url, authorizationQuery(change))
    expect(response.status).toBe(302)
    expect(response.headers.get('location')).toMatch(CALLBACK)
    expect(Object.fromEntries(callbackOf(response))).toEqual({
      error,
      error_description: expect.any(String),
      state: 's1',
      iss: `${url}/discord`,
    })
  })
})

describe('the way through the pages', () => {
  test.each(['/oauth2/authorize', '/api/oauth2/authorize', '/api/v10/oauth2/authorize'])(
    '%s offers three people, with their names escaped',
    async (path) => {
      const { url } = await startSandbox()
      const page = await (await request(`${url}/discord${path}?${authorizationQuery()}`)).text()
      for (const id of ['persona-ana', 'persona-bob', 'persona-zoe']) expect(page).toContain(`id="${id}"`)
      expect(page).toContain('&lt;b&gt;Zoë&lt;/b&gt; &quot;&amp;&quot; مرحبا 🦊')
      expect(page).not.toContain('<b>Zoë')
    },
  )

  test('consent names the person, the app, what it may do, and where one goes', async () => {
    const { url } = await startSandbox()
    const query = authorizationQuery({ scope: 'identify email' })
    const { response, cookie } = await signIn(url, query, 'bob', 'discord')
    expect(response.headers.getSetCookie()[0]).toMatch(/; Path=\/discord; HttpOnly; SameSite=Lax$/)
    const page = await (await request(url + response.headers.get('location'), { headers: { cookie } })).text()
    for (const words of ['bob_berg', 'Trivet wants', 'Access your username', 'email address', 'localhost:3000']) {
      expect(page).toContain(words)
    }
    for (const id of ['consent-allow', 'consent-cancel', 'consent-switch']) expect(page).toContain(`id="${id}"`)
  })

  test('the callback carries code, state and iss (RFC 9207)', async () => {
    const { url } = await startSandbox()
    const { callback } = await authorize(url)
    expect(Object.fromEntries(callback)).toEqual({
      code: expect.stringMatching(/^[\w-]{20,}$/),
      state: 's1',
      iss: `${url}/discord`,
    })
  })

  test('Cancel is access_denied, with state and iss, and nothing is remembered', async () => {
    const { url } = await startSandbox()
    const query = authorizationQuery()
    const { cookie } = await signIn(url, query, 'ana', 'discord')
    expect(Object.fromEntries(await decide(url, query, cookie, 'cancel'))).toEqual({
      error: 'access_denied',
      error_description: 'The resource owner or authorization server denied the request',
      state: 's1',
      iss: `${url}/discord`,
    })
    expect(await (await ask(url, authorizationQuery({ prompt: 'none' }), cookie)).text()).toContain('consent-allow')
  })

  test('another account can be chosen on the consent page', async () => {
    const { url } = await startSandbox()
    const { cookie } = await authorize(url)
    const page = await request(`${url}/discord/signin?${authorizationQuery()}`, { headers: { cookie } })
    expect(await page.text()).toContain('persona-bob')
  })

  test('a form sent by another site decides nothing', async () => {
    const { url } = await startSandbox()
    const query = authorizationQuery()
    const { cookie } = await signIn(url, query, 'ana', 'discord')
    const form = { request: query, action: 'allow' }
    const response = await post(`${url}/discord/consent`, form, { cookie, 'sec-fetch-site': 'cross-site' })
    expect(response.status).toBe(403)
    expect(response.headers.get('location')).toBeNull()
  })

  test('a session of Sandbox Google is none here', async () => {
    const { url } = await startSandbox()
    const { cookie } = await authorize(url)
    const foreign = cookie.replace('sandbox-discord', 'sandbox-google')
    expect(await (await ask(url, authorizationQuery(), foreign)).text()).toContain('persona-ana')
  })
})

describe('prompt (facts 1.2)', () => {
  test.each([{}, { prompt: 'consent' }])('%j: consent is shown to whoever granted before', async (prompt) => {
    const { url } = await startSandbox()
    const { cookie } = await authorize(url)
    const response = await ask(url, authorizationQuery(prompt), cookie)
    expect(response.status).toBe(200)
    expect(await response.text()).toContain('id="consent-allow"')
  })

  test('none: nothing is shown where the same scopes were granted', async () => {
    const { url } = await startSandbox()
    const { cookie } = await authorize(url)
    const response = await ask(url, authorizationQuery({ prompt: 'none' }), cookie)
    expect(response.status).toBe(302)
    expect(callbackOf(response).get('code')).toMatch(/^[\w-]+$/)
  })

  test('none: consent is shown for a scope that was not granted', async () => {
    const { url } = await startSandbox()
    const { cookie } = await authorize(url)
    const more = authorizationQuery({ prompt: 'none', scope: 'identify email' })
    expect(await (await ask(url, more, cookie)).text()).toContain('id="consent-allow"')
  })

  test('none: who is not signed in chooses an account, and no more than that', async () => {
    const { url } = await startSandbox()
    await authorize(url)
    const query = authorizationQuery({ prompt: 'none' })
    expect(await (await ask(url, query)).text()).toContain('persona-ana')
    const { response } = await signIn(url, query, 'ana', 'discord')
    expect(callbackOf(response).get('code')).toMatch(/^[\w-]+$/)
  })
})
