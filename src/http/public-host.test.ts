import { describe, expect, it } from 'vitest'
import { serve } from './wire.fixture.ts'

const routes = (server: Parameters<NonNullable<Parameters<typeof serve>[0]>>[0]) => {
  server.get('/page', async () => 'page')
  server.post('/page', async () => 'posted')
  server.get('/api/runs', async () => 'api')
  server.get('/healthz', async () => 'ok')
  server.get('/readyz', async () => 'ok')
}

const OTHER = { host: 'evil.example' }

describe('Host other than the public one → 421 (security §11.9), which stops DNS rebinding', () => {
  it.each([
    ['POST', '/page'],
    ['PUT', '/page'],
    ['DELETE', '/page'],
    ['OPTIONS', '/page'],
    ['GET', '/api/runs'],
    ['POST', '/missing'],
  ])('%s %s', async (method, path) => {
    const { send } = await serve(routes)
    const answer = await send(path, { method, headers: OTHER })
    expect(answer.status).toBe(421)
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'wrong_host', status: 421 })
    expect(answer.body).not.toContain('evil.example')
  })

  it('a browser gets a page, for which cookies can be read', async () => {
    const { send } = await serve(routes)
    const headers = { ...OTHER, accept: 'text/html', cookie: 'a=1' }
    const answer = await send('/page', { method: 'POST', headers })
    expect(answer).toMatchObject({ status: 421, body: expect.stringContaining('<code>wrong_host</code><p>a</p>') })
  })

  it.each([
    'localhost',
    'localhost:3001',
    '127.0.0.1:3000',
    'localhost.evil.example:3000',
    'localhost:3000.evil.example',
  ])('Host: %s is another one: scheme, name and port are all of the origin', async (host) => {
    const { send } = await serve(routes)
    expect((await send('/page', { method: 'POST', headers: { host } })).status).toBe(421)
  })

  it('takes the public one, whatever its case (RFC 3986 §3.2.2)', async () => {
    const { send } = await serve(routes)
    expect((await send('/page', { method: 'POST' })).body).toBe('posted')
    expect((await send('/page', { method: 'POST', headers: { host: 'LocalHost:3000' } })).body).toBe('posted')
  })

  it.each([
    ['https://trivet.example', 'trivet.example:443', 'trivet.example:80'],
    ['http://trivet.example', 'trivet.example:80', 'trivet.example:443'],
  ])(
    'takes the default port of %s written out (%s), as some proxies do, and not %s',
    async (publicUrl, same, other) => {
      const { send } = await serve(routes, { publicUrl })
      expect((await send('/page', { headers: { host: same } })).status).toBe(200)
      expect((await send('/page', { method: 'POST', headers: { host: other } })).status).toBe(421)
    },
  )

  it('refuses a request without any name (HTTP/1.0)', async () => {
    const { raw } = await serve(routes)
    expect(await raw('POST /page HTTP/1.0\r\nContent-Length: 0\r\n\r\n')).toMatch(/^HTTP\/1.1 421 /)
  })

  it('takes the first of two Host lines or none, never the second alone (RFC 9112 §3.2)', async () => {
    const { raw } = await serve(routes)
    const post = (hosts: string) => raw(`POST /page HTTP/1.1\r\n${hosts}Content-Length: 0\r\nConnection: close\r\n\r\n`)
    expect(await post('Host: evil.example\r\nHost: localhost:3000\r\n')).not.toMatch(/^HTTP\/1.1 200 /)
  })

  it('is refused before anything of the request is acted on', async () => {
    let acted = 0
    const { send } = await serve((server) => {
      server.post('/act', async () => {
        acted += 1
      })
    })
    await send('/act', { method: 'POST', headers: OTHER })
    expect(acted).toBe(0)
  })
})

describe('a visit under another name', () => {
  it.each(['/', '/page?a=1&b=%2F', '/%E2%82%AC', '/missing'])(
    'of %s is sent to the public one, path and query kept',
    async (path) => {
      const { send } = await serve(routes)
      const answer = await send(path, { headers: OTHER })
      expect(answer.status).toBe(302)
      expect(answer.headers.location).toBe(`http://localhost:3000${path}`)
    },
  )

  it('by HEAD is sent there, too (RFC 9110 §9.3.2: as GET would be)', async () => {
    const { send } = await serve(routes)
    expect(await send('/page', { method: 'HEAD', headers: OTHER })).toMatchObject({
      status: 302,
      headers: { location: 'http://localhost:3000/page' },
    })
  })

  it.each(['//evil.example/x', '/\\evil.example', '/.evil.example', '/@evil.example', '/..//evil.example'])(
    'of %s is never sent anywhere else (open redirect)',
    async (path) => {
      const { send } = await serve(routes)
      const { status, headers } = await send(path, { headers: OTHER })
      if (status === 302) expect(new URL(headers.location ?? '').origin).toBe('http://localhost:3000')
      else expect(status).toBeGreaterThanOrEqual(400)
    },
  )

  it.each(['http://evil.example/page', '.evil.example/page', '@evil.example/', ':80@evil.example/'])(
    'with the request target %s, which is no path, is sent nowhere',
    async (target) => {
      const { raw } = await serve(routes, { publicUrl: 'https://trivet.example' })
      const answer = await raw(`GET ${target} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`)
      expect(answer).toMatch(/^HTTP\/1.1 4\d\d /)
      expect(answer).not.toMatch(/^location:/im)
    },
  )

  it('cannot split the answer with CR LF in its path', async () => {
    const { send } = await serve(routes)
    const { headers } = await send('/a%0d%0aSet-Cookie:%20x=1', { headers: OTHER })
    expect(headers.location).toBe('http://localhost:3000/a%0d%0aSet-Cookie:%20x=1')
    expect(headers['set-cookie']).toBeUndefined()
  })
})

