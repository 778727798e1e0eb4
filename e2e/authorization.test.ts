import { setTimeout as sleep } from 'node:timers/promises'
import * as oidc from 'openid-client'
import { describe, expect, test } from 'vitest'
import { useApp } from './harness/app.ts'
import { consentAs, registerPerson } from './harness/person.ts'
import { useSite } from './harness/site.ts'
import type { Visitor, VisitorOptions } from './harness/visitor.ts'

const site = useSite()
const app = useApp()

const INSECURE = { execute: [oidc.allowInsecureRequests] }
const ASSERTION = { name: 'ECDSA', namedCurve: 'P-256' }

const register = (username: string) => registerPerson(site.client(), username)
const visitor = (options: VisitorOptions = {}): Promise<Visitor> => site.visitor({ ...options, apps: [app.origin] })

/** A client registered by the library itself, with the login token as its initial access token (RFC 7591 §3). */
async function clientOf(
  loginToken: string,
  metadata: Record<string, unknown> = {},
  authentication?: oidc.ClientAuth,
): Promise<oidc.Configuration> {
  const wanted = {
    client_name: 'An app',
    redirect_uris: [app.callback],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'client_secret_post',
    scope: 'openid profile email offline_access',
    ...metadata,
  }
  return oidc.dynamicClientRegistration(new URL(site.product.url), wanted, authentication, {
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

describe.each([true, false])('openid-client, with JavaScript in the browser: %s', (javaScriptEnabled) => {
  const name = (who: string) => `${who}-${javaScriptEnabled ? 'js' : 'plain'}`

  test('discovery, registration, code with PKCE, ID token, userinfo, refresh, introspection, revocation, logout', async () => {
    const username = name('ana')
    const config = await clientOf(await register(username))
    const { page } = await visitor({ javaScriptEnabled })
    const { address, checks } = await begin(config)
    const back = await consentAs(page, app, { address, username })
    expect(new URL(back.url).searchParams.get('iss')).toBe(site.product.url)
    const tokens = await oidc.authorizationCodeGrant(config, back, checks)
    const claims = tokens.claims()
    expect(claims).toMatchObject({ iss: site.product.url, aud: config.clientMetadata().client_id, amr: ['pwd'] })
    const sub = claims?.sub ?? ''
    expect(sub).toMatch(/^u_/)
    const userinfo = await oidc.fetchUserInfo(config, tokens.access_token, sub)
    expect(userinfo).toMatchObject({ sub, preferred_username: username })

    const renewed = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')
    expect(renewed.refresh_token).not.toBe(tokens.refresh_token)
    expect(await oidc.tokenIntrospection(config, renewed.access_token)).toMatchObject({ active: true, sub })
    await oidc.tokenRevocation(config, renewed.refresh_token ?? '')
    await expect(oidc.refreshTokenGrant(config, renewed.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    })
    await expect
      .poll(async () => (await oidc.tokenIntrospection(config, renewed.access_token)).active, { timeout: 2000 })
      .toBe(false)

    const logout = oidc.buildEndSessionUrl(config, { id_token_hint: tokens.id_token ?? '' })
    await page.goto(logout.href)
    if (await page.locator('#logout-confirm').count()) await page.locator('#logout-confirm').click()
    await page.locator('#logged-out').waitFor()
  })

  test('form_post: the code comes as a form, in no address (Form Post Response Mode §2)', async () => {
    const username = name('eva')
    const config = await clientOf(await register(username))
    const { page } = await visitor({ javaScriptEnabled })
    const { address, checks } = await begin(config, { response_mode: 'form_post' })
    const back = await consentAs(page, app, { address, username, sendsForm: !javaScriptEnabled })
    expect(back).toMatchObject({ method: 'POST', url: app.callback })
    const tokens = await oidc.authorizationCodeGrant(config, back, checks)
    expect(tokens.claims()?.iss).toBe(site.product.url)
  })

  test('the account page lists the app; its access ended there, the refresh token is dead and it has to ask again', async () => {
    const username = name('fay')
    const config = await clientOf(await register(username), { client_name: 'Diary of Fay' })
    const { page } = await visitor({ javaScriptEnabled })
    const first = await begin(config)
    const back = await consentAs(page, app, { address: first.address, username })
    const tokens = await oidc.authorizationCodeGrant(config, back, first.checks)

    await page.goto(`${site.product.url}/account`)
    await page.locator('#account-apps').click()
    expect(await page.locator('#apps h2').allInnerTexts()).toEqual(['Diary of Fay'])
    await page.locator(`#revoke-${config.clientMetadata().client_id}`).click()
    await page.locator('#no-apps').waitFor()
    await expect(oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    })
    await expect
      .poll(async () => (await oidc.tokenIntrospection(config, tokens.access_token)).active, { timeout: 2000 })
      .toBe(false)
    await page.goto((await begin(config)).address.href)
    await page.locator('#consent-allow').waitFor()
  })

  test('Deny: the app is told access_denied, with its state and our name (RFC 6749 §4.1.2.1, RFC 9207)', async () => {
    const username = name('gus')
    const config = await clientOf(await register(username))
    const { page } = await visitor({ javaScriptEnabled })
    const { address, checks } = await begin(config)
    const back = await consentAs(page, app, { address, username, decision: 'deny' })
    expect(Object.fromEntries(new URL(back.url).searchParams)).toEqual({
      error: 'access_denied',
      error_description: expect.any(String),
      state: checks.expectedState,
      iss: site.product.url,
    })
    await expect(oidc.authorizationCodeGrant(config, back, checks)).rejects.toMatchObject({ error: 'access_denied' })
  })
})

test('prompt=none shows no page: login_required, and consent_required to an app on this computer, which always asks', async () => {
  const config = await clientOf(await register('cora'))
  const { page } = await visitor()
  const refusal = async () => {
    const { address, checks } = await begin(config, { prompt: 'none' })
    const back = await consentAs(page, app, { address, username: 'cora' })
    return oidc.authorizationCodeGrant(config, back, checks)
  }
  await expect(refusal()).rejects.toMatchObject({ error: 'login_required' })
  const { address, checks } = await begin(config)
  await oidc.authorizationCodeGrant(config, await consentAs(page, app, { address, username: 'cora' }), checks)
  await expect(refusal()).rejects.toMatchObject({ error: 'consent_required' })
})

test('prompt=login asks for the password again, and auth_time is the new one (OpenID Connect Core §3.1.2.1)', async () => {
  const config = await clientOf(await register('hal'))
  const { page } = await visitor()
  const first = await begin(config)
  const back = await consentAs(page, app, { address: first.address, username: 'hal' })
  const before = (await oidc.authorizationCodeGrant(config, back, first.checks)).claims()
  // `auth_time` counts whole seconds.
  await sleep(1100)
  const again = await begin(config, { prompt: 'login', max_age: '0' })
  const response = await page.goto(again.address.href)
  expect(new URL(response?.url() ?? '').pathname).toBe('/login')
  const secondBack = await consentAs(page, app, { address: again.address, username: 'hal' })
  const after = (await oidc.authorizationCodeGrant(config, secondBack, again.checks)).claims()
  expect(after?.sub).toBe(before?.sub)
  expect(after?.auth_time).toBeGreaterThan(before?.auth_time ?? Number.POSITIVE_INFINITY)
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

test('private_key_jwt: code, refresh, introspection and revocation with an ES256 key; another key is invalid_client', async () => {
  const keys = () => crypto.subtle.generateKey(ASSERTION, true, ['sign', 'verify'])
  const [{ privateKey, publicKey }, other] = await Promise.all([keys(), keys()])
  const published = { ...(await crypto.subtle.exportKey('jwk', publicKey)), kid: 'mine', alg: 'ES256', use: 'sig' }
  const config = await clientOf(
    await register('ida'),
    {
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'ES256',
      jwks: { keys: [published] },
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
    },
    oidc.PrivateKeyJwt({ key: privateKey, kid: 'mine' }),
  )
  const { client_id, client_secret } = config.clientMetadata()
  expect(client_secret).toBeUndefined()
  const { page } = await visitor()
  const { address, checks } = await begin(config)
  const back = await consentAs(page, app, { address, username: 'ida' })
  const tokens = await oidc.authorizationCodeGrant(config, back, checks)
  const renewed = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')
  expect(await oidc.tokenIntrospection(config, renewed.access_token)).toMatchObject({ active: true, client_id })
  await oidc.tokenRevocation(config, renewed.refresh_token ?? '')
  expect(await oidc.tokenIntrospection(config, renewed.refresh_token ?? '')).toEqual({ active: false })
  expect(await oidc.clientCredentialsGrant(config)).toMatchObject({ token_type: 'bearer' })

  const forged = oidc.PrivateKeyJwt({ key: other.privateKey, kid: 'mine' })
  const impostor = new oidc.Configuration(config.serverMetadata(), client_id, undefined, forged)
  oidc.allowInsecureRequests(impostor)
  await expect(oidc.clientCredentialsGrant(impostor)).rejects.toMatchObject({
    status: 401,
    cause: [{ parameters: { error: 'invalid_client' } }],
  })
})

test('the registration access token reads, changes and deletes the client, and nobody else does (RFC 7592 §2)', async () => {
  const config = await clientOf(await register('jo'), { grant_types: ['client_credentials'], redirect_uris: [] })
  const { registration_client_uri: address, registration_access_token: token, ...registered } = config.clientMetadata()
  const manage = (method: string, body?: object, bearer = String(token)) =>
    fetch(String(address), {
      method,
      headers: { authorization: `Bearer ${bearer}`, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
  expect((await manage('GET', undefined, 'trg_wrong')).status).toBe(401)
  const read = await manage('GET')
  expect(read.status).toBe(200)
  const information = await read.json()
  expect(information).toMatchObject({ client_id: registered.client_id, client_name: 'An app' })

  const wanted = {
    client_id: registered.client_id,
    client_name: 'Renamed',
    grant_types: ['client_credentials'],
    redirect_uris: [],
    token_endpoint_auth_method: 'client_secret_post',
    scope: 'profile',
  }
  const changed = await manage('PUT', wanted)
  expect(changed.status).toBe(200)
  expect(await changed.json()).toMatchObject({ ...wanted, client_id: registered.client_id })
  // The secret stays.
  expect(await oidc.clientCredentialsGrant(config)).toMatchObject({ token_type: 'bearer' })
  expect((await manage('PUT', { ...wanted, client_id: 'c_another' })).status).toBe(400)

  expect((await manage('DELETE')).status).toBe(204)
  expect((await manage('GET')).status).toBe(401)
  await expect(oidc.clientCredentialsGrant(config)).rejects.toMatchObject({ status: 401 })
})
