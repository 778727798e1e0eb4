import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { type JWTPayload, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createOutbound, type Outbound } from '#outbound'
import { createRig, createUpstream, type Rig } from '../testing/rig.fixture.ts'

type Key = { readonly kid: string; readonly alg: string; readonly privateKey: KeyObject; readonly jwk: object }
type Headers = Readonly<Record<string, string>>

function makeKey(alg: 'ES256' | 'RS256', kid: string): Key {
  const { privateKey, publicKey } =
    alg === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 })
  return { kid, alg, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig' } }
}

const ISSUER = 'https://login.partner.example/realm'
const OTHER = 'https://other.example'
const AUDIENCE = 'https://api.example/notes'
const first = makeKey('ES256', 'k1')
const rsa = makeKey('RS256', 'rsa')
/** Of another server, under the very same name. */
const twin = makeKey('ES256', 'k1')
const next = makeKey('ES256', 'k2')
let published: Record<string, Key[]>
let asked: string[] = []
let rig: Rig
let outbound: Outbound
let upstream: Awaited<ReturnType<typeof createUpstream>>
let keys: Awaited<ReturnType<typeof createUpstream>>
beforeAll(async () => {
  published = { '/partner': [first, rsa], '/other': [twin], '/late': [first], '/typed': [first] }
  keys = await createUpstream((request, response) => {
    asked.push(request.url ?? '')
    const set = published[request.url ?? '']
    response.writeHead(set ? 200 : 404, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ keys: set?.map(({ jwk }) => jwk) }))
  })
  upstream = await createUpstream(({ headers }, response) => void response.end(JSON.stringify(headers)))
  outbound = createOutbound({ allow: [`127.0.0.1:${keys.port}`], userAgent: 'trivet-test' })
  const trust = (issuer: string, path: string, more = '') =>
    `{ issuer: "${issuer}", jwks_uri: "${keys.origin}${path}", audience: "${AUDIENCE}"${more} }`
  rig = await createRig({
    file: `
gateway:
  routes:
    - { path: /notes, upstream: "${upstream.origin}", scopes: { GET: notes:read, POST: notes:write },
        issuers: [${trust(ISSUER, '/partner')}, ${trust(OTHER, '/other')}] }
    - { path: /typed, upstream: "${upstream.origin}", issuers: [${trust(ISSUER, '/typed', ', typ: at+jwt')}] }
    - { path: /late, upstream: "${upstream.origin}", issuers: [${trust(ISSUER, '/late')}] }
    - { path: /down, upstream: "${upstream.origin}", issuers: [${trust(ISSUER, '/down')}] }
    - { path: /rsa, upstream: "${upstream.origin}", issuers: [${trust(ISSUER, '/partner', ', algorithms: [RS256]')}] }
    - { path: /odd, upstream: "${upstream.origin}", issuers: [${trust(ISSUER, '/odd')}] }
    - { path: /people, upstream: "${upstream.origin}", client_credentials: none, issuers: [${trust(ISSUER, '/partner')}] }
    - { path: /twice, upstream: "${upstream.origin}", issuers: [${trust(ISSUER, '/typed').replace(AUDIENCE, 'https://first.example')}, ${trust(ISSUER, '/partner')}] }
    - { path: /fresh, upstream: "${upstream.origin}", max_age: 60, issuers: [${trust(ISSUER, '/partner')}] }
    - { path: /ours, upstream: "${upstream.origin}" }
    - { path: /counted, upstream: "${upstream.origin}", rate_limit: { requests: 1, seconds: 60, per: user },
        issuers: [${trust(ISSUER, '/partner')}, ${trust(OTHER, '/other')}] }
`,
    deps: { outbound },
  })
  expect(rig.gateway.problems()).toEqual([])
})
afterAll(async () => {
  await rig.close()
  await outbound.close()
  await Promise.all([keys.close(), upstream.close()])
})

const now = () => Math.floor(Date.now() / 1000)
const claims = (change: Record<string, unknown> = {}): JWTPayload => ({
  ...{ iss: ISSUER, aud: AUDIENCE, sub: 'u_1', client_id: 'c_1', scope: 'notes:read other' },
  ...{ iat: now(), exp: now() + 300 },
  ...change,
})
const sign = (payload: JWTPayload, header: Record<string, unknown> = {}, key = first) =>
  new SignJWT(payload).setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'at+jwt', ...header }).sign(key.privateKey)