describe('health checks', () => {
  it.each(['/healthz', '/readyz'])('%s answers by address: load balancers know no name', async (path) => {
    const { send } = await serve(routes)
    expect((await send(path, { headers: { host: '10.0.0.7:8080' } })).status).toBe(200)
  })

  it('are these paths only', async () => {
    const { send } = await serve(routes)
    for (const path of ['/healthz/../page', '/healthz/x', '/healthzz', '/page?/healthz']) {
      expect((await send(path, { method: 'POST', headers: OTHER })).status).toBe(421)
    }
  })

  it('are not unlocked by any header (security §9.2, GHSA-5hvv-m4w4-gf6v)', async () => {
    const { send } = await serve(routes)
    const headers = {
      ...OTHER,
      'user-agent': 'kube-probe/1.31',
      'x-original-url': '/healthz',
      'x-rewrite-url': '/healthz',
    }
    expect((await send('/page', { method: 'POST', headers })).status).toBe(421)
  })
})

describe('X-Forwarded-* (security §9.1, A17: believed of configured proxies only)', () => {
  const forwarded = { host: 'inner:8080', 'x-forwarded-host': 'localhost:3000' }

  it('X-Forwarded-Host of a trusted proxy is the name that was asked for', async () => {
    const { send } = await serve(routes, { trustedProxies: ['127.0.0.1'] })
    expect((await send('/page', { method: 'POST', headers: forwarded })).status).toBe(200)
    const elsewhere = { host: 'localhost:3000', 'x-forwarded-host': 'evil.example' }
    expect((await send('/page', { method: 'POST', headers: elsewhere })).status).toBe(421)
  })

  it.each([[['10.0.0.1']], [[]]])('is ignored of others (trusted: %j)', async (trustedProxies) => {
    const { send } = await serve(routes, { trustedProxies })
    expect((await send('/page', { method: 'POST', headers: forwarded })).status).toBe(421)
    const spoofed = { host: 'localhost:3000', 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' }
    expect((await send('/page', { method: 'POST', headers: spoofed })).status).toBe(200)
  })

  it('never says where to redirect to, whatever they claim', async () => {
    const { send } = await serve(routes, { trustedProxies: ['127.0.0.1'] })
    const headers = {
      host: 'x',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      'x-forwarded-port': '9',
    }
    expect((await send('/page', { headers })).headers.location).toBe('http://localhost:3000/page')
  })

  describe('X-Forwarded-Proto, where the public URL is https (RFC 6749 §3.1, §3.2: TLS only)', () => {
    const publicUrl = 'https://trivet.example'
    const said = (proto: string) => ({ headers: { 'x-forwarded-proto': proto } })

    it('a visit in the clear is sent to https, anything else in the clear is refused', async () => {
      const { send } = await serve(routes, { publicUrl })
      expect(await send('/page?x=1', said('http'))).toMatchObject({
        status: 302,
        headers: { location: `${publicUrl}/page?x=1` },
      })
      expect((await send('/page', { method: 'POST', ...said('http') })).status).toBe(421)
      expect((await send('/api/runs', said('HTTP'))).status).toBe(421)
      expect((await send('/page', said('https, http'))).status).toBe(302)
      expect((await send('/healthz', said('http'))).body).toBe('ok')
    })

    it.each([[['loopback']], [['10.0.0.1']]])(
      'says nothing else: https, nothing, nonsense (trusted: %j)',
      async (trustedProxies) => {
        const { send } = await serve(routes, { publicUrl, trustedProxies })
        for (const proto of ['https', 'http, https', 'wss', '']) {
          expect((await send('/page', { method: 'POST', ...said(proto) })).body).toBe('posted')
        }
        expect((await send('/page', { method: 'POST' })).body).toBe('posted')
      },
    )

    it('counts for nothing where the public URL is http: it takes no Secure away and adds none', async () => {
      const { send } = await serve(routes)
      for (const proto of ['http', 'https']) expect((await send('/page', said(proto))).status).toBe(200)
    })
  })

  it('count for nothing when no proxy is trusted: a rebound page on this machine may send them, too', async () => {
    const { send } = await serve(routes, { trustedProxies: [] })
    const headers = { host: 'evil.example:3000', 'x-forwarded-host': 'localhost:3000' }
    expect((await send('/page', { method: 'POST', headers })).status).toBe(421)
    expect((await send('/api/runs', { headers })).status).toBe(421)
    expect((await send('/page', { headers: { 'x-forwarded-host': 'evil.example' } })).status).toBe(200)
  })

  it('X-Forwarded-For gives the address behind a trusted proxy, and is ignored of others', async () => {
    const tell = (server: Parameters<typeof routes>[0]) => void server.get('/ip', async (request) => request.ip)
    const headers = { 'x-forwarded-for': '198.51.100.7, 203.0.113.9' }
    expect((await (await serve(tell, { trustedProxies: ['loopback'] })).send('/ip', { headers })).body).toBe(
      '203.0.113.9',
    )
    expect((await (await serve(tell, { trustedProxies: ['10.0.0.1'] })).send('/ip', { headers })).body).toBe(
      '127.0.0.1',
    )
  })
})
