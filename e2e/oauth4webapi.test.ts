import * as oauth from 'oauth4webapi'
import { beforeAll, expect, test } from 'vitest'
import { createClient } from './harness/client.ts'
import { registerPerson } from './harness/person.ts'
import { useSite } from './harness/site.ts'

/** Every answer is read by the library, which compares issuer, state, nonce, hashes, types and signatures itself. */
const site = useSite()
const CALLBACK = 'http://127.0.0.1/callback'
const loose = { [oauth.allowInsecureRequests]: true } as const

let as: oauth.AuthorizationServer
beforeAll(async () => {
  const issuer = new URL(site.product.url)
  const found = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...loose })
  as = await oauth.processDiscoveryResponse(issuer, found)
})

/** RFC 7591, as the person whose login token it is. */
async function register(login: string, metadata: Partial<oauth.Client>): Promise<oauth.Client> {
  const wanted = { client_name: 'Kite', redirect_uris: [CALLBACK], application_type: 'native', ...metadata }
  const options = { initialAccessToken: login, ...loose }
  return oauth.processDynamicClientRegistrationResponse(
    await oauth.dynamicClientRegistrationRequest(as, wanted, options),
  )
}

async function authorize(
  login: string,
  client: oauth.Client,
  verifier: string,
  nonce: string,
): Promise<URLSearchParams> {
  const state = oauth.generateRandomState()
  const address = new URL(as.authorization_endpoint ?? '')
  address.search = new URLSearchParams({
    ...{ response_type: 'code', client_id: client.client_id, redirect_uri: CALLBACK, state, nonce },
    scope: 'openid profile offline_access',
    ...{ code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256' },
  }).toString()
  const answer = await fetch(address, { redirect: 'manual', headers: { authorization: `Bearer ${login}` } })
  return oauth.validateAuthResponse(as, client, new URL(answer.headers.get('location') ?? 'about:blank'), state)
}

async function redeem(login: string, client: oauth.Client, auth: oauth.ClientAuth) {
  const [verifier, nonce] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomNonce()]
  const parameters = await authorize(login, client, verifier, nonce)
  const answer = await oauth.authorizationCodeGrantRequest(as, client, auth, parameters, CALLBACK, verifier, loose)
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, answer, { expectedNonce: nonce })
  await oauth.validateApplicationLevelSignature(as, answer, loose)
  return tokens
}

const person = (name: string) => registerPerson(createClient(site.product.url), name)
const keys = () => oauth.generateKeyPair('ES256', { extractable: true })

test('code and PKCE, ID token and its signature, userinfo, refresh, introspection, revocation', async () => {
  const login = await person('ada')
  const client = await register(login, { grant_types: ['authorization_code', 'refresh_token'] })
  const auth = oauth.ClientSecretBasic(String(client.client_secret))
  const tokens = await redeem(login, client, auth)
  const claims = oauth.getValidatedIdTokenClaims(tokens)
  const userInfo = await oauth.userInfoRequest(as, client, tokens.access_token, loose)
  const known = await oauth.processUserInfoResponse(as, client, claims?.sub ?? '', userInfo)
  expect(known).toMatchObject({ sub: claims?.sub, preferred_username: 'ada' })

  const again = await oauth.refreshTokenGrantRequest(as, client, auth, tokens.refresh_token ?? '', loose)
  const renewed = await oauth.processRefreshTokenResponse(as, client, again)
  expect(renewed.refresh_token).not.toBe(tokens.refresh_token)

  const isActive = async (token: string) => {
    const answer = await oauth.introspectionRequest(as, client, auth, token, loose)
    return (await oauth.processIntrospectionResponse(as, client, answer)).active
  }
  expect(await isActive(renewed.access_token)).toBe(true)
  await oauth.processRevocationResponse(
    await oauth.revocationRequest(as, client, auth, renewed.refresh_token ?? '', loose),
  )
  expect(await isActive(renewed.refresh_token ?? '')).toBe(false)
})

test('private_key_jwt: code and client credentials; a key that is not registered is refused', async () => {
  const login = await person('bo')
  const [own, other] = await Promise.all([keys(), keys()])
  const jwk = { ...(await crypto.subtle.exportKey('jwk', own.publicKey)), kid: 'mine', alg: 'ES256', use: 'sig' }
  const client = await register(login, {
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [jwk as oauth.JWK] },
    grant_types: ['authorization_code', 'client_credentials'],
  })
  const auth = oauth.PrivateKeyJwt({ key: own.privateKey, kid: 'mine' })
  expect(oauth.getValidatedIdTokenClaims(await redeem(login, client, auth))).toMatchObject({ aud: client.client_id })

  const answer = await oauth.clientCredentialsGrantRequest(as, client, auth, { scope: 'profile' }, loose)
  expect(await oauth.processClientCredentialsResponse(as, client, answer)).toMatchObject({ token_type: 'bearer' })

  const forged = oauth.PrivateKeyJwt({ key: other.privateKey, kid: 'mine' })
  const refused = await oauth.clientCredentialsGrantRequest(as, client, forged, {}, loose)
  await expect(oauth.processClientCredentialsResponse(as, client, refused)).rejects.toMatchObject({
    cause: expect.anything(),
  })
})

test('the access token is one of RFC 9068 to a resource server of theirs, and opens /protected/resource here', async () => {
  const login = await person('cy')
  const client = await register(login, { token_endpoint_auth_method: 'client_secret_post' })
  const tokens = await redeem(login, client, oauth.ClientSecretPost(String(client.client_secret)))
  const address = new URL('/protected/resource', site.product.url)
  const request = new Request(address, { headers: { authorization: `Bearer ${tokens.access_token}` } })
  const claims = await oauth.validateJwtAccessToken(as, request, as.issuer, loose)
  expect(claims).toMatchObject({ iss: as.issuer, client_id: client.client_id })

  const opened = await oauth.protectedResourceRequest(tokens.access_token, 'GET', address, undefined, null, loose)
  expect(await opened.json()).toMatchObject({ caller: { user: claims.sub, username: 'cy', client: client.client_id } })
})
