import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPeers } from '#http'
import { createRig, type Rig } from '../testing/rig.fixture.ts'

const FILE = `
gateway:
  routes:
    - {path: /, host: app.example, methods: [GET, POST], access: public}
    - {path: /private, host: app.example, scopes: notes:read}
    - {path: /limited, host: app.example, access: public, rate_limit: {requests: 2, seconds: 600}}
`
let rig: Rig
let far: Rig
let bare: Rig
beforeAll(async () => {
  rig = await createRig({ file: FILE })
  bare = await createRig({ file: undefined })
  far = await createRig({ file: FILE, deps: { peers: createPeers(['10.0.0.0/8']) } })
})
afterAll(async () => {
  await rig.close()
  await far.close()
  await bare.close()
})

const FORWARDED = { 'x-forwarded-method': 'GET', 'x-forwarded-host': 'app.example', 'x-forwarded-uri': '/a?b=c' }
const ORIGINAL = { 'x-original-method': 'GET', 'x-original-host': 'app.example', 'x-original-uri': '/a?b=c' }

async function ask(
  headers: Record<string, string | string[]>,
  query = '',
  options: { method?: string; at?: Rig } = {},
) {
  const { method = 'GET', at = rig } = options
  const request = httpRequest({ host: '127.0.0.1', port: at.port, path: `/gateway/auth${query}`, method, headers })
  const [response] = (await once(request.end(), 'response')) as [IncomingMessage]
  let body = ''
  for await (const chunk of response) body += chunk
  return { status: response.statusCode, headers: response.headers, body }
}

describe('a rate limit of a route that another proxy forwards', () => {
  const from = (address: string) => ({ ...FORWARDED, 'x-forwarded-uri': '/limited', 'x-forwarded-for': address })

  it('is kept by address, as the proxy says it: 429 with Retry-After for proxies that hand it on', async () => {
    for (const expected of [200, 200, 429, 429]) expect((await ask(from('192.0.2.1'))).status).toBe(expected)
    const { headers, body } = await ask(from('192.0.2.1'))
    expect(Number(headers['retry-after'])).toBeGreaterThan(500)
    expect(JSON.parse(body).code).toBe('route_too_many_requests')
    expect((await ask(from('192.0.2.2'))).status).toBe(200)
  })

  it.each(['nginx', 'haproxy'])('is 403 with Retry-After for %s, which knows no other word', async (proxy) => {
    const headers = { ...ORIGINAL, 'x-original-uri': '/limited', 'x-forwarded-for': `192.0.2.${proxy.length + 10}` }
    for (const expected of [200, 200, 403]) expect((await ask(headers, `?proxy=${proxy}`)).status).toBe(expected)
    expect((await ask(headers, `?proxy=${proxy}`)).headers['retry-after']).toMatch(/^\d+$/)
    expect((await ask({ ...ORIGINAL, 'x-original-uri': '/private' }, `?proxy=${proxy}`)).headers).not.toHaveProperty(
      'retry-after',
    )
  })
})