async function ask(path: string, token: string, method = 'GET') {
  const headers = { host: `localhost:${rig.port}`, authorization: `Bearer ${token}` }
  const request = httpRequest({ host: '127.0.0.1', port: rig.port, path, method, headers, agent: false })
  const [response] = (await once(request.end(), 'response')) as [IncomingMessage]
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) text += chunk
  const { 'www-authenticate': challenge = '', 'retry-after': retryAfter } = response.headers
  return { status: response.statusCode, challenge, retryAfter, text }
}
const statusOf = async (path: string, token: string) => (await ask(path, token)).status
const seen = async (token: string): Promise<Headers> => JSON.parse((await ask('/notes', token)).text)

describe('tokens of another issuer (security §10.20)', () => {
  it('opens a route that trusts it, and the upstream is told whose people they are', async () => {
    expect(await seen(await sign(claims()))).toMatchObject({
      'x-trivet-user': `${ISSUER}#u_1`,
      'x-trivet-username': '',
      'x-trivet-issuer': ISSUER,
      'x-trivet-client': 'c_1',
      'x-trivet-scope': 'notes:read other',
    })
  })

  it('no sub of theirs is ever one of ours, nor of another server (ASVS 5.0, 10.3.3)', async () => {
    const theirs = await seen(await sign(claims({ sub: 'u_admin' })))
    const others = await seen(await sign(claims({ sub: 'u_admin', iss: OTHER }), {}, twin))
    expect(theirs['x-trivet-user']).toBe(`${ISSUER}#u_admin`)
    expect(others['x-trivet-user']).toBe(`${OTHER}#u_admin`)
    const odd = await seen(await sign(claims({ sub: 'a\r\nx-trivet-user: u_admin ü#' })))
    expect(odd['x-trivet-user']).toBe(`${ISSUER}#a%0D%0Ax-trivet-user%3A%20u_admin%20%C3%BC%23`)
  })

  it('scopes of theirs are looked at as ours are, as scope or scp, text or list', async () => {
    const refused = await ask('/notes', await sign(claims()), 'POST')
    expect(refused.status).toBe(403)
    expect(refused.challenge).toContain('error="insufficient_scope"')
    expect(await statusOf('/notes', await sign(claims({ scope: undefined })))).toBe(403)
    for (const scp of ['notes:read', ['notes:read']]) {
      expect(await statusOf('/notes', await sign(claims({ scope: undefined, scp })))).toBe(200)
    }
    const tricks = await seen(await sign(claims({ scope: ['notes:read', 'a b', 'x\ny', 1] })))
    expect(tricks['x-trivet-scope']).toBe('notes:read')
  })

  it('a client that asks for itself is no user (RFC 9068 §2.2)', async () => {
    const headers = await seen(await sign(claims({ sub: 'c_1' })))
    expect([headers['x-trivet-user'], headers['x-trivet-client']]).toEqual(['', 'c_1'])
  })

  it.each<[string, Record<string, unknown>]>([
    ['Auth0, by gty', { sub: 'someone', gty: 'client-credentials' }],
    ['Auth0, by its sub', { sub: 'abc@clients', azp: 'abc', client_id: undefined }],
    ['Keycloak', { azp: 'svc', client_id: undefined, preferred_username: 'service-account-svc' }],
    ['Microsoft, by idtyp', { appid: 'a1', client_id: undefined, idtyp: 'app' }],
    ['Microsoft, by oid', { appid: 'a1', client_id: undefined, oid: 'u_1' }],
    ['Okta', { sub: 'c_2', cid: 'c_2', client_id: undefined }],
    ['whoever names neither a client nor a sign-in', { client_id: undefined }],
  ])('client_credentials: none keeps out what a client got for itself: %s', async (_whose, change) => {
    const token = await sign(claims(change))
    expect(await statusOf('/people', token)).toBe(403)
    expect(await statusOf('/notes', token)).toBe(200)
  })

  it('and lets people in, by whatever client', async () => {
    for (const change of [
      {},
      { client_id: undefined, azp: 'web', preferred_username: 'ada' },
      { client_id: undefined, appid: 'a1', oid: 'o_1' },
      { client_id: undefined, sid: 's' },
    ]) {
      expect(await statusOf('/people', await sign(claims(change)))).toBe(200)
    }
  })

  it('an access token of Keycloak before 25 has a nonce, and says what it is', async () => {
    expect(await statusOf('/notes', await sign(claims({ nonce: 'n', typ: 'Bearer' })))).toBe(200)
    expect(await statusOf('/notes', await sign(claims({ at_hash: 'x', typ: 'Bearer' })))).toBe(401)
  })

  it('one issuer for two audiences: each entry counts', async () => {
    expect(await statusOf('/twice', await sign(claims()))).toBe(200)
    expect(await statusOf('/twice', await sign(claims({ aud: 'https://first.example' })))).toBe(200)
    expect(await statusOf('/twice', await sign(claims({ aud: 'https://second.example' })))).toBe(401)
  })

  it('a sign-in in the future is no recent one (milliseconds by mistake)', async () => {
    expect(await statusOf('/fresh', await sign(claims({ auth_time: now() - 30 })))).toBe(200)
    expect(await statusOf('/fresh', await sign(claims({ auth_time: now() + 30 })))).toBe(200)
    for (const auth_time of [now() * 1000, now() + 3600, now() - 90]) {
      expect(await statusOf('/fresh', await sign(claims({ auth_time })))).toBe(401)
    }
  })

  it('opens no route that trusts nobody else', async () => {
    expect(await statusOf('/ours', await sign(claims()))).toBe(401)
  })

  it.each([
    ['of another audience', claims({ aud: 'https://api.example/other' })],
    ['without audience', claims({ aud: undefined })],
    ['of an issuer that nobody trusts', claims({ iss: 'https://evil.example' })],
    ['of no issuer', claims({ iss: undefined })],
    ['that has ended', claims({ exp: now() - 1 })],
    ['without an end', claims({ exp: undefined })],
    ['that ends beyond all numbers', claims({ exp: 2 ** 60 })],
    ['from the future', claims({ nbf: now() + 3600 })],
    ['issued in the future', claims({ iat: now() + 3600 })],
    ['bound to a key (RFC 7800)', claims({ cnf: { jkt: 'x' } })],
    ['that is an ID token', claims({ at_hash: 'x' })],
    ['that is an ID token of the code flow, without at_hash', claims({ nonce: 'n' })],
    ['that is an ID token of a hybrid flow', claims({ c_hash: 'x' })],
    ['that is an ID token with the hash of a state', claims({ s_hash: 'x' })],
    ['that is an ID token of Keycloak', claims({ typ: 'ID' })],
    ['that is a refresh token of Keycloak', claims({ typ: 'Refresh' })],
    ['that ends a session (OpenID Connect Back-Channel Logout §2.4)', claims({ events: {} })],
    ['of nobody', claims({ sub: undefined })],
    ['of half a character', claims({ sub: 'a\ud800' })],
  ])('refuses one %s', async (_what, payload) => {
    expect(await statusOf('/notes', await sign(payload))).toBe(401)
  })

  it('one audience of several is enough (RFC 7519 §4.1.3)', async () => {
    expect(await statusOf('/notes', await sign(claims({ aud: ['https://x.example', AUDIENCE] })))).toBe(200)
  })

  it('exp as text, alg none, HS256 with the public key, and keys that the token brings along', async () => {
    const forge = (header: object, payload: object, secret = 'x') => {
      const input = [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
      return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
    }
    const header = { alg: 'HS256', kid: 'k1', typ: 'at+jwt' }
    for (const secret of [JSON.stringify(first.jwk), first.kid, '']) {
      expect(await statusOf('/notes', forge(header, claims(), secret || 'x'))).toBe(401)
    }
    expect(await statusOf('/notes', forge({ ...header, alg: 'none' }, claims()).replace(/\.[^.]*$/, '.'))).not.toBe(200)
    const text = await new SignJWT(claims({ exp: undefined, e: 1 }))
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .sign(first.privateKey)
    expect(await statusOf('/notes', text)).toBe(401)
    for (const extra of [{ jku: `${keys.origin}/other` }, { jwk: twin.jwk }, { x5u: keys.origin }]) {
      expect(await statusOf('/notes', await sign(claims(), extra, twin))).toBe(401)
      expect(await statusOf('/notes', await sign(claims(), extra))).toBe(401)
    }
  })

  it('keys are found by issuer and kid: the same kid of another issuer signs nothing here', async () => {
    expect(await statusOf('/notes', await sign(claims(), {}, twin))).toBe(401)
    expect(await statusOf('/notes', await sign(claims({ iss: OTHER }), {}, first))).toBe(401)
    expect(await statusOf('/notes', await sign(claims({ iss: OTHER }), {}, twin))).toBe(200)
  })

  it('takes the algorithms of the file only', async () => {
    expect(await statusOf('/rsa', await sign(claims(), {}, rsa))).toBe(200)
    expect(await statusOf('/rsa', await sign(claims()))).toBe(401)
  })

  it('typ: usual ones and none, unless the file names one (RFC 9068 §4)', async () => {
    const without = await new SignJWT(claims()).setProtectedHeader({ alg: 'ES256', kid: 'k1' }).sign(first.privateKey)
    for (const typ of ['JWT', 'application/at+jwt', 'AT+JWT']) {
      expect(await statusOf('/notes', await sign(claims(), { typ }))).toBe(200)
    }
    for (const typ of ['logout+jwt', 'dpop+jwt', 'trivet-identity+jwt', 1]) {
      expect(await statusOf('/notes', await sign(claims(), { typ }))).toBe(401)
    }
    expect(await statusOf('/notes', without)).toBe(200)
    expect(await statusOf('/typed', without)).toBe(401)
    expect(await statusOf('/typed', await sign(claims(), { typ: 'JWT' }))).toBe(401)
    expect(await statusOf('/typed', await sign(claims()))).toBe(200)
  })

  it('limits per user and client are of (issuer, id): one server cannot use up what another one’s people have', async () => {
    const [theirs, others] = [await sign(claims()), await sign(claims({ iss: OTHER }), {}, twin)]
    expect(await statusOf('/counted', theirs)).toBe(200)
    expect(await statusOf('/counted', theirs)).toBe(429)
    expect(await statusOf('/counted', others)).toBe(200)
  })
})

describe('keys of another issuer', () => {
  it('are asked for once, and again for one that is new, however many tokens name one that nobody has', async () => {
    asked = []
    for (let n = 0; n < 5; n += 1) expect(await statusOf('/late', await sign(claims()))).toBe(200)
    expect(asked).toEqual(['/late'])
    published['/late'] = [first, next]
    // Within the minute: nobody makes this server call another one for every token.
    expect(await statusOf('/late', await sign(claims(), {}, next))).toBe(401)
    expect(asked).toEqual(['/late'])
  })

  it('that cannot be had: 503 with Retry-After, and asked for again in seconds; a good token is thrown away by nobody', async () => {
    asked = []
    for (let n = 0; n < 3; n += 1) {
      const answer = await ask('/down', await sign(claims()))
      expect([answer.status, answer.retryAfter, answer.challenge]).toEqual([503, '5', ''])
      expect(JSON.parse(answer.text)).toMatchObject({ code: 'route_keys_missing' })
    }
    expect(asked).toEqual(['/down'])
    expect(rig.lines()).toContainEqual(
      expect.objectContaining({ level: 40, msg: 'Keys of another issuer could not be read' }),
    )
    published['/down'] = [first]
    const token = await sign(claims())
    await expect.poll(() => statusOf('/down', token), { timeout: 10_000, interval: 500 }).toBe(200)
  }, 15_000)

  it('one that does not fit is left out, and there may be dozens (RFC 7517 §5)', async () => {
    const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' })
    const odd = [
      { kty: 'oct', k: 'AAAA' },
      { ...small, kid: 'small' },
      { kty: 'EC', crv: 'P-256', x: 'x', y: 1 },
      'key',
    ]
    const many = Array.from({ length: 20 }, (_none, n) => ({ ...twin.jwk, kid: `other-${n}` }))
    published['/odd'] = [...odd, ...many, first.jwk].map((jwk) => ({ ...first, jwk: jwk as object }))
    expect(await statusOf('/odd', await sign(claims()))).toBe(200)
    expect(await statusOf('/odd', await sign(claims(), {}, twin))).toBe(401)
  })

  it('a token with our own issuer, or one that is no JWT, is not taken for one of theirs', async () => {
    for (const token of [await sign(claims({ iss: rig.publicUrl })), 'a.b.c', 'opaque', `${'x'.repeat(9000)}.y.z`]) {
      expect(await statusOf('/notes', token)).toBe(401)
    }
  })
})
