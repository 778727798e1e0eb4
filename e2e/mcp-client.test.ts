import {
  auth,
  discoverOAuthMetadata,
  exchangeAuthorization,
  type OAuthClientProvider,
  refreshAuthorization,
  registerClient,
  startAuthorization,
} from '@modelcontextprotocol/sdk/client/auth.js'
import type {
  OAuthClientInformationMixed,
  OAuthClientMetadata,
  OAuthTokens,
} from '@modelcontextprotocol/sdk/shared/auth.js'
import { beforeAll, describe, expect, test } from 'vitest'
import { useApp } from './harness/app.ts'
import { consentAs, registerPerson, signIn } from './harness/person.ts'
import { useSite } from './harness/site.ts'

// Such clients register themselves. No route of a gateway is for them here, so the policy has to let everybody in.
const site = useSite({ environment: { TRIVET_REGISTRATION: 'open' } })
const app = useApp()

const nobody = () => site.visitor({ javaScriptEnabled: false, apps: [app.origin] })
const parameter = (request: Request, name: string) => new URL(request.url).searchParams.get(name) ?? ''

/** A public native client, as editors and terminals register. */
const metadataOf = (redirectUri: string): OAuthClientMetadata => ({
  client_name: 'An MCP client',
  redirect_uris: [redirectUri],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'none',
})

const claimsOf = ({ access_token }: OAuthTokens) =>
  JSON.parse(Buffer.from(access_token.split('.')[1] ?? '', 'base64url').toString())

describe('the OAuth client of @modelcontextprotocol/sdk, in a browser without JavaScript', () => {
  beforeAll(async () => {
    await registerPerson(site.client(), 'mia')
  })

  test('metadata says what such a client needs, the same by RFC 8414 and by OpenID Connect Discovery', async () => {
    const issuer = site.product.url
    const metadata = await discoverOAuthMetadata(issuer)
    expect(metadata).toMatchObject({
      issuer,
      registration_endpoint: `${issuer}/client`,
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
    })
    expect(metadata?.token_endpoint_auth_methods_supported).toContain('none')
    expect(metadata?.grant_types_supported).toEqual(expect.arrayContaining(['authorization_code', 'refresh_token']))
    const documents = ['oauth-authorization-server', 'openid-configuration'].map(async (name) => {
      const { status, text } = await site.client().getJson(`/.well-known/${name}`)
      return { status, document: JSON.parse(text) }
    })
    const [oauth, openid] = await Promise.all(documents)
    expect(oauth).toMatchObject({ status: 200, document: { issuer } })
    expect(openid).toEqual(oauth)
  })

  test.each([
    ['which names the server with a slash behind it', (url: string) => new URL(url), 'profile offline_access'],
    ['which names no resource and no scope', () => undefined, undefined],
  ])('a client %s: registration, PKCE, consent, exchange, refresh', async (_title, resourceOf, scope) => {
    const issuer = site.product.url
    const resource = resourceOf(issuer)
    const metadata = await discoverOAuthMetadata(issuer)
    if (!metadata) throw new Error('no metadata')
    const clientInformation = await registerClient(issuer, { metadata, clientMetadata: metadataOf(app.callback) })
    expect(clientInformation).toMatchObject({ token_endpoint_auth_method: 'none', redirect_uris: [app.callback] })
    expect(clientInformation.client_secret).toBeUndefined()

    const { authorizationUrl, codeVerifier } = await startAuthorization(issuer, {
      ...{ metadata, clientInformation, redirectUrl: app.callback, state: 'a state' },
      ...(scope === undefined ? {} : { scope }),
      ...(resource === undefined ? {} : { resource }),
    })
    const { page } = await nobody()
    const back = await consentAs(page, app, { address: authorizationUrl, username: 'mia' })
    expect(parameter(back, 'state')).toBe('a state')
    expect(parameter(back, 'iss')).toBe(issuer)

    const target = resource === undefined ? {} : { resource }
    const tokens = await exchangeAuthorization(issuer, {
      ...{ metadata, clientInformation, codeVerifier, redirectUri: app.callback, ...target },
      authorizationCode: parameter(back, 'code'),
    })
    expect(claimsOf(tokens)).toMatchObject({ iss: issuer, aud: issuer, client_id: clientInformation.client_id })
    const renewed = await refreshAuthorization(issuer, {
      ...{ metadata, clientInformation, ...target },
      refreshToken: tokens.refresh_token ?? '',
    })
    expect(renewed.refresh_token).toMatch(/^trr_/)
    expect(renewed.refresh_token).not.toBe(tokens.refresh_token)
    expect(claimsOf(renewed)).toMatchObject({ aud: issuer, sub: claimsOf(tokens).sub })
  })

  test('the consent page says that nobody has checked the client, and that it is a program on this computer', async () => {
    const issuer = site.product.url
    const clientInformation = await registerClient(issuer, { clientMetadata: metadataOf(app.callback) }).catch(
      // Without metadata the library takes /register, which is for people; it says where clients go.
      (error: Error) => error,
    )
    expect(clientInformation).toMatchObject({ message: expect.stringContaining('/client') })

    const memory = memoryOf(app.callback)
    expect(await auth(memory.provider, { serverUrl: issuer })).toBe('REDIRECT')
    const { page } = await nobody()
    await page.goto(memory.sentTo())
    await signIn(page, 'mia')
    await page.locator('#unverified').waitFor()
    expect(await page.locator('#redirect-host').innerText()).toBe('a program on this computer (127.0.0.1)')
  })

  test('all of it in one call; registered without a port, which it gets anew each time (RFC 8252 §7.3)', async () => {
    const serverUrl = site.product.url
    const memory = memoryOf(app.callback, 'http://127.0.0.1/callback')
    const { provider } = memory
    expect(await auth(provider, { serverUrl, scope: 'profile' })).toBe('REDIRECT')
    const { page } = await nobody()
    const back = await consentAs(page, app, { address: new URL(memory.sentTo()), username: 'mia' })
    expect(await auth(provider, { serverUrl, authorizationCode: parameter(back, 'code') })).toBe('AUTHORIZED')
    const first = await provider.tokens()
    expect(first).toMatchObject({ token_type: 'Bearer', refresh_token: expect.stringMatching(/^trr_/) })
    // With a refresh token at hand the library asks nobody.
    expect(await auth(provider, { serverUrl })).toBe('AUTHORIZED')
    expect((await provider.tokens())?.refresh_token).not.toBe(first?.refresh_token)
  })
})

/** A client that keeps everything in memory, and where it wanted to send the browser. */
function memoryOf(redirectUrl: string, registered = redirectUrl) {
  let information: OAuthClientInformationMixed | undefined
  let tokens: OAuthTokens | undefined
  let verifier = ''
  let sentTo = ''
  const provider: OAuthClientProvider = {
    redirectUrl,
    clientMetadata: metadataOf(registered),
    clientInformation: () => information,
    saveClientInformation: (given) => {
      information = given
    },
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
  }
  return { provider, sentTo: () => sentTo }
}