describe('GET /gateway/auth (security §10.18)', () => {
  it('says yes with every header of identity, empty where nobody had to say who they are', async () => {
    const { status, headers, body } = await ask(FORWARDED)
    expect([status, body]).toEqual([200, ''])
    for (const name of ['user', 'username', 'client', 'scope', 'issuer', 'identity'])
      expect(headers[`x-trivet-${name}`]).toBe('')
  })

  it.each([
    ['', FORWARDED],
    ['?proxy=nginx', ORIGINAL],
    ['?proxy=haproxy', ORIGINAL],
  ])('knows what %s sends', async (query, headers) => expect((await ask(headers, query)).status).toBe(200))

  it('a route behind it asks for its token, with its scopes and its metadata', async () => {
    const { status, headers } = await ask({
      ...FORWARDED,
      'x-forwarded-uri': '/private/x',
      'x-forwarded-proto': 'https',
    })
    expect(status).toBe(401)
    expect(headers['www-authenticate']).toBe(
      'Bearer realm="trivet", scope="notes:read", resource_metadata="https://app.example/.well-known/oauth-protected-resource/private"',
    )
  })

  it('where no trivet.yaml ever was, everything needs a token of this server', async () => {
    const { status, headers } = await ask(FORWARDED, '', { at: bare })
    expect([status, headers['www-authenticate']]).toEqual([
      401,
      `Bearer realm="trivet", resource_metadata="${bare.publicUrl}/.well-known/oauth-protected-resource/protected/resource"`,
    ])
  })

  it('a file that cannot be used opens nothing: 503 for all that no route in force names, also after a restart', async () => {
    const broken = await createRig({ file: FILE.replace('public', 'pubic') })
    const empty = await createRig({ file: '' })
    const token = { authorization: 'Bearer a.b.c' }
    const answer = await ask({ ...FORWARDED, ...token }, '', { at: broken })
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([503, 'route_file_unusable'])
    expect((await ask({ ...FORWARDED, ...token }, '', { at: empty })).status).toBe(403)
    await broken.close()
    await empty.close()
  })

  it('a file that is emptied takes no rule away', async () => {
    const emptied = await createRig({ file: FILE })
    await emptied.rewrite('')
    await expect.poll(() => emptied.gateway.problems(), { timeout: 5000 }).toHaveLength(1)
    expect((await ask({ ...FORWARDED, 'x-forwarded-uri': '/private' }, '', { at: emptied })).status).toBe(401)
    expect((await ask({ ...FORWARDED, 'x-forwarded-host': 'x.example' }, '', { at: emptied })).status).toBe(503)
    await emptied.close()
  })

  it.each(['other.example', 'app.example:8443', 'app.example:80', 'app.example.', 'APP.example:1'])(
    'with one, whoever may say the host gets by with nothing that none names: %s',
    async (host) => {
      const headers = { ...FORWARDED, 'x-forwarded-uri': '/private', 'x-forwarded-host': host }
      expect((await ask({ ...headers, 'x-forwarded-proto': 'https' })).status).toBe(403)
    },
  )

  it.each([
    ['https', 'app.example:443'],
    ['http', 'app.example:80'],
    ['https', 'App.Example'],
  ])('by %s, %s is the same host (RFC 9110 §4.2.3)', async (protocol, host) => {
    const headers = { ...FORWARDED, 'x-forwarded-uri': '/private', 'x-forwarded-host': host }
    expect((await ask({ ...headers, 'x-forwarded-proto': protocol })).status).toBe(401)
  })

  it('a question with an Upgrade in it is answered as any other (Caddy and WebSockets)', async () => {
    const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' }
    expect((await ask({ ...FORWARDED, ...upgrade })).status).toBe(200)
    expect((await ask({ ...FORWARDED, ...upgrade, 'x-forwarded-uri': '/private' })).status).toBe(401)
  })

  it('a method that the route does not take is refused; nginx knows 401 and 403 only', async () => {
    expect((await ask({ ...FORWARDED, 'x-forwarded-method': 'DELETE' })).status).toBe(403)
  })

  it.each<[string, Record<string, string | string[]>, string]>([
    ['nothing said', {}, ''],
    ['no method', { ...FORWARDED, 'x-forwarded-method': [] }, ''],
    ['no address', { ...FORWARDED, 'x-forwarded-uri': [] }, ''],
    ['no host', { ...FORWARDED, 'x-forwarded-host': [] }, ''],
    ['two addresses (oauth2-proxy CVE-2026-40575)', { ...FORWARDED, 'x-forwarded-uri': ['/a', '/private'] }, ''],
    ['two methods', { ...FORWARDED, 'x-forwarded-method': ['GET', 'POST'] }, ''],
    ['the family of another proxy', ORIGINAL, ''],
    ['Caddy’s family, where nginx is said', FORWARDED, '?proxy=nginx'],
    ['a proxy that nobody knows', FORWARDED, '?proxy=evil'],
    ['dots', { ...FORWARDED, 'x-forwarded-uri': '/a/../private' }, ''],
    ['encoded dots', { ...FORWARDED, 'x-forwarded-uri': '/a/%2e%2e/private' }, ''],
    ['an encoded slash', { ...FORWARDED, 'x-forwarded-uri': '/a%2fprivate' }, ''],
    ['two slashes', { ...FORWARDED, 'x-forwarded-uri': '//private' }, ''],
    ['path parameters', { ...FORWARDED, 'x-forwarded-uri': '/private;x' }, ''],
    ['a fragment (GHSA-pxq7-h93f-9jrg)', { ...FORWARDED, 'x-forwarded-uri': '/private#/a' }, ''],
    ['a whole URL', { ...FORWARDED, 'x-forwarded-uri': 'http://app.example/private' }, ''],
    ['a method in small letters', { ...FORWARDED, 'x-forwarded-method': 'get' }, ''],
    ['two hosts in one', { ...FORWARDED, 'x-forwarded-host': 'app.example, other.example' }, ''],
  ])('%s: 403', async (_what, headers, query) => expect((await ask(headers, query)).status).toBe(403))

  it('what other families say changes nothing (oauth2-proxy CVE-2026-40575)', async () => {
    const spoofed = { ...FORWARDED, 'x-forwarded-uri': '/private', 'x-original-uri': '/a', 'x-rewrite-url': '/a' }
    expect((await ask(spoofed)).status).toBe(401)
  })

  it('no header says that a health check needs no token (oauth2-proxy GHSA-5hvv-m4w4-gf6v)', async () => {
    const headers = { ...FORWARDED, 'x-forwarded-uri': '/private', 'user-agent': 'GoogleHC/1.0' }
    expect((await ask(headers)).status).toBe(401)
  })

  it('only a trusted proxy may ask, whatever it says of itself', async () => {
    const headers = { ...FORWARDED, 'x-forwarded-for': '10.0.0.1', 'x-real-ip': '10.0.0.1' }
    expect((await ask(headers, '', { at: far })).status).toBe(403)
    // The code is that of a token that does not allow something: the reason tells them apart.
    expect(far.lines()).toContainEqual(
      expect.objectContaining({
        code: 'route_forbidden',
        reason: 'Only a trusted proxy may ask here: see TRIVET_TRUSTED_PROXIES.',
      }),
    )
  })

  it('takes GET and HEAD, nothing that could carry a body', async () => {
    expect((await ask(FORWARDED, '', { method: 'HEAD' })).status).toBe(200)
    expect((await ask(FORWARDED, '', { method: 'POST' })).status).toBe(403)
  })
})

