import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { postCat } from './harness/cats.ts'
import { type Answer, type Asking, createClient } from './harness/client.ts'
import { type EchoService, startEchoService } from './harness/echo-service.ts'
import { createGatewayFile } from './harness/gateway-file.ts'
import { registerPerson, signInWithForm } from './harness/person.ts'
import { runProgram } from './harness/program.ts'
import { useSite } from './harness/site.ts'
import { authorizeQuery, codeFor, registerApp, sessionOf, type TestApp, tokensFor } from './harness/tokens.ts'

/**
 * Security test line §11.3: every kind of token that this server gives, at every address that takes a bearer token, and
 * at some that take none. Kinds that are named there and do not exist here: logout tokens, introspection answers as JWT.
 */
const KINDS = [
  'no token',
  'login token',
  'login token of an administrator',
  'access token with openid',
  'access token without openid',
  'access token for another audience',
  'access token of the client itself',
  'ID token',
  'refresh token',
  'authorization code',
  'client secret',
  'registration access token',
  'registration access token of another client',
  'initial access token',
  'token of a reset link',
  'session secret',
  'CSRF token',
  'login token signed by somebody else',
  'login token without signature',
  'access token with the type of a login token',
  'identity token of the gateway',
  'identity token of the gateway, with the type of an access token',
  'token for metrics',
] as const
type Kind = (typeof KINDS)[number]

type Door = {
  readonly name: string
  readonly opensFor: readonly Kind[]
  readonly ask: (bearer: string | undefined) => Promise<Answer>
  /** Whether whoever asked got what is behind it. */
  readonly isOpen: (answer: Answer) => boolean
}

const API = 'https://api.example/'
/** Of the collector of metrics; it is no token of anybody’s. */
const METRICS = 'collector-of-the-token-doors'
const site = useSite({ environment: { TRIVET_REGISTRATION: 'token', METRICS } })
const { write: setRoutes } = createGatewayFile(() => site.product)
let upstream: EchoService
afterAll(() => upstream.close())
const tokens = new Map<Kind, string>()
let app: TestApp
let session: { cookie: string; csrf: string; secret: string }

/** A command beside the running server. */
const trivet = async (...words: string[]) =>
  JSON.parse(await runProgram([...words, '--json'], { directory: site.product.directory, environment: {} }))
const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const fresh = () => createClient(site.product.url)

/** What a service behind the gateway is told by: for its eyes only. */
async function identityToken(token: string): Promise<string> {
  upstream = await startEchoService()
  const to = `upstream: "http://127.0.0.1:${upstream.port}", audience: "${site.product.url}"`
  await setRoutes(`gateway: { routes: [{ path: /notes, ${to}, identity_headers: jwt }] }`)
  expect((await fresh().send('/notes', { headers: { authorization: `Bearer ${token}` } })).status).toBe(200)
  const raw = upstream.arrived.at(-1)?.rawHeaders ?? []
  return raw[raw.indexOf('x-trivet-identity') + 1] ?? ''
}

beforeAll(async () => {
  const client = fresh()
  const login = await registerPerson(client, 'holder')
  await signInWithForm(client, 'holder')
  // Something of theirs that a session shows.
  await postCat(client, 'beng')
  session = await sessionOf(client, site.product.url)
  app = await registerApp(client, login)
  const other = await registerApp(client, login, { default_resource: API })
  const { access_token, id_token, refresh_token } = await tokensFor(client, login, app)
  const itself = await client.postForm('/token', {
    grant_type: 'client_credentials',
    client_id: app.client_id,
    client_secret: app.client_secret,
  })
  const initial = await trivet('registration-token', 'create')
  const root = await trivet('user', 'create', 'root-of-all', '--admin')
  const asRoot = { username: 'root-of-all', password: root.password }
  const reset = await trivet('user', 'reset-link', 'holder')
  const [header = '', claims = '', signature = ''] = login.split('.')
  const head = JSON.parse(Buffer.from(header, 'base64url').toString())
  const forged = `${encoded({ ...head, alg: 'HS256' })}.${claims}`
  const [, accessClaims = '', accessSignature = ''] = access_token.split('.')
  const elsewhere = await tokensFor(client, login, other, { resource: API })
  // Refused for its audience alone.
  expect(JSON.parse(Buffer.from(elsewhere.access_token.split('.')[1] ?? '', 'base64url').toString())).toMatchObject({
    aud: API,
    scope: expect.stringContaining('openid'),
  })
  const identity = await identityToken(access_token)
  const [, identityClaims = '', identitySignature = ''] = identity.split('.')
  const all: Record<Exclude<Kind, 'no token'>, string> = {
    'login token': login,
    'login token of an administrator': JSON.parse((await client.postJson('/login', asRoot)).text).token,
    'access token with openid': access_token,
    'access token without openid': (await tokensFor(client, login, app, { scope: 'profile' })).access_token,
    'access token for another audience': elsewhere.access_token,
    'access token of the client itself': JSON.parse(itself.text).access_token,
    'ID token': id_token,
    'refresh token': refresh_token,
    'authorization code': await codeFor(client, login, app),
    'client secret': app.client_secret,
    'registration access token': app.registration_access_token,
    'registration access token of another client': other.registration_access_token,
    'initial access token': initial.token,
    'token of a reset link': [...new URL(reset.link).searchParams.values()][0] ?? '',
    'session secret': session.secret,
    'CSRF token': session.csrf,
    'login token signed by somebody else': `${forged}.${createHmac('sha256', 'x').update(forged).digest('base64url')}`,
    'login token without signature': `${encoded({ ...head, alg: 'none' })}.${claims}.`,
    'access token with the type of a login token': `${encoded({ ...head })}.${accessClaims}.${accessSignature}`,
    'identity token of the gateway': identity,
    'token for metrics': METRICS,
    'identity token of the gateway, with the type of an access token': `${access_token.split('.')[0]}.${identityClaims}.${identitySignature}`,
  }
  for (const kind of KINDS) if (kind !== 'no token') tokens.set(kind, all[kind])
  // Each is what it is called.
  for (const [kind, token] of tokens) expect([kind, typeof token, token.length > 20]).toEqual([kind, 'string', true])
  expect(signature).not.toBe('')
})

