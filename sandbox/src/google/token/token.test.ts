import { createHash } from 'node:crypto'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { describe, expect, test } from 'vitest'
import {
  authorize,
  bearer,
  CALLBACK,
  CLIENT,
  connect,
  exchange,
  json,
  misbehave,
  post,
  postJson,
  refresh,
  request,
  startSandbox,
  tokensOf,
} from '../../testing/index.ts'

const MINUTE = 60_000
const codeOf = async (url: string, more: Record<string, string> = {}) => (await authorize(url, more)).get('code') ?? ''
const userinfo = (url: string, tokens: { access_token: string }) =>
  request(`${url}/google/v1/userinfo`, { headers: bearer(tokens) })

describe('exchange of a code', () => {
  test('answers access, refresh and id token in the shapes of Google', async () => {
    const { url } = await startSandbox()
    const tokens = await tokensOf(await exchange(url, await codeOf(url)))
    expect(tokens).toMatchObject({
      access_token: expect.stringMatching(/^ya29\./),
      refresh_token: expect.stringMatching(/^1\/\//),
      expires_in: 3600,
      token_type: 'Bearer',
    })
  })

  test('the id token verifies against the key set, with nonce and at_hash (OpenID Connect Core 3.1.3.6)', async () => {
    const { url } = await startSandbox()
    const tokens = await connect(url, { nonce: 'n-1' })
    const jwks = (await (await request(`${url}/google/oauth2/v3/certs`)).json()) as JSONWebKeySet
    const { payload, protectedHeader } = await jwtVerify(tokens.id_token ?? '', createLocalJWKSet(jwks), {
      issuer: `${url}/google`,
      audience: CLIENT.client_id,
    })
    expect(protectedHeader.alg).toBe('RS256')
    const half = createHash('sha256').update(tokens.access_token).digest().subarray(0, 16).toString('base64url')
    expect(payload).toMatchObject({
      sub: '104817263549021736458',
      azp: CLIENT.client_id,
      nonce: 'n-1',
      at_hash: half,
      email: 'ana@example.com',
      email_verified: true,
      name: 'Ana Alves',
    })
    const picture = await request(String(payload['picture']))
    expect(picture.headers.get('content-type')).toBe('image/png')
  })

  test('client_secret_basic works too, form-encoded parts (RFC 6749, 2.3.1)', async () => {
    const { url } = await startSandbox()
    const basic = Buffer.from(`${CLIENT.client_id}:${encodeURIComponent(CLIENT.client_secret)}`).toString('base64')
    const form = { grant_type: 'authorization_code', code: await codeOf(url), redirect_uri: CALLBACK }
    const response = await post(`${url}/google/token`, form, { authorization: `Basic ${basic}` })
    expect(response.status).toBe(200)
  })

  test.each([
    ['a wrong secret', { client_secret: 'guess' }, 401, 'invalid_client', 'The provided client secret is invalid.'],
    ['an unknown client', { client_id: 'x' }, 401, 'invalid_client', 'The OAuth client was not found.'],
    ['another redirect address', { redirect_uri: `${CALLBACK}/` }, 400, 'redirect_uri_mismatch', 'Bad Request'],
    ['an unknown code', { code: '4/0Axyz' }, 400, 'invalid_grant', 'Bad Request'],
    ['a code of no known shape', { code: 'xyz' }, 400, 'invalid_grant', 'Malformed auth code.'],
    [
      'a verifier nobody asked for',
      { code_verifier: 'x'.repeat(43) },
      400,
      'invalid_grant',
      'code_verifier or verifier is not needed.',
    ],
    ['another grant', { grant_type: 'password' }, 400, 'unsupported_grant_type', 'Invalid grant_type: password'],
  ])('refuses %s', async (_name, change, status, error, error_description) => {
    const { url } = await startSandbox()
    const response = await exchange(url, await codeOf(url), change)
    expect(response.status).toBe(status)
    expect(await response.json()).toEqual({ error, error_description })
  })

  test('a code works once; the second use kills the tokens of the first (RFC 6749, 4.1.2)', async () => {
    const { url } = await startSandbox()
    const code = await codeOf(url)
    const tokens = await tokensOf(await exchange(url, code))
    expect((await userinfo(url, tokens)).status).toBe(200)
    expect(await json(exchange(url, code))).toMatchObject({ error: 'invalid_grant' })
    expect((await userinfo(url, tokens)).status).toBe(401)
    expect((await refresh(url, tokens.refresh_token)).status).toBe(400)
  })

  test('of two exchanges at the same moment one wins', async () => {
    const { url } = await startSandbox()
    const code = await codeOf(url)
    const answers = await Promise.all([exchange(url, code), exchange(url, code)])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400])
  })

  test('a code lives ten minutes', async () => {
    let time = Date.now()
    const { url } = await startSandbox({ now: () => time })
    const [early, late] = [await codeOf(url), await codeOf(url)]
    time += 9 * MINUTE
    expect((await exchange(url, early)).status).toBe(200)
    time += 2 * MINUTE
    expect((await exchange(url, late)).status).toBe(400)
  })
})

