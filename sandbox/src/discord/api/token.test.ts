import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { AGENT, authorize, CALLBACK, call, connect, exchange, refresh } from '../../testing/discord.ts'
import { CLIENT, json, misbehave, post, postJson, request, startSandbox, tokensOf } from '../../testing/index.ts'

const MINUTE = 60_000
const codeOf = async (url: string, more: Record<string, string> = {}) =>
  (await authorize(url, more)).callback.get('code') ?? ''

describe('exchange of a code', () => {
  test.each(['/api/oauth2/token', '/api/v10/oauth2/token'])('%s answers Discord’s token object', async (path) => {
    const { url } = await startSandbox()
    const form = { ...CLIENT, grant_type: 'authorization_code', code: await codeOf(url), redirect_uri: CALLBACK }
    const response = await post(`${url}/discord${path}`, form, AGENT)
    expect(await response.json()).toEqual({
      token_type: 'Bearer',
      access_token: expect.stringMatching(/^[\w-]{30}$/),
      expires_in: 604_800,
      refresh_token: expect.stringMatching(/^[\w-]{30}$/),
      scope: 'identify',
    })
  })

  test('the client may say who it is by HTTP Basic', async () => {
    const { url } = await startSandbox()
    const basic = Buffer.from(`${CLIENT.client_id}:${CLIENT.client_secret}`).toString('base64')
    const form = { grant_type: 'authorization_code', code: await codeOf(url), redirect_uri: CALLBACK }
    const headers = { ...AGENT, authorization: `Basic ${basic}` }
    expect((await post(`${url}/discord/api/oauth2/token`, form, headers)).status).toBe(200)
  })

  test.each([
    ['a wrong secret', { client_secret: 'guess' }, 401, 'invalid_client'],
    ['an unknown client', { client_id: 'x' }, 401, 'invalid_client'],
    ['another redirect address', { redirect_uri: `${CALLBACK}/` }, 400, 'invalid_grant'],
    ['an unknown code', { code: 'xyz' }, 400, 'invalid_grant'],
    ['no code', { code: '' }, 400, 'invalid_request'],
    ['another grant', { grant_type: 'password' }, 400, 'unsupported_grant_type'],
  ])('refuses %s', async (_name, change, status, error) => {
    const { url } = await startSandbox()
    const response = await exchange(url, await codeOf(url), change)
    expect(response.status).toBe(status)
    expect(await response.json()).toEqual({ error, error_description: expect.any(String) })
  })

  test('a code works once, also when two come at the same moment', async () => {
    const { url } = await startSandbox()
    const code = await codeOf(url)
    const answers = await Promise.all([exchange(url, code), exchange(url, code)])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400])
    expect(await json(exchange(url, code))).toMatchObject({ error: 'invalid_grant' })
  })

  test('forms only: JSON is refused, GET is 405 (facts 1.1)', async () => {
    const { url } = await startSandbox()
    const body = { ...CLIENT, grant_type: 'authorization_code', code: await codeOf(url), redirect_uri: CALLBACK }
    const response = await postJson(`${url}/discord/api/oauth2/token`, body, AGENT)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: 'invalid_request' })
    const got = await request(`${url}/discord/api/oauth2/token`, { headers: AGENT })
    expect(got.status).toBe(405)
    expect(await got.json()).toEqual({ message: '405: Method Not Allowed', code: 0 })
  })
})

describe('PKCE (RFC 7636)', () => {
  const verifier = 'a-verifier-of-at-least-forty-three-characters-0'
  const code_challenge = createHash('sha256').update(verifier).digest('base64url')

  test('the verifier has to fit, and to be there', async () => {
    const { url } = await startSandbox()
    const code = await codeOf(url, { code_challenge, code_challenge_method: 'S256' })
    expect(await json(exchange(url, code))).toMatchObject({ error: 'invalid_grant' })
    expect(await json(exchange(url, code, { code_verifier: `${verifier}x` }))).toMatchObject({ error: 'invalid_grant' })
    expect((await exchange(url, code, { code_verifier: verifier })).status).toBe(200)
  })

  test('a verifier of 42 characters is invalid_request (facts 1.2)', async () => {
    const { url } = await startSandbox()
    const short = 'x'.repeat(42)
    const fitting = createHash('sha256').update(short).digest('base64url')
    const code = await codeOf(url, { code_challenge: fitting, code_challenge_method: 'S256' })
    expect(await json(exchange(url, code, { code_verifier: short }))).toEqual({
      error: 'invalid_request',
      error_description: 'Invalid "code_verifier" in request.',
    })
  })
})