it('a route that another proxy forwards leads nowhere here', async () => {
  const request = httpRequest({ host: '127.0.0.1', port: rig.port, path: '/', headers: { host: 'app.example' } })
  const [response] = (await once(request.end(), 'response')) as [IncomingMessage]
  expect(response.resume().statusCode).toBe(404)
})

describe('RFC 9728 §3: metadata of a route on another host', () => {
  const get = (path: string, host: string, method = 'GET') => fetchRaw({ path, host, method })

  it('are at the host of the route, where its challenge says', async () => {
    const { status, headers, body } = await get('/.well-known/oauth-protected-resource/private', 'app.example')
    expect([status, headers['access-control-allow-origin']]).toEqual([200, '*'])
    expect(JSON.parse(body)).toMatchObject({
      resource: 'http://app.example/private',
      authorization_servers: [rig.publicUrl],
      scopes_supported: ['notes:read'],
    })
  })

  it.each([
    ['GET', '/.well-known/oauth-protected-resource', 404],
    ['GET', '/.well-known/oauth-protected-resource/open', 404],
    ['GET', '/.well-known/oauth-protected-resources', 404],
    ['POST', '/.well-known/oauth-protected-resource/private', 405],
  ])('%s %s: %i', async (method, path, status) => {
    expect((await get(path, 'app.example', method)).status).toBe(status)
  })

  it('a host without routes has none', async () => {
    expect((await get('/.well-known/oauth-protected-resource/private', 'other.example')).body).toBe('router')
  })
})

async function fetchRaw({ host, ...options }: { host: string; path: string; method: string }) {
  const request = httpRequest({ ...options, host: '127.0.0.1', port: rig.port, headers: { host } })
  const [response] = (await once(request.end(), 'response')) as [IncomingMessage]
  let body = ''
  for await (const chunk of response) body += chunk
  return { status: response.statusCode, headers: response.headers, body }
}