describe('PKCE (RFC 7636)', () => {
  const verifier = 'a-verifier-of-at-least-forty-three-characters-0'
  const challenge = createHash('sha256').update(verifier).digest('base64url')

  test.each([
    ['S256', { code_challenge: challenge, code_challenge_method: 'S256' }],
    ['plain, named', { code_challenge: verifier, code_challenge_method: 'plain' }],
    ['plain, by default', { code_challenge: verifier }],
  ])('%s', async (_name, asked) => {
    const { url } = await startSandbox()
    const code = await codeOf(url, asked)
    expect(await json(exchange(url, code))).toMatchObject({
      error: 'invalid_grant',
      error_description: 'Missing code verifier.',
    })
    const wrong = { code_verifier: `${verifier}x` }
    expect(await json(exchange(url, code, wrong))).toMatchObject({ error_description: 'Invalid code verifier.' })
    expect((await exchange(url, code, { code_verifier: verifier })).status).toBe(200)
  })
})

describe('refresh tokens', () => {
  test('only come offline, and only when consent was shown (facts 1.4)', async () => {
    const { url } = await startSandbox()
    expect(await tokensOf(await exchange(url, await codeOf(url, { access_type: 'online' })))).not.toHaveProperty(
      'refresh_token',
    )
    // Consent is remembered now: the code comes without the page.
    expect(await tokensOf(await exchange(url, await codeOf(url)))).not.toHaveProperty('refresh_token')
    expect(await connect(url)).toHaveProperty('refresh_token')
  })

  test('a refresh answers no new refresh token, and the old one goes on working', async () => {
    const { url } = await startSandbox()
    const tokens = await connect(url)
    for (let i = 0; i < 2; i++) {
      const fresh = await tokensOf(await refresh(url, tokens.refresh_token))
      expect(fresh).not.toHaveProperty('refresh_token')
      expect(fresh.access_token).not.toBe(tokens.access_token)
      expect(fresh).toHaveProperty('id_token')
      expect((await userinfo(url, fresh)).status).toBe(200)
    }
  })

  test('an unknown one is invalid_grant', async () => {
    const { url } = await startSandbox()
    const response = await refresh(url, '1//nothing')
    expect(response.status).toBe(400)
    expect(await response.json()).toEqual({
      error: 'invalid_grant',
      error_description: 'Token has been expired or revoked.',
    })
  })

  test('the oldest of more than 100 is dropped silently (facts 1.5)', async () => {
    const { url } = await startSandbox()
    const first = await connect(url)
    const second = await connect(url)
    for (let i = 0; i < 99; i++) await connect(url)
    expect((await refresh(url, first.refresh_token)).status).toBe(400)
    expect((await refresh(url, second.refresh_token)).status).toBe(200)
  })

  test('an access token dies after an hour', async () => {
    let time = Date.now()
    const { url } = await startSandbox({ now: () => time })
    const tokens = await connect(url)
    time += 61 * MINUTE
    expect((await userinfo(url, tokens)).status).toBe(401)
  })
})

