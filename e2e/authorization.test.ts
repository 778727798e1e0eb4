import { createServer, type Server } from 'node:http'
import * as oidc from 'openid-client'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from './harness/product.ts'
import { useSite } from './harness/site.ts'

const site = useSite()

const PASSWORD = 'a long enough password'
const INSECURE = { execute: [oidc.allowInsecureRequests] }

/** An app of somebody else's, which only takes its callback. */
let app: { readonly server: Server; readonly callback: string; arrived: URL[] }
beforeAll(async () => {
  const port = await freePort()
  const arrived: URL[] = []
  const callback = `http://127.0.0.1:${port}/callback`
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', callback)
    if (url.pathname === '/callback') arrived.push(url)
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>An app</title><h1>Back at the app</h1>')
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  app = { server, callback, arrived }
})
afterAll(() => new Promise((resolve) => app.server.close(resolve)))

async function register(username: string): Promise<string> {
  const client = site.client()
  const made = await client.postJson('/register', { username, password: PASSWORD })
  expect(made.status, made.text).toBe(201)
  const login = JSON.parse((await client.postJson('/login', { username, password: PASSWORD })).text)
  expect(login).toMatchObject({ result: 'succeeded', token: expect.any(String) })
  return login.token
}

/** A client registered by the library itself, with the login token as its initial access token (RFC 7591 §3). */
async function clientOf(loginToken: string, metadata: Record<string, unknown> = {}): Promise<oidc.Configuration> {
  const wanted = {
    client_name: 'An app',
    redirect_uris: [app.callback],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'client_secret_post',
    scope: 'openid profile email offline_access',
    ...metadata,
  }
  return oidc.dynamicClientRegistration(new URL(site.product.url), wanted, undefined, {
    ...INSECURE,
    initialAccessToken: loginToken,
  })
}

async function begin(config: oidc.Configuration, more: Record<string, string> = {}) {
  const verifier = oidc.randomPKCECodeVerifier()
  const state = oidc.randomState()
  const nonce = oidc.randomNonce()
  const address = oidc.buildAuthorizationUrl(config, {
    redirect_uri: app.callback,
    scope: 'openid profile offline_access',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
    ...more,
  })
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce }
  return { address, checks }
}

/** What comes back to the app, once the person has done what is asked on the pages. */
async function consentAs(page: Page, address: URL, username: string): Promise<URL> {
  const before = app.arrived.length
  await page.goto(address.href)
  if (await page.locator('#login-submit').count()) {
    await page.locator('#username').fill(username)
    await page.locator('#password').fill(PASSWORD)
    await page.locator('#login-submit').click()
  }
  if (await page.locator('#consent-allow').count()) await page.locator('#consent-allow').click()
  await page.waitForURL(`${app.callback}*`)
  const url = app.arrived[before]
  if (!url) throw new Error('nothing came back to the app')
  return url
}

describe.each([true, false])('openid-client, with JavaScript in the browser: %s', (javaScriptEnabled) => {
  const name = javaScriptEnabled ? 'ana' : 'bea'

  test('discovery, registration, code with PKCE, ID token, userinfo, refresh, introspection, revocation, logout', async () => {
    const config = await clientOf(await register(name))
    const { page, complaints } = await site.visitor({ javaScriptEnabled })
    const { address, checks } = await begin(config)
    const back = await consentAs(page, address, name)
    expect(back.searchParams.get('iss')).toBe(site.product.url)
    const tokens = await oidc.authorizationCodeGrant(config, back, checks)
    const claims = tokens.claims()
    expect(claims).toMatchObject({ iss: site.product.url, aud: config.clientMetadata().client_id, amr: ['pwd'] })
    const sub = claims?.sub ?? ''
    expect(sub).toMatch(/^u_/)
    expect(await oidc.fetchUserInfo(config, tokens.access_token, sub)).toMatchObject({ sub, preferred_username: name })

    const renewed = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')
    expect(renewed.refresh_token).not.toBe(tokens.refresh_token)
    expect(await oidc.tokenIntrospection(config, renewed.access_token)).toMatchObject({ active: true, sub })
    await oidc.tokenRevocation(config, renewed.refresh_token ?? '')
    await expect(oidc.refreshTokenGrant(config, renewed.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    })
    await expect
      .poll(async () => (await oidc.tokenIntrospection(config, renewed.access_token)).active, { timeout: 3000 })
      .toBe(false)

    const logout = oidc.buildEndSessionUrl(config, { id_token_hint: tokens.id_token ?? '' })
    await page.goto(logout.href)
    if (await page.locator('#logout-confirm').count()) await page.locator('#logout-confirm').click()
    await page.locator('#logged-out').waitFor()
    // The app is another site of this test's own.
    complaints.splice(
      0,
      complaints.length,
      ...complaints.filter((text) => !text.includes(new URL(app.callback).origin)),
    )
  })
})

test('the second time nothing is asked; prompt=none answers at once, and login_required without a session', async () => {
  const config = await clientOf(await register('cora'), { application_type: 'native' })
  const { page, complaints } = await site.visitor()
  const first = await begin(config)
  await oidc.authorizationCodeGrant(config, await consentAs(page, first.address, 'cora'), first.checks)
  const stranger = await site.visitor()
  const silent = await begin(config, { prompt: 'none' })
  await stranger.page.goto(silent.address.href)
  expect(app.arrived.at(-1)?.searchParams.get('error')).toBe('login_required')
  for (const all of [complaints, stranger.complaints]) {
    all.splice(0, all.length, ...all.filter((text) => !text.includes(new URL(app.callback).origin)))
  }
})

test('client credentials; a wrong secret is invalid_client', async () => {
  const config = await clientOf(await register('dora'), { grant_types: ['client_credentials'], redirect_uris: [] })
  const tokens = await oidc.clientCredentialsGrant(config)
  expect(tokens).toMatchObject({ token_type: 'bearer', access_token: expect.stringMatching(/^ey/) })
  expect(tokens.refresh_token).toBeUndefined()
  const { client_id } = config.clientMetadata()
  const wrong = new oidc.Configuration(config.serverMetadata(), client_id, 'trc_wrong')
  oidc.allowInsecureRequests(wrong)
  await expect(oidc.clientCredentialsGrant(wrong)).rejects.toMatchObject({
    status: 401,
    cause: [{ scheme: 'basic', parameters: { error: 'invalid_client' } }],
  })
})
