import { auth, type OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js'
import type { OAuthTokens } from '@modelcontextprotocol/sdk/shared/auth.js'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { useApp } from './harness/app.ts'
import { axeFindings } from './harness/browser.ts'
import { openClientSite } from './harness/client-site.ts'
import { consentAs, registerPerson, signIn } from './harness/person.ts'
import { useSite } from './harness/site.ts'

// An app that registered nowhere: it is known by a document on the web site of its makers, as MCP has it.
const makers = await openClientSite({
  client_name: 'Kite for MCP',
  redirect_uris: ['http://127.0.0.1/callback', 'http://localhost/callback'],
  grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
  response_types: ['code'],
  token_endpoint_auth_method: 'none',
})
afterAll(() => makers.close())

const api = 'https://api.example/mcp'
const site = useSite({ environment: { ...makers.environment, TRIVET_RESOURCES: api, TRIVET_REGISTRATION: 'mcp' } })
const app = useApp()

const claimsOf = ({ access_token }: OAuthTokens) =>
  JSON.parse(Buffer.from(access_token.split('.')[1] ?? '', 'base64url').toString())

/** What such a client keeps; it has no way to register, and no need for one. */
function aClient() {
  let tokens: OAuthTokens | undefined
  let verifier = ''
  let sentTo = ''
  const provider: OAuthClientProvider = {
    redirectUrl: app.callback,
    clientMetadataUrl: makers.address,
    clientMetadata: { client_name: 'Kite for MCP', redirect_uris: [app.callback], token_endpoint_auth_method: 'none' },
    clientInformation: () => ({ client_id: makers.address }),
    tokens: () => tokens,
    saveTokens: (given) => {
      tokens = given
    },
    redirectToAuthorization: (url) => {
      sentTo = url.href
    },
    saveCodeVerifier: (given) => {
      verifier = given
    },
    codeVerifier: () => verifier,
    validateResourceURL: async () => new URL(api),
  }
  return { provider, sentTo: () => sentTo }
}

describe.each([true, false])('a client known by a document, JavaScript in the browser: %s', (javaScriptEnabled) => {
  const username = javaScriptEnabled ? 'ina' : 'ian'
  beforeAll(async () => {
    await registerPerson(site.client(), username)
  })

  test('the OAuth client of @modelcontextprotocol/sdk: no registration, sign-in, consent, tokens for the API, refresh', async () => {
    const { provider, sentTo } = aClient()
    const serverUrl = site.product.url
    expect(await auth(provider, { serverUrl, scope: 'profile' })).toBe('REDIRECT')
    expect(new URL(sentTo()).searchParams.get('client_id')).toBe(makers.address)
    const { page } = await site.visitor({ javaScriptEnabled, apps: [app.origin] })
    const back = await consentAs(page, app, { address: new URL(sentTo()), username })
    const code = new URL(back.url).searchParams.get('code') ?? ''
    expect(await auth(provider, { serverUrl, authorizationCode: code })).toBe('AUTHORIZED')
    const first = await provider.tokens()
    expect(first && claimsOf(first)).toMatchObject({ aud: api, client_id: makers.address, scope: 'profile' })
    expect(await auth(provider, { serverUrl })).toBe('AUTHORIZED')
    expect((await provider.tokens())?.refresh_token).not.toBe(first?.refresh_token)
  })

  test('the consent page says who it is; the account page lists it with its logo, and ends its access', async () => {
    const { provider, sentTo } = aClient()
    await auth(provider, { serverUrl: site.product.url, scope: 'profile' })
    const { page } = await site.visitor({ javaScriptEnabled, apps: [app.origin] })
    await page.goto(sentTo())
    expect(await page.locator('#asking-app').innerText()).toBe(
      'To continue to Kite for MCP (a program on this computer), an app that nobody here has checked.',
    )
    if (javaScriptEnabled) expect(await axeFindings(page)).toEqual([])
    await signIn(page, username)
    expect(await page.locator('h1').innerText()).toBe('Allow Kite for MCP?')
    expect(await page.locator('#client-host').innerText()).toBe(makers.host)
    expect(await page.locator('#redirect-host').innerText()).toBe('a program on this computer (127.0.0.1)')
    expect(await page.locator('#resources').innerText()).toBe(api)
    await page.locator('#unverified').waitFor()
    await page.locator('#local-only').waitFor()
    await expectLogo(page)
    if (javaScriptEnabled) expect(await axeFindings(page)).toEqual([])
    await page.locator('#consent-allow').click()
    await page.waitForURL(`${app.callback}*`)

    await page.goto(`${site.product.url}/account/apps`)
    expect(await page.locator('#apps h2').innerText()).toBe('Kite for MCP')
    await expectLogo(page)
    if (javaScriptEnabled) expect(await axeFindings(page)).toEqual([])
    await page.locator(`[id="revoke-${makers.address}"]`).click()
    await page.locator('#no-apps').waitFor()
  })
})

async function expectLogo(page: Awaited<ReturnType<typeof site.visitor>>['page']): Promise<void> {
  const logo = page.locator('main img[src^="/client-logo"]')
  await expect.poll(() => logo.evaluate((image) => 'naturalWidth' in image && image.naturalWidth)).toBe(96)
}

test('all of it took one look at the document: it is fresh for an hour', () => {
  expect(makers.asked.filter((path) => path.endsWith('.json'))).toHaveLength(1)
  expect(makers.asked.filter((path) => path.endsWith('.png'))).toHaveLength(1)
})

test('the address of a logo opened by itself is a picture in which nothing runs', async () => {
  const { page } = await site.visitor()
  await page.goto(`${site.product.url}/login`)
  await signIn(page, 'ina')
  const answer = await page.goto(
    `${site.product.url}/client-logo?${new URLSearchParams({ client_id: makers.address })}`,
  )
  expect(answer?.headers()).toMatchObject({
    'content-type': 'image/webp',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    'x-content-type-options': 'nosniff',
  })
})

test('an editor that answers to a scheme of its own: registered, asked about, and sent back to it', async () => {
  const token = await registerPerson(site.client(), 'eda')
  const redirectUri = 'cursor://anysphere.cursor-mcp/oauth/callback'
  const metadata = {
    client_name: 'An editor',
    redirect_uris: [redirectUri],
    application_type: 'web',
    token_endpoint_auth_method: 'none',
  }
  const options = { execute: [oidc.allowInsecureRequests], initialAccessToken: token }
  const config = await oidc.dynamicClientRegistration(new URL(site.product.url), metadata, oidc.None(), options)
  expect(config.clientMetadata()).toMatchObject({ application_type: 'native', redirect_uris: [redirectUri] })
  const verifier = oidc.randomPKCECodeVerifier()
  const address = oidc.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: 'profile',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  })
  const { context, page } = await site.visitor()
  // No program here answers to it: what one would be called with is where the answer leads.
  const wire = await context.newCDPSession(page)
  await wire.send('Network.enable')
  const answered = new Promise<string>((resolve) =>
    wire.on('Network.responseReceivedExtraInfo', ({ statusCode, headers }) => {
      const location = headers['location'] ?? ''
      if (statusCode === 303 && location.startsWith('cursor:')) resolve(location)
    }),
  )
  await page.goto(address.href)
  await signIn(page, 'eda')
  expect(await page.locator('#redirect-host').innerText()).toBe('an app on this device (cursor)')
  await page.locator('#consent-allow').click()
  const location = await answered
  expect(location).toMatch(/^cursor:\/\/anysphere\.cursor-mcp\/oauth\/callback\?code=/)
  const tokens = await oidc.authorizationCodeGrant(config, new URL(location), { pkceCodeVerifier: verifier })
  expect(tokens.access_token).toBeDefined()
})