describe('revocation', () => {
  test.each(['access_token', 'refresh_token'] as const)(
    'by %s takes everything this app has of the person',
    async (kind) => {
      const { url } = await startSandbox()
      const [ana, again, bob] = [await connect(url), await connect(url), await connect(url, {}, 'bob')]
      const token = ana[kind] ?? ''
      expect((await post(`${url}/google/revoke?${new URLSearchParams({ token })}`, {})).status).toBe(200)
      expect((await userinfo(url, again)).status).toBe(401)
      expect((await refresh(url, again.refresh_token)).status).toBe(400)
      expect((await userinfo(url, bob)).status).toBe(200)
      expect(await json(request(`${url}/state`))).toMatchObject({
        google: { grants: [{ account: 'bob@example.com' }] },
      })
    },
  )

  test('of an unknown token is 400 invalid_token; the form is read as well', async () => {
    const { url } = await startSandbox()
    const unknown = await post(`${url}/google/revoke`, { token: 'ya29.made-up' })
    expect(unknown.status).toBe(400)
    expect(await unknown.json()).toMatchObject({ error: 'invalid_token' })
    const tokens = await connect(url)
    expect((await post(`${url}/google/revoke`, { token: tokens.access_token })).status).toBe(200)
  })
})

describe('faults of the token endpoint', () => {
  const fault = (kind: string, more = {}) => ({ provider: 'google', kind, ...more })

  test('expire_tokens: the next tokens live as long as asked', async () => {
    let time = Date.now()
    const { url } = await startSandbox({ now: () => time })
    await misbehave(url, fault('expire_tokens', { on: 'token.exchange', seconds: 5 }))
    const tokens = await connect(url)
    expect(tokens.expires_in).toBe(5)
    time += 6000
    expect((await userinfo(url, tokens)).status).toBe(401)
    expect((await tokensOf(await refresh(url, tokens.refresh_token))).expires_in).toBe(3600)
  })

  test('POST /faults/google/expire-tokens: live access tokens of the account are dead at once', async () => {
    const { url } = await startSandbox()
    const [ana, bob] = [await connect(url), await connect(url, {}, 'bob')]
    const response = await postJson(`${url}/faults/google/expire-tokens`, { account: 'ana@example.com' })
    expect(await response.json()).toEqual({ expired: 1 })
    expect((await userinfo(url, ana)).status).toBe(401)
    expect((await userinfo(url, bob)).status).toBe(200)
    expect((await refresh(url, ana.refresh_token)).status).toBe(200)
  })

  test('POST /faults/google/revoke: the person takes the grant back', async () => {
    const { url } = await startSandbox()
    const tokens = await connect(url)
    expect((await postJson(`${url}/faults/google/revoke`, { account: 'ana@example.com' })).status).toBe(200)
    expect(await json(refresh(url, tokens.refresh_token))).toMatchObject({ error: 'invalid_grant' })
    expect((await postJson(`${url}/faults/google/revoke`, { account: 'nobody' })).status).toBe(400)
  })

  test('omit_refresh_token: once', async () => {
    const { url } = await startSandbox()
    await misbehave(url, fault('omit_refresh_token'))
    expect(await connect(url)).not.toHaveProperty('refresh_token')
    expect(await connect(url)).toHaveProperty('refresh_token')
  })

  test('rotate_refresh_token: the old one dies at once', async () => {
    const { url } = await startSandbox()
    const { refresh_token } = await connect(url)
    await misbehave(url, fault('rotate_refresh_token'))
    const rotated = await tokensOf(await refresh(url, refresh_token))
    expect(rotated.refresh_token).toMatch(/^1\/\//)
    expect((await refresh(url, refresh_token)).status).toBe(400)
    expect((await refresh(url, rotated.refresh_token)).status).toBe(200)
  })

  test('rotate_refresh_token with grace: the old one dies later', async () => {
    let time = Date.now()
    const { url } = await startSandbox({ now: () => time })
    const { refresh_token } = await connect(url)
    await misbehave(url, fault('rotate_refresh_token', { grace: 30 }))
    await refresh(url, refresh_token)
    time += 29_000
    expect((await refresh(url, refresh_token)).status).toBe(200)
    time += 2000
    expect((await refresh(url, refresh_token)).status).toBe(400)
  })
})
