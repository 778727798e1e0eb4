import { describe, expect, it } from 'vitest'
import { openEventStream } from './index.ts'
import { FORM, serve } from './wire.fixture.ts'

type Routes = NonNullable<Parameters<typeof serve>[0]>
const POLICY = {
  "default-src 'none'": true,
  "script-src 'self'": true,
  "style-src 'self'": true,
  "img-src 'self'": true,
  "connect-src 'self'": true,
  "base-uri 'none'": true,
  "frame-ancestors 'none'": true,
  "form-action 'self'": true,
}

const routes: Routes = (server) => {
  server.get('/page', async (_request, reply) => reply.type('text/html').send('<p>page'))
  server.get('/leaves', async (_request, reply) => {
    reply.formLeavesSite = true
    return reply.type('text/html').send('<p>page')
  })
  server.get('/picture', async (_request, reply) =>
    reply
      .headers({ 'content-security-policy': "default-src 'none'; sandbox", 'cache-control': 'private, max-age=60' })
      .send('x'),
  )
  server.get('/redirect', async (_request, reply) => reply.redirect('/page', 303))
  server.get('/broken', async () => {
    throw new Error('broken')
  })
  server.post('/form', async () => 'ok')
}

function policyOf(headers: Record<string, unknown>): Record<string, true> {
  return Object.fromEntries(
    String(headers['content-security-policy'])
      .split('; ')
      .map((part) => [part, true]),
  )
}

describe('every answer', () => {
  it.each([
    ['a page', '/page', 200, {}],
    ['a redirect', '/redirect', 303, {}],
    ['an error', '/broken', 500, {}],
    ['an error page', '/broken', 500, { accept: 'text/html' }],
    ['nothing there', '/missing', 404, {}],
    ['another host', '/page', 302, { host: 'evil.example' }],
    ['a bad escape in the path', '/%zz', 404, {}],
    ['half a character in the path', '/%ED%A0%80?a=%zz', 404, {}],
    ['a cut-off escape in the path', '/a%', 404, { accept: 'text/html' }],
  ])('has the security headers: %s', async (_title, path, status, headers) => {
    const { send } = await serve(routes)
    const answer = await send(path, { headers })
    expect(answer.status).toBe(status)
    expect(policyOf(answer.headers)).toEqual(POLICY)
    expect(answer.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
    })
    expect(answer.headers['server']).toBeUndefined()
    expect(answer.headers['x-powered-by']).toBeUndefined()
  })

  it('has them where the framework would refuse before any route: a path parameter of 15 kB, a large body', async () => {
    const { send } = await serve((server) => {
      routes(server)
      server.get('/p/:id', async () => 'ok')
    })
    const long = await send(`/p/${'x'.repeat(15_000)}`)
    const large = await send('/form', { method: 'POST', headers: FORM, body: 'x'.repeat(70_000) })
    expect([long.status, large.status]).toEqual([414, 413])
    for (const answer of [long, large]) expect(policyOf(answer.headers)).toEqual(POLICY)
  })
})

describe('Content-Security-Policy (A15, ASVS 3.4.3, 3.4.6)', () => {
  it('allows no inline script or style, no framing, no foreign source', async () => {
    const { send } = await serve(routes)
    const policy = String((await send('/page')).headers['content-security-policy'])
    expect(policy).not.toMatch(/unsafe|data:|https?:|\*|nonce/)
  })

  it('leaves form-action out only where a form may leave the site: Chromium applies it to every redirect hop', async () => {
    const { send } = await serve(routes)
    const { "form-action 'self'": _, ...rest } = POLICY
    expect(policyOf((await send('/leaves')).headers)).toEqual(rest)
    expect(policyOf((await send('/page')).headers)).toEqual(POLICY)
  })

  it('of an answer that set a stricter one itself is kept, and so is its Cache-Control', async () => {
    const { send } = await serve(routes)
    expect((await send('/picture')).headers).toMatchObject({
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'private, max-age=60',
      'x-content-type-options': 'nosniff',
    })
  })
})

describe('Strict-Transport-Security (ASVS 3.4.1: at least a year)', () => {
  it('is sent on https, and on http not: it would lock a laptop’s localhost for a year', async () => {
    const https = await serve(routes, { publicUrl: 'https://trivet.example' })
    const [, age] = /max-age=(\d+)/.exec(String((await https.send('/page')).headers['strict-transport-security'])) ?? []
    expect(Number(age)).toBeGreaterThanOrEqual(31_536_000)
    const http = await serve(routes)
    expect((await http.send('/page')).headers['strict-transport-security']).toBeUndefined()
  })
})

describe('CORS', () => {
  it('is granted to nobody: no answer carries Access-Control-Allow-*', async () => {
    const { send } = await serve(routes)
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' }
    for (const method of ['GET', 'POST', 'OPTIONS']) {
      const answer = await send('/page', { method, headers })
      expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
    }
  })
})

describe('an event stream', () => {
  it('has nosniff and no-store although it bypasses the hooks', async () => {
    const { send } = await serve((server) => {
      server.get('/events', async (_request, reply) => openEventStream(reply).close())
    })
    expect((await send('/events')).headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
  })
})
