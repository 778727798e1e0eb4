import { createHash, randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Secret } from '#base'
import type { OAuthProviderConfig } from '#config'
import { serve } from '#testing'
import { bearer, json, type Misbehaviour, misbehave, text } from './wire.fixture.ts'

const CLIENT = { id: '1180000000000000000', secret: 'discord-secret-77aa' }

export type User = { id: string; username: string; global_name: string | null; avatar: string | null }
export const DOT: User = {
  id: '80351110224678912',
  username: 'dot',
  global_name: 'Dot Dorn',
  avatar: 'a_'.padEnd(34, 'b'),
}
export const EVE: User = { id: '80351110224678913', username: 'eve', global_name: null, avatar: null }

type Code = { user: User; challenge: string; redirectUri: string }
type Path = '/api/oauth2/token' | '/api/oauth2/token/revoke' | '/api/v10/users/@me'

/**
 * Discord's OAuth over real HTTP: refresh tokens that work once, one revocation for all, a limit in any sliding second.
 * Independent of the code under test.
 */
export async function startFakeDiscord() {
  const codes = new Map<string, Code>()
  const refreshTokens = new Map<string, User>()
  const accessTokens = new Map<string, User>()
  const granted = new Set<string>()
  const arrivals: { at: number; path: string; grant: string | null; userAgent: string | undefined }[] = []
  let refused = 0
  const misbehaviours = new Map<Path, Misbehaviour[]>()
  const settings = {
    /** Requests in any second. */
    limit: Number.POSITIVE_INFINITY,
    accessSeconds: 604_800,
    /** The API refuses whatever token comes. */
    refuses: false,
    tokens: (answer: object): object => answer,
    profile: (user: User): unknown => ({ discriminator: '0', ...user }),
  }
  /** Prompts that people were sent with. */
  const prompts: (string | null)[] = []
  const mint = () => randomBytes(24).toString('base64url')

  function issue(user: User) {
    const [access, refresh] = [mint(), mint()]
    accessTokens.set(access, user)
    refreshTokens.set(refresh, user)
    const { accessSeconds: expires_in } = settings
    return settings.tokens({
      ...{ access_token: access, refresh_token: refresh },
      ...{ token_type: 'Bearer', expires_in, scope: 'identify' },
    })
  }

  function forget(user: User) {
    granted.delete(user.id)
    for (const tokens of [refreshTokens, accessTokens]) {
      for (const [token, owner] of tokens) if (owner.id === user.id) tokens.delete(token)
    }
  }

  function grantOf(form: URLSearchParams): User | undefined {
    if (form.get('grant_type') === 'refresh_token') {
      const token = form.get('refresh_token') ?? ''
      const user = refreshTokens.get(token)
      refreshTokens.delete(token)
      return user
    }
    const code = codes.get(form.get('code') ?? '')
    codes.delete(form.get('code') ?? '')
    const proof = createHash('sha256').update(form.get('code_verifier') ?? '')
    return code?.challenge === proof.digest('base64url') && code.redirectUri === form.get('redirect_uri')
      ? code.user
      : undefined
  }

  function answer(path: string, request: IncomingMessage, form: URLSearchParams, response: ServerResponse) {
    if (path === '/api/v10/users/@me') {
      const user = settings.refuses ? undefined : accessTokens.get(bearer(request))
      return user
        ? json(response, 200, settings.profile(user))
        : json(response, 401, { message: '401: Unauthorized', code: 0 })
    }
    if (form.get('client_secret') !== CLIENT.secret) return json(response, 401, { error: 'invalid_client' })
    if (path === '/api/oauth2/token/revoke') {
      const token = form.get('token') ?? ''
      const user = refreshTokens.get(token) ?? accessTokens.get(token)
      if (user) forget(user)
      return json(response, 200, {})
    }
    const user = grantOf(form)
    return user ? json(response, 200, issue(user)) : json(response, 400, { error: 'invalid_grant' })
  }

  const there = await serve(async (request, response) => {
    const at = performance.now()
    const path = (request.url ?? '').split('?', 1)[0] ?? ''
    const recent = arrivals.filter((one) => one.at > at - 1000).length
    const arrival = { at, path, grant: null as string | null, userAgent: request.headers['user-agent'] }
    arrivals.push(arrival)
    const form = new URLSearchParams(await text(request))
    arrival.grant = form.get('grant_type')
    if (recent >= settings.limit) {
      refused += 1
      const headers = { 'retry-after': '1', 'x-ratelimit-global': 'true', 'x-ratelimit-scope': 'global' }
      const body = { message: 'You are being rate limited.', retry_after: 0.6, global: true }
      return misbehave(response, { status: 429, headers, body }, form)
    }
    const wrong = misbehaviours.get(path as Path)?.shift()
    if (wrong) return misbehave(response, wrong, form)
    answer(path, request, form, response)
  })

  const { url } = there
  const config: OAuthProviderConfig = {
    source: 'real',
    clientId: CLIENT.id,
    clientSecret: new Secret(CLIENT.secret),
    issuer: url,
    authorizeUrl: `${url}/oauth2/authorize`,
    tokenUrl: `${url}/api/oauth2/token`,
    revokeUrl: `${url}/api/oauth2/token/revoke`,
    userinfoUrl: `${url}/api/v10/users/@me`,
    apiUrl: `${url}/api/v10`,
    redirectPath: undefined,
    picturesUrl: `${url}/cdn`,
  }

  return {
    url,
    host: there.host,
    config,
    settings,
    arrivals,
    prompts,
    misbehave: (path: Path, ...wrong: Misbehaviour[]) => void misbehaviours.set(path, wrong),
    count: (path: Path, grant: string | null = null) =>
      arrivals.filter((one) => one.path === path && one.grant === grant).length,
    /** How many requests were above the limit. */
    refused: () => refused,
    /** Most requests that came in any one second. */
    busiestSecond: () =>
      Math.max(...arrivals.map(({ at }) => arrivals.filter((one) => one.at >= at && one.at < at + 1000).length)),
    /** The person at the consent page, or past it. @returns the query of the callback. */
    agree(authorize: string, user: User = DOT): URLSearchParams {
      const asked = new URL(authorize).searchParams
      const state = asked.get('state') ?? ''
      prompts.push(asked.get('prompt'))
      if (asked.get('prompt') === 'none' && !granted.has(user.id)) {
        return new URLSearchParams({ error: 'consent_required', state, iss: url })
      }
      granted.add(user.id)
      const code = mint()
      const [challenge = '', redirectUri = ''] = ['code_challenge', 'redirect_uri'].map((name) => asked.get(name) ?? '')
      codes.set(code, { user, challenge, redirectUri })
      return new URLSearchParams({ code, state, iss: url })
    },
    killAccessTokens: () => accessTokens.clear(),
    /** The person takes the grant back, at Discord's own page. */
    forget,
    close: () => there[Symbol.asyncDispose](),
  }
}
