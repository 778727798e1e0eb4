import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type App, createTown, type Town } from '../testing/town.fixture.ts'

const OTHER = 'https://other.example/api'
let town: Town
let app: App
let ana: Awaited<ReturnType<Town['user']>>
beforeAll(async () => {
  town = await createTown({
    file: (origin, publicUrl) => `
gateway:
  routes:
    - {path: /notes, upstream: "${origin}", scopes: {GET: notes:read, POST: "notes:read notes:write"}}
    - {path: /open, upstream: "${origin}", audience: "${publicUrl}"}
    - {path: /other, upstream: "${origin}", audience: "${OTHER}"}
    - {path: /fresh, upstream: "${origin}", audience: "${publicUrl}", max_age: 60}
    - {path: /, host: any.example, audience: "${publicUrl}"}
    - {path: /strong, upstream: "${origin}", audience: "${publicUrl}", acr_values: "urn:trivet:acr:2fa"}
`,
  })
  app = await town.app()
  ana = await town.user('ana-of-notes')
})
afterAll(() => town.close())

const challengeOf = ({ headers }: { headers: Record<string, unknown> }) => String(headers['www-authenticate'])
const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())

describe('an access token of this server opens a route', () => {
  it('whose audience and scopes it has; the upstream learns who calls, and never sees the token (security §10.2)', async () => {
    const { access_token: token } = await town.tokens(ana, app)
    const { status, text, json } = await town.ask('/notes/1', { token, headers: { cookie: 'a=b', dpop: 'x' } })
    expect(status).toBe(200)
    expect(json['headers']).toMatchObject({
      'x-trivet-user': ana.publicId,
      'x-trivet-username': 'ana-of-notes',
      'x-trivet-client': app.id,
      'x-trivet-scope': 'notes:read',
      'x-trivet-issuer': town.publicUrl,
    })
    for (const name of ['authorization', 'cookie', 'dpop']) expect(json['headers']).not.toHaveProperty(name)
    expect(text).not.toContain(token)
  })

  it('of a client for itself: it is nobody’s, and the header of the user says so', async () => {
    const { json } = await town.ask('/notes', { token: await town.ownToken(app, { scope: 'notes:read' }) })
    expect(json['headers']).toMatchObject({ 'x-trivet-user': '', 'x-trivet-username': '', 'x-trivet-client': app.id })
  })

  it('and a name in any script arrives as bytes that a header may hold', async () => {
    const person = await town.user('zoë')
    const { json } = await town.ask('/open', { token: (await town.tokens(person, app)).access_token })
    expect((json['headers'] as Record<string, string>)['x-trivet-username']).toBe(encodeURIComponent(person.username))
  })

  it('/protected/resource with a token of any scope, with GET and POST', async () => {
    const token = await town.ownToken(app, { scope: 'profile' })
    for (const method of ['GET', 'POST']) {
      const { status, json } = await town.ask('/protected/resource', { method, token })
      expect([status, json['caller']]).toEqual([200, { user: null, username: null, client: app.id, scope: 'profile' }])
    }
  })
})

