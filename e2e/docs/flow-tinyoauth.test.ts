import * as oidc from 'openid-client'
import { expect, test } from 'vitest'
import { readForm } from '../harness/client.ts'
import { PASSWORD, registerPerson } from '../harness/person.ts'
import { useSite } from '../harness/site.ts'
import { CALLBACK, registerApp } from '../harness/tokens.ts'
import { type Walk, walkAlong } from './drawn-requests.ts'

const site = useSite()

test('docs/explanation/flows/tinyoauth.md draws a first and a second sign-in and the app alone, in their order', async () => {
  const owner = await registerPerson(site.client(), 'olga')
  await registerPerson(site.client(), 'ana')
  const { client_id, client_secret } = await registerApp(site.client(), owner)
  const walk = walkAlong(site, { page: 'docs/explanation/flows/tinyoauth.md', played: {} })
  const { client, expectAsDrawn } = walk
  await walk.forget()

  const config = await discover(walk, client_id, client_secret)
  const first = await begin(config)
  const toLogin = await client.get(first.address)
  const login = readForm((await client.get(toLogin.location)).text, '/login')
  const signedIn = await client.postForm('/login', { ...login.fields, username: 'ana', password: PASSWORD })
  const toConsent = await client.get(signedIn.location)
  const consent = readForm((await client.get(toConsent.location)).text, '/consent')
  const allowed = await client.postForm('/consent', { ...consent.fields, decision: 'allow' })
  const tokens = await arrive(walk, config, { callback: allowed.location, checks: first.checks })
  const user = await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims()?.sub ?? '')
  expect(user).toMatchObject({ preferred_username: 'ana' })
  await expectAsDrawn('The first sign-in')

  const second = await begin(config)
  const { location } = await client.get(second.address)
  const more = await arrive(walk, config, { callback: location, checks: second.checks })
  expect(more.claims()?.sub).toBe(tokens.claims()?.sub)
  await expectAsDrawn('The second sign-in')

  const renewed = await oidc.refreshTokenGrant(config, more.refresh_token ?? '')
  const isActive = async () => (await oidc.tokenIntrospection(config, renewed.access_token)).active
  expect(await isActive()).toBe(true)
  await oidc.tokenRevocation(config, renewed.refresh_token ?? '')
  expect(await isActive()).toBe(false)
  await expectAsDrawn('Without the person')
})

/** The app: reads the metadata, and checks ID tokens by the keys that it finds there. */
function discover(walk: Walk, clientId: string, secret: string): Promise<oidc.Configuration> {
  return oidc.discovery(new URL(site.product.url), clientId, undefined, oidc.ClientSecretPost(secret), {
    execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks],
    [oidc.customFetch]: (url, options) => {
      walk.note(options.method, url)
      return fetch(url, options as RequestInit)
    },
  })
}

async function begin(config: oidc.Configuration) {
  const [verifier, state, nonce] = [oidc.randomPKCECodeVerifier(), oidc.randomState(), oidc.randomNonce()]
  const { href } = oidc.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK,
    scope: 'openid profile offline_access',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  })
  return { address: href, checks: { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce } }
}

/** The app, whose host does not exist, makes tokens of what the browser would bring it. */
async function arrive(
  walk: Walk,
  config: oidc.Configuration,
  { callback, checks }: { callback: string; checks: oidc.AuthorizationCodeGrantChecks },
) {
  expect(callback.split('?', 1)).toEqual([CALLBACK])
  walk.note('GET', callback, 'A')
  return oidc.authorizationCodeGrant(config, new URL(callback), checks)
}