describe('refresh tokens work once (facts 1.4)', () => {
  test('each refresh brings a new one; the old one is dead at once', async () => {
    const { url } = await startSandbox()
    const first = await connect(url)
    const second = await tokensOf(await refresh(url, first.refresh_token))
    expect(second).toMatchObject({ expires_in: 604_800, scope: 'identify' })
    expect(second.refresh_token).not.toBe(first.refresh_token)
    const again = await refresh(url, first.refresh_token)
    expect(again.status).toBe(400)
    expect(await again.json()).toMatchObject({ error: 'invalid_grant' })
    expect((await call(url, second)).status).toBe(200)
    expect((await refresh(url, second.refresh_token)).status).toBe(200)
  })

  test('of two refreshes at the same moment one wins', async () => {
    const { url } = await startSandbox()
    const { refresh_token } = await connect(url)
    const answers = await Promise.all([refresh(url, refresh_token), refresh(url, refresh_token)])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400])
  })

  test('an answer that is lost takes the refresh token with it', async () => {
    const { url } = await startSandbox()
    const { refresh_token } = await connect(url)
    await misbehave(url, { provider: 'discord', on: 'token.refresh', kind: 'drop_after_commit' })
    await expect(refresh(url, refresh_token)).rejects.toThrow()
    expect((await refresh(url, refresh_token)).status).toBe(400)
  })

  test('what was rotated stays so after a restart', async () => {
    const first = await startSandbox()
    const old = await connect(first.url)
    const fresh = await tokensOf(await refresh(first.url, old.refresh_token))
    await first.close()
    const { url } = await startSandbox({ state: first.state })
    expect((await refresh(url, old.refresh_token)).status).toBe(400)
    expect((await refresh(url, fresh.refresh_token)).status).toBe(200)
  })
})

describe('revocation (facts 1.5)', () => {
  const revoke = (url: string, token: string, more = {}) =>
    post(`${url}/discord/api/oauth2/token/revoke`, { ...CLIENT, token, ...more }, AGENT)

  test.each(['access_token', 'refresh_token'] as const)(
    'by %s ends the whole authorization of this person, whatever the hint says',
    async (kind) => {
      const { url } = await startSandbox()
      const [ana, again, bob] = [await connect(url), await connect(url), await connect(url, {}, 'bob')]
      expect((await revoke(url, ana[kind] ?? '', { token_type_hint: 'access_token' })).status).toBe(200)
      expect((await call(url, again)).status).toBe(401)
      expect((await refresh(url, again.refresh_token)).status).toBe(400)
      expect((await call(url, bob)).status).toBe(200)
      expect(await json(request(`${url}/state`))).toMatchObject({
        discord: { grants: [{ account: '947382910563748291' }] },
      })
    },
  )

  test('wants the client’s secret; an unknown token is no error (RFC 7009, 2.2)', async () => {
    const { url } = await startSandbox()
    const tokens = await connect(url)
    expect((await revoke(url, tokens.access_token, { client_secret: 'guess' })).status).toBe(401)
    expect((await call(url, tokens)).status).toBe(200)
    expect((await revoke(url, 'nothing')).status).toBe(200)
  })
})

describe('faults', () => {
  test('expire_tokens: the next tokens live as long as asked', async () => {
    let time = Date.now()
    const { url } = await startSandbox({ now: () => time })
    await misbehave(url, { provider: 'discord', on: 'token.exchange', kind: 'expire_tokens', seconds: 5 })
    const tokens = await connect(url)
    expect(tokens.expires_in).toBe(5)
    time += 6000
    expect((await call(url, tokens)).status).toBe(401)
    expect((await tokensOf(await refresh(url, tokens.refresh_token))).expires_in).toBe(604_800)
  })

  test('an access token dies after seven days', async () => {
    let time = Date.now()
    const { url } = await startSandbox({ now: () => time })
    const tokens = await connect(url)
    time += 7 * 24 * 60 * MINUTE - MINUTE
    expect((await call(url, tokens)).status).toBe(200)
    time += MINUTE
    expect((await call(url, tokens)).status).toBe(401)
  })

  test('omit_refresh_token: once', async () => {
    const { url } = await startSandbox()
    await misbehave(url, { provider: 'discord', kind: 'omit_refresh_token' })
    expect(await connect(url)).not.toHaveProperty('refresh_token')
    expect(await connect(url)).toHaveProperty('refresh_token')
  })

  test('POST /faults/discord/expire-tokens: live access tokens of the account are dead at once', async () => {
    const { url } = await startSandbox()
    const [ana, bob] = [await connect(url), await connect(url, {}, 'bob')]
    const response = await postJson(`${url}/faults/discord/expire-tokens`, { account: 'ana.alves' })
    expect(await response.json()).toEqual({ expired: 1 })
    expect((await call(url, ana)).status).toBe(401)
    expect((await call(url, bob)).status).toBe(200)
    expect((await refresh(url, ana.refresh_token)).status).toBe(200)
  })

  test.each(['ana@example.com', 'ana.alves', '1093847561029384757'])(
    'POST /faults/discord/revoke %s: the person took access back',
    async (account) => {
      const { url } = await startSandbox()
      const tokens = await connect(url)
      expect(await json(postJson(`${url}/faults/discord/revoke`, { account }))).toEqual({ revoked: 1 })
      expect((await call(url, tokens)).status).toBe(401)
      expect(await json(refresh(url, tokens.refresh_token))).toMatchObject({ error: 'invalid_grant' })
    },
  )

  test('of nobody known is 400', async () => {
    const { url } = await startSandbox()
    expect((await postJson(`${url}/faults/discord/revoke`, { account: 'nobody' })).status).toBe(400)
  })
})
