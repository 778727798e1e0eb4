import { describe, expect, test } from 'vitest'
import { AGENT, call, connect } from '../../testing/discord.ts'
import { json, request, startSandbox } from '../../testing/index.ts'

const me = (url: string, headers: Record<string, string>) =>
  request(`${url}/discord/api/v10/users/@me`, { headers: { ...AGENT, ...headers } })

describe('GET /users/@me (facts 1.7)', () => {
  test.each([
    ['ana', '1093847561029384757', { global_name: 'Ana Alves', avatar: expect.stringMatching(/^[\da-f]{32}$/) }],
    ['bob', '947382910563748291', { global_name: null, avatar: null }],
    [
      'zoe',
      '1172839405162738493',
      { global_name: '<b>Zoë</b> "&" مرحبا 🦊', avatar: expect.stringMatching(/^a_[\da-f]{32}$/) },
    ],
  ])('of %s: the id is a string that no number can hold', async (persona, id, rest) => {
    const { url } = await startSandbox()
    const user = await json(call(url, await connect(url, {}, persona)))
    expect(user).toMatchObject({ id, discriminator: '0', ...rest })
    expect(String(Number(id))).not.toBe(id)
    expect(user).not.toHaveProperty('email')
  })

  test('email and verified come with their scope', async () => {
    const { url } = await startSandbox()
    const tokens = await connect(url, { scope: 'identify email' }, 'zoe')
    expect(await json(call(url, tokens))).toMatchObject({ email: 'zoe@example.com', verified: false })
  })

  test('without identify there is nothing to see', async () => {
    const { url } = await startSandbox()
    const response = await call(url, await connect(url, { scope: 'email' }))
    expect(response.status).toBe(403)
    expect(await response.json()).toEqual({ message: 'Missing Access', code: 50001 })
  })

  test.each([{}, { authorization: 'Bearer nothing' }, { authorization: 'nothing' }])('%j is 401', async (headers) => {
    const { url } = await startSandbox()
    const response = await me(url, headers)
    expect(response.status).toBe(401)
    expect(await response.json()).toEqual({ message: '401: Unauthorized', code: 0 })
  })
})

describe('GET /oauth2/@me', () => {
  test('tells the app, the scopes, the end of the token and the user', async () => {
    const time = Date.parse('2026-11-20T12:00:00Z')
    const { url } = await startSandbox({ now: () => time })
    expect(await json(call(url, await connect(url), 'oauth2/@me'))).toMatchObject({
      application: { id: 'trivet-sandbox', name: 'Trivet' },
      scopes: ['identify'],
      expires: '2026-11-27T12:00:00.000Z',
      user: { id: '1093847561029384757' },
    })
  })

  test('a token that is none is 50025', async () => {
    const { url } = await startSandbox()
    const response = await call(url, { access_token: 'nothing' }, 'oauth2/@me')
    expect(response.status).toBe(401)
    expect(await response.json()).toEqual({ message: 'Invalid OAuth2 access token', code: 50025 })
  })
})

describe('User-Agent (facts 1.6)', () => {
  test.each(['', 'node', 'Mozilla/5.0 (X11; Linux x86_64)', 'DiscordBot', 'DiscordBot (https://trivet.example)'])(
    '"%s" is answered with a web page, 403',
    async (agent) => {
      const { url } = await startSandbox()
      const tokens = await connect(url)
      const headers = { authorization: `Bearer ${tokens.access_token}`, 'user-agent': agent }
      for (const path of ['api/v10/users/@me', 'api/oauth2/token']) {
        const response = await request(`${url}/discord/${path}`, { headers })
        expect(response.status).toBe(403)
        expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
        expect(await response.text()).toMatch(/^<!doctype html>/)
      }
    },
  )

  test('more may follow the version', async () => {
    const { url } = await startSandbox()
    const tokens = await connect(url)
    const agent = 'DiscordBot (https://trivet.example, 0.1.0) Node.js/24.21.0'
    const response = await me(url, { authorization: `Bearer ${tokens.access_token}`, 'user-agent': agent })
    expect(response.status).toBe(200)
  })
})