describe('without enough it opens nothing', () => {
  it('no token: 401 that says where to get one and for what, and names no error (RFC 6750 §3.1, RFC 9728 §5.1)', async () => {
    const answer = await town.ask('/notes')
    expect(answer.status).toBe(401)
    expect(challengeOf(answer)).toBe(
      `Bearer realm="trivet", scope="notes:read", resource_metadata="${town.publicUrl}/.well-known/oauth-protected-resource/notes"`,
    )
    const { json } = await town.ask('/.well-known/oauth-protected-resource/notes')
    expect(json).toMatchObject({ resource: `${town.publicUrl}/notes`, authorization_servers: [town.publicUrl] })
  })

  it('too little scope: 403 with all that is needed (RFC 6750 §3.1)', async () => {
    const { access_token: token } = await town.tokens(ana, app)
    const answer = await town.ask('/notes', { method: 'POST', token })
    expect([answer.status, answer.json['code']]).toEqual([403, 'route_forbidden'])
    expect(answer.json['detail']).toBe('The token does not allow this: it lacks the scope notes:write.')
    expect(challengeOf(answer)).toContain('error="insufficient_scope"')
    expect(challengeOf(answer)).toContain('scope="notes:read notes:write"')
    const more = await town.tokens(ana, app, { scope: 'notes:read notes:write' })
    expect((await town.ask('/notes', { method: 'POST', token: more.access_token })).status).toBe(200)
  })

  it('another audience: 401, in both directions (RFC 9068 §4, security §8)', async () => {
    const here = (await town.tokens(ana, app, { scope: 'notes:read' })).access_token
    const there = (await town.tokens(ana, app, { scope: 'notes:read', resource: OTHER })).access_token
    expect(claimsOf(there)).toMatchObject({ aud: OTHER })
    expect((await town.ask('/open', { token: here })).status).toBe(200)
    expect((await town.ask('/other', { token: there })).status).toBe(200)
    for (const [path, token] of [
      ['/other', here],
      ['/open', there],
      ['/protected/resource', there],
    ] as const) {
      const answer = await town.ask(path, { token })
      expect([path, answer.status]).toEqual([path, 401])
      expect(challengeOf(answer)).toContain('error="invalid_token"')
    }
  })

  it('a sign-in of too long ago, or not strong enough: 401 with what is wanted (RFC 9470 §3)', async () => {
    const { access_token: token } = await town.tokens(ana, app)
    expect((await town.ask('/fresh', { token })).status).toBe(200)
    await town.shift(61)
    const old = await town.ask('/fresh', { token })
    await town.shift(0)
    expect(old.status).toBe(401)
    expect(challengeOf(old)).toContain('error="insufficient_user_authentication"')
    expect(challengeOf(old)).toContain('max_age="60"')
    const weak = await town.ask('/strong', { token })
    expect(weak.status).toBe(401)
    expect(challengeOf(weak)).toContain('acr_values="urn:trivet:acr:2fa"')
    // Nobody signed in for it, so no sign-in is young enough.
    expect((await town.ask('/fresh', { token: await town.ownToken(app) })).status).toBe(401)
  })

  it('a token that is bound to a key, without its proof: 401 (RFC 9449 §7.1, RFC 8705 §3)', async () => {
    const { access_token: token } = await town.tokens(ana, app)
    const resign = (more: object) => town.signer.sign({ ...claimsOf(token), ...more }, { typ: 'at+jwt', alg: 'ES256' })
    // Only the confirmation makes the difference.
    expect((await town.ask('/open', { token: await resign({}) })).status).toBe(200)
    for (const cnf of [{ jkt: 'x' }, { 'x5t#S256': 'x' }, {}]) {
      const answer = await town.ask('/open', { token: await resign({ cnf }), headers: { dpop: 'x' } })
      expect(answer.status).toBe(401)
    }
  })

  it('every other token of this server, and everything forged (security §8, §11.3)', async () => {
    const made = await town.tokens(ana, app, { scope: 'openid offline_access profile notes:read' })
    const login = await town.loginToken(ana)
    const [header = '', claims = '', signature = ''] = made.access_token.split('.')
    const head = JSON.parse(Buffer.from(header, 'base64url').toString())
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const foreign = sign('sha256', Buffer.from(`${header}.${claims}`), { key: privateKey, dsaEncoding: 'ieee-p1363' })
    const symmetric = `${encoded({ ...head, alg: 'HS256' })}.${claims}`
    const retyped = (typ: string) => town.signer.sign(claimsOf(made.access_token), { typ, alg: 'ES256' })
    const refused: Record<string, string> = {
      'ID token': made.id_token,
      'refresh token': made.refresh_token,
      'authorization code': await town.code(ana, app),
      'client secret': app.secret,
      'login token': login,
      'claims changed': `${header}.${encoded({ ...claimsOf(made.access_token), scope: 'notes:write' })}.${signature}`,
      'no algorithm': `${encoded({ ...head, alg: 'none' })}.${claims}.`,
      'the public key as secret': `${symmetric}.${createHmac('sha256', JSON.stringify(town.signer.jwks())).update(symmetric).digest('base64url')}`,
      'zero signature (CVE-2022-21449)': `${header}.${claims}.${Buffer.alloc(64).toString('base64url')}`,
      'the key of somebody else': `${header}.${claims}.${foreign.toString('base64url')}`,
      'padded base64url': `${header}.${claims}.${signature}=`,
      'another issuer': await town.signer.sign(
        { ...claimsOf(made.access_token), iss: 'https://evil.example' },
        { typ: 'at+jwt', alg: 'ES256' },
      ),
      'type of a logout token': await retyped('logout+jwt'),
      'type of a JWT': await retyped('JWT'),
      'type of a login token': await retyped('login+jwt'),
    }
    expect((await town.ask('/notes', { token: made.access_token })).status).toBe(200)
    for (const [what, token] of Object.entries(refused)) {
      expect([what, (await town.ask('/notes', { token })).status]).toEqual([what, 401])
      if (what !== 'login token')
        expect([what, (await town.ask('/protected/resource', { token })).status]).toEqual([what, 401])
    }
  })
})

