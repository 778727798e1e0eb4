import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Secret } from '#base'
import type { OAuthProviderConfig } from '#config'
import { bearer, json, jwt, type Misbehaviour, misbehave, text, wait } from './wire.fixture.ts'

export const CLIENT = { id: 'test-client', secret: 'test-client-secret-3f9c' }
const LONG = 'https://www.googleapis.com/auth/'

export type Person = { sub: string; email: string; name: string; picture?: string }
export const ANA: Person = { sub: '101', email: 'ana@example.com', name: 'Ana Alves' }
export const BOB: Person = { sub: '202', email: 'bob@example.com', name: 'Bob Berg' }

type Grant = { person: Person; scopes: string[] }
type Code = Grant & {
  challenge: string
  redirectUri: string
  nonce: string
  offline: boolean
  forced: boolean
  used: boolean
}

/** A small OAuth server over real HTTP, with a memory and a will of its own. Independent of the code under test. */
export async function startFakeProvider() {
  const codes = new Map<string, Code>()
  const refreshTokens = new Map<string, Grant>()
  const accessTokens = new Map<string, Grant>()
  const consented = new Set<string>()
  const misbehaviours: Record<'exchange' | 'refresh' | 'userinfo' | 'revoke', Misbehaviour[]> = {
    exchange: [],
    refresh: [],
    userinfo: [],
    revoke: [],
  }
  const calls = { exchange: 0, refresh: 0, userinfo: 0, revoke: 0, api: 0 }
  const settings = {
    accessSeconds: 3600 as number | undefined,
    rotating: false,
    /** Google's way: a refresh token with the first or a forced consent only. */
    refreshTokenOnlyOnce: true,
    refreshDelayMs: 0,
    /** The API answers 401 whatever the token. */
    apiRefuses: false,
    idToken: (claims: Record<string, unknown>): Record<string, unknown> | undefined => claims,
    userinfo: (claims: Record<string, unknown>): unknown => claims,
    /** Whether a refresh narrows the scopes, as for a grant that covers less. */
    scopeAnswer: (scopes: string[]): string | undefined => scopes.join(' '),
  }
  /** Every token, code and verifier that went over the wire: nothing of it may show up anywhere. */
  const secrets = new Set<string>([CLIENT.secret])
  const seen: { form: URLSearchParams; authorization: string | undefined }[] = []
  const apiCalls: { method: string; path: string; authorization: string | undefined; body: string }[] = []
  let url = ''

  const mint = (prefix: string) => {
    const token = `${prefix}${randomBytes(24).toString('base64url')}`
    secrets.add(token)
    return token
  }
  const expand = (scope: string) =>
    scope.split(' ').map((name) => (name === 'email' || name === 'profile' ? `${LONG}userinfo.${name}` : name))

  function issue(grant: Grant, refresh: boolean) {
    const access = mint('ya29.')
    accessTokens.set(access, grant)
    const refreshToken = refresh ? mint('1//') : undefined
    if (refreshToken) refreshTokens.set(refreshToken, grant)
    return {
      access_token: access,
      token_type: 'Bearer',
      ...(settings.accessSeconds === undefined ? {} : { expires_in: settings.accessSeconds }),
      ...(refreshToken ? { refresh_token: refreshToken } : {}),
      scope: settings.scopeAnswer(grant.scopes),
    }
  }

  function exchange(form: URLSearchParams): [number, unknown] {
    const code = codes.get(form.get('code') ?? '')
    const proof = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    secrets.add(form.get('code_verifier') ?? 'none')
    if (!code || code.used || proof !== code.challenge || form.get('redirect_uri') !== code.redirectUri) {
      return [400, { error: 'invalid_grant', error_description: 'Bad Request' }]
    }
    code.used = true
    const first = !consented.has(code.person.sub)
    const refresh = code.offline && (!settings.refreshTokenOnlyOnce || first || code.forced)
    consented.add(code.person.sub)
    const claims = settings.idToken({
      iss: url,
      aud: CLIENT.id,
      azp: CLIENT.id,
      sub: code.person.sub,
      nonce: code.nonce,
      iat: Math.floor(Date.now() / 1000),
      exp: Math.floor(Date.now() / 1000) + 3600,
    })
    return [200, { ...issue(code, refresh), ...(claims ? { id_token: jwt(claims) } : {}) }]
  }

  function refresh(form: URLSearchParams): [number, unknown] {
    const token = form.get('refresh_token') ?? ''
    const grant = refreshTokens.get(token)
    if (!grant) return [400, { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' }]
    if (settings.rotating) refreshTokens.delete(token)
    return [200, issue(grant, settings.rotating)]
  }

  async function token(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams(await text(request))
    seen.push({ form, authorization: request.headers.authorization })
    const kind = form.get('grant_type') === 'refresh_token' ? 'refresh' : 'exchange'
    calls[kind] += 1
    if (kind === 'refresh') await wait(settings.refreshDelayMs)
    const work = () => (kind === 'refresh' ? refresh(form) : exchange(form))
    const wrong = misbehaviours[kind].shift()
    if (wrong) {
      if (wrong.commit) work()
      return misbehave(response, wrong, form)
    }
    if (form.get('client_id') !== CLIENT.id || form.get('client_secret') !== CLIENT.secret) {
      return json(response, 401, {
        error: 'invalid_client',
        error_description: 'The provided client secret is invalid.',
      })
    }
    const [status, body] = work()
    json(response, status, body)
  }

  async function userinfo(request: IncomingMessage, response: ServerResponse): Promise<void> {
    calls.userinfo += 1
    const wrong = misbehaviours.userinfo.shift()
    if (wrong) return misbehave(response, wrong, new URLSearchParams({ token: request.headers.authorization ?? '' }))
    const grant = accessTokens.get(bearer(request))
    if (!grant) return json(response, 401, { error: 'invalid_token' })
    json(response, 200, settings.userinfo({ ...grant.person }))
  }

  async function revoke(request: IncomingMessage, response: ServerResponse): Promise<void> {
    calls.revoke += 1
    const form = new URLSearchParams(await text(request))
    seen.push({ form, authorization: request.headers.authorization })
    const wrong = misbehaviours.revoke.shift()
    if (wrong) return misbehave(response, wrong, form)
    const grant = refreshTokens.get(form.get('token') ?? '') ?? accessTokens.get(form.get('token') ?? '')
    if (!grant) return json(response, 400, { error: 'invalid_token' })
    forget(grant.person)
    json(response, 200, {})
  }

  function forget(person: Person) {
    for (const tokens of [refreshTokens, accessTokens]) {
      for (const [value, grant] of tokens) if (grant.person.sub === person.sub) tokens.delete(value)
    }
  }

  async function api(request: IncomingMessage, response: ServerResponse): Promise<void> {
    calls.api += 1
    const body = await text(request)
    apiCalls.push({
      method: request.method ?? '',
      path: request.url ?? '',
      authorization: request.headers.authorization,
      body,
    })
    const grant = settings.apiRefuses ? undefined : accessTokens.get(bearer(request))
    if (request.url?.endsWith('/status/403')) return json(response, 403, { error: { code: 403 } })
    if (request.url?.endsWith('/redirect')) {
      response.writeHead(302, { location: '/api/elsewhere' }).end()
      return
    }
    if (!grant)
      return json(response, 401, { error: { code: 401, message: `Invalid: ${request.headers.authorization}` } })
    json(response, 200, { account: grant.person.email, length: body.length })
  }

  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?', 1)[0]
    const handler = path === '/token' ? token : path === '/userinfo' ? userinfo : path === '/revoke' ? revoke : api
    handler(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  url = `http://127.0.0.1:${port}`

  const config: OAuthProviderConfig = {
    source: 'real',
    clientId: CLIENT.id,
    clientSecret: new Secret(CLIENT.secret),
    issuer: url,
    authorizeUrl: `${url}/authorize`,
    tokenUrl: `${url}/token`,
    revokeUrl: `${url}/revoke`,
    userinfoUrl: `${url}/userinfo`,
    apiUrl: `${url}/api`,
    redirectPath: undefined,
  }

  return {
    url,
    host: `127.0.0.1:${port}`,
    config,
    calls,
    settings,
    secrets,
    seen,
    apiCalls,
    misbehave: (kind: keyof typeof misbehaviours, ...wrong: Misbehaviour[]) => void misbehaviours[kind].push(...wrong),
    /** The person agrees. @returns the query of the callback. */
    agree(authorize: string, person: Person = ANA, untick: string[] = []): URLSearchParams {
      const asked = new URL(authorize).searchParams
      const code = mint('4/0A')
      const scopes = expand(asked.get('scope') ?? '').filter((scope) => !untick.includes(scope))
      const [challenge, redirectUri, nonce] = ['code_challenge', 'redirect_uri', 'nonce'].map(
        (name) => asked.get(name) ?? '',
      )
      codes.set(code, {
        person,
        scopes,
        challenge: challenge ?? '',
        redirectUri: redirectUri ?? '',
        nonce: nonce ?? '',
        offline: asked.get('access_type') === 'offline',
        forced: (asked.get('prompt') ?? '').split(' ').includes('consent'),
        used: false,
      })
      return new URLSearchParams({
        state: asked.get('state') ?? '',
        code,
        scope: scopes.join(' '),
        authuser: '0',
        iss: url,
      })
    },
    /** Access tokens stop working at the API, though they have not ended by their own word. */
    killAccessTokens: () => accessTokens.clear(),
    /** The person takes the grant back. */
    forget,
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
