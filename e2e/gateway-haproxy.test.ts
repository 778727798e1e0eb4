import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Client, createClient } from './harness/client.ts'
import { withDatabase } from './harness/database.ts'
import { type EchoService, startEchoService } from './harness/echo-service.ts'
import { registerPerson } from './harness/person.ts'
import { createSender } from './harness/plain-request.ts'
import { freePort, type Product, startProduct } from './harness/product.ts'
import { runProgram } from './harness/program.ts'
import { isMissing, type RunningProxy, startShipped } from './harness/proxies.ts'
import { registerApp, type TestApp, tokensFor } from './harness/tokens.ts'

const API = 'https://notes.example/api'
const STAGES = ['previous', 'signing', 'next'] as const
const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const decoded = (part = '') => JSON.parse(Buffer.from(part, 'base64url').toString())

describe.skipIf(isMissing('haproxy'))('HAProxy with the shipped configuration verifies tokens by itself', () => {
  let directory = ''
  let product: Product
  let service: EchoService
  let proxy: RunningProxy
  let wire: ReturnType<typeof createSender>
  let client: Client
  let login = ''
  let app: TestApp
  let good = ''
  let seen = 0

  const trivet = (...words: string[]) => runProgram(words, { directory: product.directory, environment: {} })
  const token = async (scope = 'notes:read', resource = API) =>
    (await tokensFor(client, login, app, { scope, resource })).access_token
  const call = (bearer: string, more: { method?: string; headers?: string[] } = {}) =>
    wire.send({ path: '/notes', ...more, headers: ['authorization', `Bearer ${bearer}`, ...(more.headers ?? [])] })
  /** Another token in the place of ours, by whatever key. */
  function forged(changes: { header?: object; claims?: object }, key: KeyObject): string {
    const [header, claims] = good.split('.')
    const input = `${encoded({ ...decoded(header), ...changes.header })}.${encoded({ ...decoded(claims), ...changes.claims })}`
    return `${input}.${sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
  }

  async function startHaproxy(): Promise<RunningProxy> {
    const port = await freePort()
    for (const stage of STAGES) {
      await writeFile(join(directory, `${stage}.pem`), await trivet('keys', 'export', '--stage', stage))
    }
    const files = STAGES.map((stage) => [`/etc/haproxy/trivet-${stage}.pem`, join(directory, `${stage}.pem`)])
    return startShipped('haproxy', {
      port,
      changes: {
        ...Object.fromEntries(files),
        'http://localhost:3000': product.url,
        'https://api.example/notes': API,
        '127.0.0.1:8000': `127.0.0.1:${port}`,
        '127.0.0.1:8080': `127.0.0.1:${service.port}`,
      },
    })
  }

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'trivet-haproxy-'))
    service = await startEchoService()
    product = await startProduct({ environment: { TRIVET_RESOURCES: API } })
    client = createClient(product.url)
    login = await registerPerson(client, 'ana')
    app = await registerApp(client, login, { scope: 'openid notes:read notes:write notes:readers' })
    good = await token()
    proxy = await startHaproxy()
    wire = createSender(proxy.port, 'notes.example')
  })
  afterAll(async () => {
    await proxy?.stop()
    await product?.stop()
    await service?.close()
    await rm(directory, { recursive: true, force: true })
  })
  beforeEach(() => {
    seen = service.arrived.length
  })

  const arrivedNow = () => service.arrived.slice(seen)
  function got(header: string): readonly string[] {
    const raw = arrivedNow()[0]?.rawHeaders ?? []
    return raw.flatMap((name, at) => (at % 2 === 0 && name.toLowerCase() === header ? [raw[at + 1] ?? ''] : []))
  }

  test('a token of ours opens, and the service learns whose it is and not the token', async () => {
    expect((await call(good, { headers: ['DPoP', 'a.b.c'] })).status).toBe(200)
    const facts = ['user', 'client', 'scope', 'issuer'].map((fact) => got(`x-trivet-${fact}`))
    const { sub } = decoded(good.split('.')[1])
    expect(facts).toEqual([[sub], [app.client_id], ['notes:read'], [product.url]])
    expect(JSON.stringify(arrivedNow())).not.toMatch(/authorization|dpop/i)
  })

  test('the token of an app by itself names no user', async () => {
    const { client_id, client_secret } = app
    const fields = { grant_type: 'client_credentials', scope: 'notes:read', resource: API, client_id, client_secret }
    const { access_token } = JSON.parse((await client.postForm('/token', fields)).text)
    expect((await call(access_token, { headers: ['x-trivet-user', 'spoofed'] })).status).toBe(200)
    expect([got('x-trivet-user'), got('x-trivet-client')]).toEqual([[], [client_id]])
  })

  test('without a token: 401 with a challenge that tells of no error (RFC 6750 §3.1)', async () => {
    for (const headers of [[], ['authorization', 'Basic YTpi'], ['authorization', 'Bearer']]) {
      const answer = await wire.send({ path: '/notes', headers })
      expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Bearer realm="trivet"'])
    }
    expect(arrivedNow()).toEqual([])
  })

  test('every kind of wrong token is 401 invalid_token (RFC 9068 §4, RFC 8725)', async () => {
    const { id_token } = await tokensFor(client, login, app, { scope: 'openid', resource: API })
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const pem = await trivet('keys', 'export')
    const [header, claims, signature] = good.split('.')
    const symmetric = `${encoded({ ...decoded(header), alg: 'HS256' })}.${claims}`
    const unsigned = (alg: string) => `${encoded({ ...decoded(header), alg })}.${claims}`
    const wrong = {
      'for another audience': await token('openid', product.url),
      'an ID token': id_token,
      'the login token': login,
      'signed by somebody else': forged({}, privateKey),
      'changed after it was signed': `${header}.${encoded({ ...decoded(claims), scope: 'notes:write' })}.${signature}`,
      'without a signature': `${header}.${claims}.`,
      'with a signature of zeros': `${header}.${claims}.${Buffer.alloc(64).toString('base64url')}`,
      'alg none': `${unsigned('none')}.`,
      'alg nOnE': `${unsigned('nOnE')}.${signature}`,
      'alg RS256': `${unsigned('RS256')}.${signature}`,
      'the public key as a secret': `${symmetric}.${createHmac('sha256', pem.trim()).update(symmetric).digest('base64url')}`,
      'two parts': `${header}.${claims}`,
      garbage: 'a.b.c',
    }
    const answers = await Promise.all(
      Object.entries(wrong).map(async ([what, bearer]) => {
        const { status, headers } = await call(bearer)
        return [what, status, headers['www-authenticate']]
      }),
    )
    const refused = 'Bearer realm="trivet", error="invalid_token"'
    expect(answers).toEqual(Object.keys(wrong).map((what) => [what, 401, refused]))
    expect(arrivedNow()).toEqual([])
  })

  test.each<[string, { header?: object; claims?: object }]>([
    ['the type of another token', { header: { typ: 'JWT' } }],
    ['another issuer', { claims: { iss: 'http://localhost:1' } }],
    ['an end that is past', { claims: { exp: Math.floor(Date.now() / 1000) - 1 } }],
    ['no end', { claims: { exp: undefined } }],
    ['several audiences', { claims: { aud: [API, 'https://other.example'] } }],
    ['the audience as a part of a longer one', { claims: { aud: `${API}/more` } }],
    ['a key that it is bound to (RFC 9449 §6.1)', { claims: { cnf: { jkt: 'x' } } }],
  ])('%s is refused, also where the signature is right', async (_what, changes) => {
    // By a key that HAProxy takes for ours: all that is wrong is in the claims.
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const other = await withKey(String(publicKey.export({ type: 'spki', format: 'pem' })))
    try {
      const send = async (bearer: string) =>
        (await createSender(other.port, 'x').send({ path: '/', headers: ['authorization', `Bearer ${bearer}`] })).status
      expect(await send(forged({}, privateKey))).toBe(200)
      expect(await send(forged(changes, privateKey))).toBe(401)
    } finally {
      await other.stop()
    }
  })

  async function withKey(pem: string): Promise<RunningProxy> {
    const port = await freePort()
    const file = join(directory, 'other.pem')
    await writeFile(file, pem)
    return startShipped('haproxy', {
      port,
      changes: {
        ...Object.fromEntries(STAGES.map((stage) => [`/etc/haproxy/trivet-${stage}.pem`, file])),
        'http://localhost:3000': product.url,
        'https://api.example/notes': API,
        '127.0.0.1:8000': `127.0.0.1:${port}`,
        '127.0.0.1:8080': `127.0.0.1:${service.port}`,
      },
    })
  }

  test('a scope that is missing: 403, and which; a longer name is another scope', async () => {
    const post = await call(good, { method: 'POST' })
    expect([post.status, post.headers['www-authenticate']]).toEqual([
      403,
      'Bearer realm="trivet", error="insufficient_scope", scope="notes:write"',
    ])
    expect((await call(await token('notes:readers'))).status).toBe(403)
    expect((await call(await token('notes:readers notes:read'))).status).toBe(200)
    expect((await call(await token('notes:write'), { method: 'POST' })).status).toBe(200)
    expect(arrivedNow().map(({ method }) => method)).toEqual(['GET', 'POST'])
  })

  test.each(['X-Trivet-User', 'x-trivet-user', 'X_Trivet_User', 'X-Trivet_User', 'X.Trivet.User', 'X-Trivet-Username'])(
    'what the caller says as %s never arrives (security R5, §9.6, §9.7)',
    async (name) => {
      const headers = [name, 'spoofed', name, 'spoofed again', 'connection', `${name}, x-trivet-user`]
      expect((await call(good, { headers })).status).toBe(200)
      expect(JSON.stringify(arrivedNow())).not.toContain('spoofed')
      expect(got('x-trivet-user')).toEqual([decoded(good.split('.')[1]).sub])
    },
  )

  test('two Authorization headers are refused: one would be verified, and the other perhaps used', async () => {
    expect((await call(good, { headers: ['authorization', 'Bearer a.b.c'] })).status).toBe(400)
    expect((await call('a.b.c', { headers: ['authorization', `Bearer ${good}`] })).status).toBe(400)
    expect(arrivedNow()).toEqual([])
  })

  test('what it cannot know: a token that was revoked opens until it ends', async () => {
    const bearer = await token()
    const { client_id, client_secret } = app
    expect((await client.postForm('/revoke', { token: bearer, client_id, client_secret })).status).toBe(200)
    const isActive = async () => {
      const { text } = await client.postForm('/introspect', { token: bearer, client_id, client_secret })
      return JSON.parse(text).active
    }
    await expect.poll(isActive, { timeout: 5000 }).toBe(false)
    expect((await call(bearer)).status).toBe(200)
  })

  test('a rotation is no outage: keys exported beforehand open the tokens of both (security §9.24)', async () => {
    const { key } = JSON.parse(await trivet('keys', 'rotate', 'ES256', '--json'))
    const later = await startHaproxy()
    try {
      // As when the hour between publishing and signing is over.
      await withDatabase(product, async (database) => {
        await database.query('update trivet.signing_key set signs_from = now() where kid = $1', [key.kid])
        await database.query("select pg_notify('trivet_signing_key', '')")
      })
      await expect.poll(async () => decoded((await token()).split('.')[0]).kid, { timeout: 10_000 }).toBe(key.kid)
      wire = createSender(later.port, 'notes.example')
      expect([(await call(good)).status, (await call(await token())).status]).toEqual([200, 200])
    } finally {
      wire = createSender(proxy.port, 'notes.example')
      await later.stop()
    }
    expect((await call(await token())).status).toBe(401)
  })
})