describe('the login token of POST /login', () => {
  it('opens /protected/resource, and no route of the file', async () => {
    const token = await town.loginToken(ana)
    const { status, json } = await town.ask('/protected/resource', { token })
    expect([status, json['caller']]).toEqual([
      200,
      { user: ana.publicId, username: 'ana-of-notes', client: null, scope: null },
    ])
    for (const path of ['/notes', '/open', '/other', '/fresh', '/strong']) {
      expect([path, (await town.ask(path, { token })).status]).toEqual([path, 401])
    }
  })

  it('nor a proxy’s question about anything (security §10.18)', async () => {
    const headers = { 'x-forwarded-method': 'GET', 'x-forwarded-host': 'any.example', 'x-forwarded-uri': '/' }
    expect((await town.ask('/gateway/auth', { headers, token: await town.loginToken(ana) })).status).toBe(401)
    const { access_token: token } = await town.tokens(ana, app)
    const { status, headers: told } = await town.ask('/gateway/auth', { headers, token })
    expect([status, told['x-trivet-user'], told['x-trivet-client']]).toEqual([200, ana.publicId, app.id])
  })
})

describe('where a token stands', () => {
  it('in the header once; in the query it is refused, also beside the header (RFC 9700 §4.3.2)', async () => {
    const { access_token: token } = await town.tokens(ana, app)
    const statuses = [
      (await town.ask(`/open?access_token=${token}`)).status,
      (await town.ask(`/open?access_token=${token}`, { token })).status,
      (await town.ask(`/open?a=b&%61ccess_token=${token}`, { token })).status,
      (await town.ask('/open', { headers: { Authorization: [`Bearer ${token}`, 'Bearer other'] } })).status,
      (await town.ask('/open', { headers: { authorization: 'Bearer' } })).status,
      (await town.ask('/open', { headers: { authorization: `Bearer ${token} ${token}` } })).status,
      (await town.ask('/open', { headers: { authorization: `Basic ${token}` } })).status,
      (await town.ask('/open', { headers: { cookie: `access_token=${token}` } })).status,
      (await town.ask('/open', { headers: { authorization: `bEARER   ${token}` } })).status,
    ]
    expect(statuses).toEqual([400, 400, 400, 400, 400, 400, 401, 401, 200])
  })

  it('and never in the log', async () => {
    const { access_token: token } = await town.tokens(ana, app)
    for (const path of ['/open', '/other', `/open?access_token=${token}`]) await town.ask(path, { token })
    expect(town.logged()).not.toContain(token)
    expect(town.logged()).not.toContain(token.split('.')[2] ?? token)
  })
})
