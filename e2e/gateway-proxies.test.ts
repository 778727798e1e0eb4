import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { read } from './docs/repository.ts'
import { createClient } from './harness/client.ts'
import { type EchoService, startEchoService } from './harness/echo-service.ts'
import { registerPerson } from './harness/person.ts'
import { createSender } from './harness/plain-request.ts'
import { freePort, type Product, startProduct } from './harness/product.ts'
import { changesOf, isMissing, type ProxyName, type RunningProxy, startShipped } from './harness/proxies.ts'
import { registerApp, type TestApp, tokensFor } from './harness/tokens.ts'

/** The shipped configurations of `deploy/forward-auth`, for real: proxy, product, and a service behind them. */
const ASKING = ['nginx', 'caddy', 'haproxy-asking'] as const
const SPOOFED = 'spoofed-by-the-caller'
const SPELLINGS = ['X-Trivet-User', 'x-trivet-user', 'X_Trivet_User', 'X-Trivet_User', 'x_trivet-user', 'X.Trivet.User']

const ports = new Map<ProxyName, number>()
let directory = ''
let product: Product
let service: EchoService
let app: TestApp
let subject = ''
const tokens = { plain: '', read: '', write: '' }

const hostOf = (name: ProxyName) => `app.localhost:${ports.get(name)}`
const bearer = (token: string) => ['authorization', `Bearer ${token}`]
/** The lines of the page, for the host of this proxy. */
const routesOf = (name: ProxyName) =>
  (/routes:\n([\s\S]*?) *```/.exec(read('docs/how-to/behind-your-proxy.md'))?.[1] ?? '').replaceAll(
    'app.localhost:8000',
    hostOf(name),
  )

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'trivet-proxies-'))
  for (const name of ASKING) ports.set(name, await freePort())
  // A host that everybody may go to: whoever could choose the host that is asked about would choose this one.
  const open = '       - {path: /, host: public.localhost, access: public}\n'
  const signed = (name: ProxyName) =>
    `       - {path: /signed, host: '${hostOf(name)}', scopes: notes:read, identity_headers: jwt}\n`
  const limited = (name: ProxyName) =>
    `       - {path: /limited, host: '${hostOf(name)}', access: public, rate_limit: {requests: 2, seconds: 600}}\n`
  const routes = ASKING.map((name) => routesOf(name) + signed(name) + limited(name)).join('')
  await writeFile(join(directory, 'trivet.yaml'), `gateway:\n     routes:\n${routes}${open}`)
  service = await startEchoService()
  product = await startProduct({ directory, environment: { TRIVET_TRUSTED_PROXIES: '127.0.0.1' } })
  const client = createClient(product.url)
  const login = await registerPerson(client, 'ana')
  app = await registerApp(client, login, { scope: 'openid notes:read notes:write' })
  for (const [name, scope] of Object.entries({ plain: 'openid', read: 'notes:read', write: 'notes:write' })) {
    const { access_token } = await tokensFor(client, login, app, { scope })
    Object.assign(tokens, { [name]: access_token })
  }
  subject = JSON.parse(Buffer.from(tokens.read.split('.')[1] ?? '', 'base64url').toString()).sub
})

afterAll(async () => {
  await product?.stop()
  await service?.close()
  await rm(directory, { recursive: true, force: true })
})

const changesFor = (name: (typeof ASKING)[number], at: { port: number; host: string; product: string }) =>
  changesOf(name, { ...at, service: service.port })

describe.each(ASKING)('%s with the shipped configuration', (name) => {
  describe.skipIf(isMissing(name))('', () => {
    let proxy: RunningProxy
    let wire: ReturnType<typeof createSender>
    let seen = 0

    beforeAll(async () => {
      const port = ports.get(name) ?? 0
      proxy = await startShipped(name, {
        port,
        changes: changesFor(name, { port, host: hostOf(name), product: product.url }),
      })
      wire = createSender(port, hostOf(name))
    })
    afterAll(() => proxy?.stop())
    beforeEach(() => {
      seen = service.arrived.length
    })

    const arrivedNow = () => service.arrived.slice(seen)
    const headersOf = (raw: readonly string[], wanted: string) =>
      raw.flatMap((header, at) => (at % 2 === 0 && header.toLowerCase() === wanted ? [raw[at + 1] ?? ''] : []))
    /** The one request that reached the service, by header. */
    function got(header: string): readonly string[] {
      const [only, ...more] = arrivedNow()
      expect(more).toEqual([])
      return headersOf(only?.rawHeaders ?? [], header)
    }

    test('without a token: 401, with Trivet’s challenge, and metadata where it says (RFC 6750 §3, RFC 9728 §5.1)', async () => {
      const { status, headers } = await wire.send({ path: '/notes/1' })
      const metadata = `/.well-known/oauth-protected-resource/notes`
      expect([status, headers['www-authenticate']]).toEqual([
        401,
        `Bearer realm="trivet", scope="notes:read", resource_metadata="http://${hostOf(name)}${metadata}"`,
      ])
      const described = await wire.send({ path: metadata })
      expect(described.status).toBe(200)
      expect(JSON.parse(described.text)).toMatchObject({
        authorization_servers: [product.url],
        scopes_supported: ['notes:read', 'notes:write'],
      })
      expect(arrivedNow()).toEqual([])
    })

    test('with one: the service learns who calls, and gets neither token nor proof', async () => {
      const { status, headers } = await wire.send({
        path: '/notes/a%20b?x=1&y=%2F',
        headers: [...bearer(tokens.read), 'DPoP', 'a.b.c', 'accept-language', 'de'],
      })
      expect([status, headers['x-service']]).toEqual([200, 'echo'])
      expect(arrivedNow()[0]).toMatchObject({ method: 'GET', url: '/notes/a%20b?x=1&y=%2F' })
      const facts = ['user', 'username', 'client', 'scope', 'issuer'].map((fact) => got(`x-trivet-${fact}`))
      expect(facts).toEqual([[subject], ['ana'], [app.client_id], ['notes:read'], [product.url]])
      expect([got('accept-language'), got('authorization'), got('dpop')]).toEqual([['de'], [], []])
      expect(arrivedNow()[0]?.rawHeaders.join('\n')).not.toContain(tokens.read)
    })

    test('a rate limit of the route is kept: 429, and when to come again (RFC 6585 §4)', async () => {
      const answers = [await wire.send({ path: '/limited' }), await wire.send({ path: '/limited' })]
      expect(answers.map(({ status }) => status)).toEqual([200, 200])
      const { status, headers } = await wire.send({ path: '/limited' })
      expect(status).toBe(429)
      expect(Number(headers['retry-after'])).toBeGreaterThan(500)
      expect(arrivedNow()).toHaveLength(2)
    })

    test('identity as a JWT, where the route says so; none of the caller’s', async () => {
      const headers = ['x-trivet-identity', SPOOFED, ...bearer(tokens.read)]
      expect((await wire.send({ path: '/signed', headers })).status).toBe(200)
      expect(got('x-trivet-identity')).toEqual([expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/)])
      expect([got('x-trivet-user'), got('authorization')].flat().join('')).toBe('')
    })

    test.each(SPELLINGS)('what the caller says as %s never arrives (security R5, §9.6)', async (spelling) => {
      const said = [spelling, SPOOFED, spelling.toLowerCase(), SPOOFED, spelling.replace(/user/i, 'identity'), SPOOFED]
      for (const path of ['/open/x', '/notes/x']) {
        const { status } = await wire.send({ path, headers: [...said, ...bearer(tokens.read)] })
        // A server may refuse such a name; what counts is that nothing of it gets through.
        expect([200, 400]).toContain(status)
      }
      expect(JSON.stringify(arrivedNow())).not.toContain(SPOOFED)
    })

    test.each(['X-Trivet-User', 'x-trivet-user, close', 'X-Trivet-User, X-Trivet-Scope, X-Trivet-Client'])(
      'Connection: %s takes no identity away (Fabio CVE-2025-48865)',
      async (named) => {
        const headers = ['connection', named, 'x-trivet-user', SPOOFED, ...bearer(tokens.read)]
        expect((await wire.send({ path: '/notes/x', headers })).status).toBe(200)
        expect([got('x-trivet-user'), got('x-trivet-scope')]).toEqual([[subject], ['notes:read']])
      },
    )

    test('what the caller says of the address that is asked for changes nothing (oauth2-proxy CVE-2026-40575)', async () => {
      const families = ['forwarded', 'original'].flatMap((family) => [
        ...[`x-${family}-uri`, '/open', `x-${family}-url`, '/open', `x-${family}-method`, 'OPTIONS'],
        ...[`x-${family}-host`, 'other.example', `x-${family}-proto`, 'https', `x-${family}-prefix`, '/open'],
      ])
      const names = families.filter((_one, at) => at % 2 === 0)
      for (const headers of [families, [...families, 'connection', names.join(', ')]]) {
        expect((await wire.send({ path: '/notes/x', headers })).status).toBe(401)
        expect((await wire.send({ path: '/notes/x', headers: [...headers, ...bearer(tokens.plain)] })).status).toBe(403)
      }
      expect(arrivedNow()).toEqual([])
    })

    test.each([
      'app.localhost',
      'app.localhost:1',
      'app.localhost.',
      'public.localhost',
      'APP.LOCALHOST:80',
      '127.0.0.1',
    ])('with Host: %s nobody gets by with less than the route asks for', async (host) => {
      await wire.send({ path: '/notes/x', headers: ['host', host, ...bearer(tokens.plain)] })
      await wire.send({ path: '/notes/x', headers: ['host', host] })
      const target = `http://${host}/notes/x`
      await wire.send({ path: target, headers: ['host', hostOf(name), ...bearer(tokens.plain)] })
      await wire.send({ path: `http://${hostOf(name)}/notes/x`, headers: ['host', host, ...bearer(tokens.plain)] })
      expect(arrivedNow()).toEqual([])
    })

    test('a token without the scope: 403, and what to ask for (RFC 6750 §3.1)', async () => {
      const asked = { path: '/notes/x', headers: bearer(tokens.read), method: 'POST', body: Buffer.from('x') }
      const { status, headers } = await wire.send(asked)
      expect(status).toBe(403)
      expect(headers['www-authenticate']).toMatch(/error="insufficient_scope".*scope="notes:write.*resource_metadata="/)
      expect(arrivedNow()).toEqual([])
    })

    test('a token that is none, or stands in the query: 401', async () => {
      expect((await wire.send({ path: '/notes/x', headers: bearer('a.b.c') })).status).toBe(401)
      expect((await wire.send({ path: `/notes/x?access_token=${tokens.read}` })).status).toBe(401)
      expect(
        (await wire.send({ path: '/notes/x', headers: [...bearer(tokens.read), ...bearer(tokens.read)] })).status,
      ).toBeGreaterThanOrEqual(400)
      expect(arrivedNow()).toEqual([])
    })

    test('a public route needs nothing, and says nothing of anybody', async () => {
      for (const headers of [[], bearer('a.b.c'), ['x-trivet-user', SPOOFED]]) {
        expect((await wire.send({ path: '/open/x', headers })).status).toBe(200)
      }
      for (const { rawHeaders } of arrivedNow()) {
        expect(headersOf(rawHeaders, 'x-trivet-user').join('')).toBe('')
        expect(headersOf(rawHeaders, 'authorization')).toEqual([])
      }
    })

    test.each([
      ...['/open/../notes', '/open/%2e%2e/notes', '/open/%2E%2E/notes', '/open/.%2e/notes', '/open%2f..%2fnotes'],
      ...['//notes', '/open//../notes', '/open/./x', '/open/..;/notes', '/open;x/../notes', '/open\\..\\notes'],
      ...['/open/%5c..%5cnotes', '/open/%00', '/open/%252e%252e/notes', '/open#/../notes', '/open/..', '/open/%2f'],
      ...['/open/../../notes', '/../notes', '/open/%c0%ae%c0%ae/notes/%2e', '/open/..%00/notes', '/open/..%5cnotes'],
    ])('%s can be read in more than one way, and goes nowhere (security §9.3)', async (path) => {
      const { status } = await wire.send({ path })
      expect([400, 401, 403]).toContain(status)
      expect((await wire.send({ path, headers: bearer(tokens.plain) })).status).toBeGreaterThanOrEqual(400)
      expect(arrivedNow()).toEqual([])
    })

    test.each([
      '/open/a%20b',
      '/open/%7Eana',
      '/open/%C3%A4',
      "/open/a+b,c:d@e!f$g&h'(i)*",
      '/open/?x=/../notes',
      '/open/%2a',
    ])('%s arrives as it was asked about', async (path) => {
      expect((await wire.send({ path })).status).toBe(200)
      expect(arrivedNow().map(({ url }) => url)).toEqual([path])
    })

    test.each([
      ...['SCRIPT_NAME', 'Script-Name', 'PATH_INFO', 'Transfer_Encoding', 'Content_Length', 'Proxy'],
      ...['Remote-User', 'Remote_User', 'X-WEBAUTH-USER', 'X-Auth-Request-User', 'X-Forwarded-User'],
    ])('%s is not the caller’s to say (gunicorn’s SCRIPT_NAME, httpoxy)', async (spelling) => {
      expect([200, 400]).toContain((await wire.send({ path: '/open/x', headers: [spelling, SPOOFED] })).status)
      expect(JSON.stringify(arrivedNow())).not.toContain(SPOOFED)
    })

    test.each([
      [['h2c']],
      [['x']],
      [['h2c, websocket']],
      [['websocket, h2c']],
      [['h2c', 'upgrade', 'websocket']],
      [['websocket', 'upgrade', 'h2c']],
    ])('no other protocol than a WebSocket’s is changed to: %s (h2c smuggling)', async ([...offer]) => {
      const settings = ['http2-settings', 'AAMAAABkAAQAAP__']
      const headers = ['connection', 'Upgrade, HTTP2-Settings', ...settings, 'upgrade', ...offer]
      await wire.handshake('/open/x', headers)
      expect(arrivedNow().length).toBeLessThanOrEqual(1)
      for (const { rawHeaders } of arrivedNow()) {
        expect(headersOf(rawHeaders, 'upgrade').filter((one) => one !== 'websocket')).toEqual([])
      }
    })

    test.each([5000, 12_000, 17_000, 30_000])(
      'a head of %i bytes is taken or refused, and no fault of ours',
      async (size) => {
        const { status } = await wire.send({ path: '/open/x', headers: ['cookie', `a=${'b'.repeat(size)}`] })
        expect([200, 400, 414, 431]).toContain(status)
      },
    )

    test('a body goes through whole, by its length and in chunks', async () => {
      const body = randomBytes(5_000_000)
      const sha256 = createHash('sha256').update(body).digest('hex')
      const sized = { path: '/notes/x', method: 'POST', headers: bearer(tokens.write), body }
      for (const inChunks of [false, true]) {
        const { status, text } = await wire.send({ ...sized, inChunks })
        expect(status, text).toBe(200)
        expect(JSON.parse(text)).toMatchObject({ method: 'POST', bytes: body.length, sha256 })
      }
    })

    test('events come as they are sent', async () => {
      const events = await wire.stream({ path: '/notes/events', headers: bearer(tokens.read) })
      events.setEncoding('utf8')
      expect(await once(events, 'data')).toEqual(['data: hello\n\n'])
      service.event('second')
      expect(await once(events, 'data')).toEqual(['data: second\n\n'])
      events.destroy()
    })

    test('a WebSocket opens with a token, and not without', async () => {
      expect(await wire.upgrade([], '/notes/socket')).toBe(401)
      expect(await wire.upgrade(bearer(tokens.plain), '/notes/socket')).toBe(403)
      expect(arrivedNow()).toEqual([])
      const socket = await wire.upgrade(bearer(tokens.read), '/notes/socket')
      if (typeof socket === 'number') throw new Error(`refused with ${socket}`)
      socket.write('ping')
      expect(String((await once(socket, 'data'))[0])).toBe('ping')
      socket.destroy()
      expect(got('x-trivet-user')).toEqual([subject])
    })

    test.each([401, 403, 404, 500])('the service’s own %i is not touched', async (status) => {
      const answer = await wire.send({ path: `/open/status/${status}` })
      expect([answer.status, answer.headers['x-service']]).toEqual([status, 'echo'])
    })

    test('below a base path the question is there as well', async () => {
      const [port, own] = [await freePort(), await freePort()]
      const host = `app.localhost:${port}`
      const file = join(directory, `below-${name}.yaml`)
      await writeFile(
        file,
        `gateway:\n  routes: [{path: /open, host: '${host}', access: public}, {path: /, host: '${host}'}]\n`,
      )
      const publicUrl = `http://localhost:${own}/auth`
      const environment = { TRIVET_FILE: file, TRIVET_PUBLIC_URL: publicUrl, TRIVET_TRUSTED_PROXIES: '127.0.0.1' }
      const below = await startProduct({ port: own, environment })
      const changes = changesFor(name, { port, host, product: below.url })
      const other = await startShipped(name, { port, changes: { ...changes, '/gateway/auth': '/auth/gateway/auth' } })
      try {
        const there = createSender(port, host)
        expect((await there.send({ path: '/open/x' })).status).toBe(200)
        const { status, headers } = await there.send({ path: '/notes' })
        const metadata = '/.well-known/oauth-protected-resource'
        expect([status, headers['www-authenticate']]).toEqual([
          401,
          `Bearer realm="trivet", resource_metadata="http://${host}${metadata}"`,
        ])
        expect(JSON.parse((await there.send({ path: metadata })).text).authorization_servers).toEqual([publicUrl])
      } finally {
        await other.stop()
        await below.stop()
      }
    })

    test('while Trivet gives no answer nothing goes through, not even what is public', async () => {
      const port = await freePort()
      const nobody = `http://localhost:${await freePort()}`
      const changes = changesFor(name, { port, host: `app.localhost:${port}`, product: nobody })
      const other = await startShipped(name, { port, changes })
      try {
        const there = createSender(port, `app.localhost:${port}`)
        const asked = { path: '/open/x', headers: bearer(tokens.read) }
        expect([(await there.send(asked)).status >= 500, arrivedNow()]).toEqual([true, []])
      } finally {
        await other.stop()
      }
    })

    test('a proxy that is not trusted opens nothing, not even what is public (security §10.18)', async () => {
      // On loopback nobody is trusted until it is said.
      const stranger = await startProduct({ environment: { TRIVET_FILE: join(directory, 'trivet.yaml') } })
      const port = await freePort()
      const changes = changesFor(name, { port, host: `app.localhost:${port}`, product: stranger.url })
      const other = await startShipped(name, { port, changes })
      try {
        const { status } = await createSender(port, `app.localhost:${port}`).send({ path: '/open/x' })
        expect([status, arrivedNow()]).toEqual([403, []])
      } finally {
        await other.stop()
        await stranger.stop()
      }
    })
  })
})