const withBearer = (bearer: string | undefined, more: Record<string, string> = {}) => ({
  accept: 'application/json',
  ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
  ...more,
})
const send = (path: string, bearer: string | undefined, asking: Asking = {}) =>
  fresh().send(path, { ...asking, headers: withBearer(bearer, { ...asking.headers }) })
const sendForm = (path: string, bearer: string | undefined, fields: Record<string, string>) =>
  fresh().postForm(path, fields, withBearer(bearer))
const sendJson = (path: string, bearer: string | undefined, body: object, method = 'POST') =>
  send(path, bearer, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

const isStatus = (status: number) => (answer: Answer) => answer.status === status
const hasCode = (answer: Answer) => answer.location.includes('code=tra_')
const holds = (word: string) => (answer: Answer) => answer.status === 200 && answer.text.includes(word)

const LOGIN: readonly Kind[] = ['login token', 'login token of an administrator']
const ADMIN: readonly Kind[] = ['login token of an administrator']
const OPENID: readonly Kind[] = ['access token with openid']
/** Access tokens whose audience is this server itself. */
const OF_THIS_SERVER: readonly Kind[] = [
  'access token with openid',
  'access token without openid',
  'access token of the client itself',
]
const OWN_REGISTRATION: readonly Kind[] = ['registration access token']

const DOORS: readonly Door[] = [
  {
    name: 'GET /authorize, for the one who registered the client',
    opensFor: ['login token'],
    ask: (bearer) => send(`/authorize?${new URLSearchParams(authorizeQuery(app))}`, bearer),
    isOpen: hasCode,
  },
  {
    name: 'POST /authorize with a decision',
    opensFor: LOGIN,
    ask: (bearer) => sendForm('/authorize', bearer, { ...authorizeQuery(app), decision: 'allow' }),
    isOpen: hasCode,
  },
  {
    name: 'POST /client',
    opensFor: [...LOGIN, 'initial access token'],
    ask: (bearer) => sendJson('/client', bearer, { redirect_uris: ['https://new.example/cb'] }),
    isOpen: isStatus(201),
  },
  {
    name: 'GET /client/:id',
    opensFor: OWN_REGISTRATION,
    ask: (bearer) => send(`/client/${app.client_id}`, bearer),
    isOpen: isStatus(200),
  },
  {
    name: 'PUT /client/:id',
    opensFor: OWN_REGISTRATION,
    ask: (bearer) =>
      sendJson(
        `/client/${app.client_id}`,
        bearer,
        {
          ...{ client_id: app.client_id, client_name: 'An app', redirect_uris: [app.redirect_uri], scope: app.scope },
          grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
          token_endpoint_auth_method: 'client_secret_post',
          require_pkce: false,
        },
        'PUT',
      ),
    isOpen: isStatus(200),
  },
  { name: 'GET /userinfo', opensFor: OPENID, ask: (bearer) => send('/userinfo', bearer), isOpen: isStatus(200) },
  {
    name: 'POST /userinfo',
    opensFor: OPENID,
    ask: (bearer) => send('/userinfo', bearer, { method: 'POST' }),
    isOpen: isStatus(200),
  },
  {
    name: 'POST /userinfo, the token in the form (RFC 6750 §2.2)',
    opensFor: OPENID,
    ask: (bearer) => sendForm('/userinfo', undefined, bearer === undefined ? {} : { access_token: bearer }),
    isOpen: isStatus(200),
  },
  {
    name: 'GET /userinfo, the token in the query (RFC 9700 §4.3.2)',
    opensFor: [],
    ask: (bearer = '') => send(`/userinfo?${new URLSearchParams({ access_token: bearer })}`, undefined),
    isOpen: isStatus(200),
  },
  { name: 'GET /api/account', opensFor: LOGIN, ask: (bearer) => send('/api/account', bearer), isOpen: isStatus(200) },
  {
    name: 'PATCH /api/account',
    opensFor: LOGIN,
    ask: (bearer) => sendJson('/api/account', bearer, { nickname: 'Opened' }, 'PATCH'),
    isOpen: isStatus(200),
  },
  {
    name: 'GET /api/admin/users',
    opensFor: ADMIN,
    ask: (bearer) => send('/api/admin/users', bearer),
    isOpen: isStatus(200),
  },
  {
    name: 'POST /api/admin/registration-tokens',
    opensFor: ADMIN,
    ask: (bearer) => sendJson('/api/admin/registration-tokens', bearer, {}),
    isOpen: isStatus(201),
  },
  {
    name: 'GET /protected/resource, behind the gateway',
    opensFor: [...LOGIN, ...OF_THIS_SERVER],
    ask: (bearer) => send('/protected/resource', bearer),
    isOpen: isStatus(200),
  },
  {
    // Nobody allowed the client to, and no administrator answers for it: `client_credentials: verified`.
    name: 'GET /notes, a route of the gateway',
    opensFor: OF_THIS_SERVER.filter((kind) => kind !== 'access token of the client itself'),
    ask: (bearer) => send('/notes', bearer),
    isOpen: isStatus(200),
  },
  {
    name: 'GET /metrics',
    opensFor: ['token for metrics'],
    ask: (bearer) => send('/metrics', bearer),
    isOpen: holds('trivet_gateway'),
  },
  // From here on: addresses that take no bearer token at all.
  { name: 'GET /console', opensFor: [], ask: (bearer) => send('/console', bearer), isOpen: isStatus(200) },
  {
    name: 'POST /introspect',
    opensFor: [],
    ask: (bearer) => sendForm('/introspect', bearer, { token: tokens.get('access token with openid') ?? '' }),
    isOpen: holds('"active":true'),
  },
  {
    name: 'POST /revoke',
    opensFor: [],
    ask: (bearer) => sendForm('/revoke', bearer, { token: 'trr_nothing' }),
    isOpen: isStatus(200),
  },
  {
    name: 'POST /token',
    opensFor: [],
    ask: (bearer) => sendForm('/token', bearer, { grant_type: 'client_credentials' }),
    isOpen: holds('access_token'),
  },
  { name: 'GET /api/runs', opensFor: [], ask: (bearer) => send('/api/runs', bearer), isOpen: holds('"mashup"') },
  { name: 'GET /account', opensFor: [], ask: (bearer) => send('/account', bearer), isOpen: holds('holder') },
  {
    name: 'GET /account, with the session of the browser beside it (decision "CSRF")',
    opensFor: ['no token'],
    ask: (bearer) => send('/account', bearer, { headers: { cookie: session.cookie } }),
    isOpen: holds('holder'),
  },
  {
    name: 'GET /account, the token as session cookie',
    opensFor: ['session secret'],
    ask: (bearer = '') =>
      send('/account', undefined, { headers: { cookie: `trivet-${new URL(site.product.url).port}=${bearer}` } }),
    isOpen: holds('holder'),
  },
]

describe.each(DOORS)('$name opens for: $opensFor', ({ opensFor, ask, isOpen }) => {
  test.each(KINDS)('%s', async (kind) => {
    const answer = await ask(tokens.get(kind))
    expect(answer.status, answer.text).toBeLessThan(500)
    expect([kind, isOpen(answer)], `${answer.status} ${answer.location} ${answer.text.slice(0, 500)}`).toEqual([
      kind,
      opensFor.includes(kind),
    ])
    // What was refused is shown to nobody: not in the answer either.
    const token = tokens.get(kind)
    if (token !== undefined && !opensFor.includes(kind)) expect(answer.text).not.toContain(token)
  })
})

test('DELETE /client/:id opens for its own registration access token, and for nothing else', async () => {
  const remove = (bearer: string | undefined) => send(`/client/${app.client_id}`, bearer, { method: 'DELETE' })
  for (const kind of KINDS) {
    if (kind !== 'registration access token')
      expect([kind, (await remove(tokens.get(kind))).status]).toEqual([kind, 401])
  }
  expect((await remove(tokens.get('registration access token'))).status).toBe(204)
})
