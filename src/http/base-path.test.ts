import type { FastifyInstance } from 'fastify'
import { describe, expect, it } from 'vitest'
import { createBasePath } from './base-path.ts'
import { openEventStream } from './index.ts'
import { FORM, serve } from './wire.fixture.ts'

const PUBLIC = 'https://id.example/auth'
const base = createBasePath(PUBLIC)

describe('a request target (RFC 9112 §3.2), as rooms know it', () => {
  it.each([
    ['/auth', '/'],
    ['/auth/', '/'],
    ['/auth?a=1', '/?a=1'],
    ['/auth/login', '/login'],
    ['/auth/login?return_to=/auth/x', '/login?return_to=/auth/x'],
    ['/auth/auth/login', '/auth/login'],
    ['/auth//evil.example', '//evil.example'],
    ['/healthz', '/healthz'],
    ['/readyz', '/readyz'],
    ['/auth/healthz', '/healthz'],
  ])('%s is %s', (url, inside) => {
    expect(base.strip(url)).toBe(inside)
  })

  it.each([
    // RFC 8414 §3.1: the path behind the name; OpenID Connect Discovery §4: before it.
    ['/.well-known/oauth-authorization-server/auth', '/.well-known/oauth-authorization-server'],
    ['/.well-known/openid-configuration/auth', '/.well-known/openid-configuration'],
    ['/.well-known/openid-configuration/auth/', '/.well-known/openid-configuration'],
    ['/.well-known/openid-configuration/auth?x=/', '/.well-known/openid-configuration?x=/'],
    ['/auth/.well-known/openid-configuration', '/.well-known/openid-configuration'],
    // RFC 9728 §3.1: of a resource below it, the rest of its path as well.
    ['/.well-known/oauth-protected-resource/auth/notes/1', '/.well-known/oauth-protected-resource/notes/1'],
  ])('%s is %s (RFC 8414 §3.1, Discovery §4, RFC 9728 §3.1)', (url, inside) => {
    expect(base.strip(url)).toBe(inside)
  })

  it.each([
    '/',
    '/login',
    '/authorize',
    '/auth2/login',
    '/authlogin',
    '/AUTH/login',
    '/%61uth/login',
    '//auth/login',
    '/./auth/login',
    '/x/../auth/login',
    '/auth%2flogin',
    '/auth;x/login',
    '/auth#/login',
    'http://id.example/auth/login',
    '*',
    '',
    '/.well-known/openid-configuration',
    '/.well-known/openid-configuration/other',
    '/.well-known/openid-configuration/auth2',
    '/.well-known/auth',
    '/healthz/x',
    '/healthz?x',
  ])('%j is outside, whatever it would be elsewhere', (url) => {
    expect(base.strip(url)).toBe('/.outside')
  })

  it('is left alone where the public URL has no path', () => {
    const none = createBasePath('https://id.example')
    for (const url of ['/', '/login?x', '/.well-known/openid-configuration', '*', 'http://x/']) {
      expect(none.strip(url)).toBe(url)
      expect(none.href(url)).toBe(url)
    }
  })
})

it('href puts it before paths, and before nothing else', () => {
  expect(['/', '/runs?x=/y', '//evil.example', '#main', 'https://a.example/b', 'mailto:a@b'].map(base.href)).toEqual([
    '/auth/',
    '/auth/runs?x=/y',
    '/auth//evil.example',
    '#main',
    'https://a.example/b',
    'mailto:a@b',
  ])
  expect(createBasePath('https://id.example/a/b').href('/c')).toBe('/a/b/c')
})

const routes = (server: FastifyInstance) => {
  server.get('/', async () => 'first')
  server.get('/where', async (request) => request.url)
  server.get('/to-path', async (_request, reply) => reply.redirect('/where?a=/b', 303))
  server.get('/to-other', async (_request, reply) => reply.redirect('https://app.example/cb?code=1', 302))
  server.get('/to-odd', async (_request, reply) => reply.redirect('//evil.example', 302))
  server.post('/made', async (_request, reply) => reply.code(201).header('location', '/where').send())
  server.post('/act', async () => 'acted')
  server.get('/.well-known/openid-configuration', async () => 'metadata')
  server.get('/healthz', async () => 'ok')
  server.get('/events', async (_request, reply) => {
    const stream = openEventStream(reply)
    stream.send({ name: 'hello', data: 1 })
    stream.close()
  })
}

describe('a server below a path', () => {
  const start = () => serve(routes, { publicUrl: PUBLIC })

  it('has its addresses there, events included, and no others', async () => {
    const { send } = await start()
    expect((await send('/auth')).body).toBe('first')
    expect((await send('/auth/where?x=1')).body).toBe('/where?x=1')
    expect((await send('/auth/events')).body).toContain('event: hello')
    expect((await send('/auth/act', { method: 'POST', headers: FORM })).body).toBe('acted')
    for (const path of ['/where', '/act', '/auth2/where', '/.outside', '/auth/.outside']) {
      for (const method of ['GET', 'POST']) {
        const answer = await send(path, { method })
        expect([path, answer.status, JSON.parse(answer.body).code]).toEqual([path, 404, 'not_found'])
        expect(answer.headers['content-security-policy']).toBeDefined()
      }
    }
  })

  it('a page of what is outside says where everything is', async () => {
    const { send } = await start()
    const answer = await send('/login', { headers: { accept: 'text/html' } })
    expect(answer).toMatchObject({ status: 404, body: expect.stringContaining('not_found') })
    expect(JSON.parse((await send('/login')).body).detail).toContain(`${PUBLIC}/`)
  })

  it('leads from the first page of the host to its own, and nowhere else', async () => {
    const { send } = await start()
    for (const method of ['GET', 'HEAD']) {
      expect(await send('/?x=1', { method })).toMatchObject({ status: 302, headers: { location: `${PUBLIC}/` } })
    }
    expect((await send('/', { method: 'POST' })).status).toBe(404)
  })

  it.each([
    ['/auth/to-path', '/auth/where?a=/b'],
    ['/auth/to-other', 'https://app.example/cb?code=1'],
    ['/auth/to-odd', '/auth//evil.example'],
  ])('%s redirects to %s: paths get the base path, whole addresses stay', async (path, location) => {
    const { send } = await start()
    expect((await send(path)).headers.location).toBe(location)
  })

  it('says Location of what was made with the base path, too', async () => {
    const { send } = await start()
    expect((await send('/auth/made', { method: 'POST' })).headers.location).toBe('/auth/where')
  })

  it('a visit under another name is sent to the same page, base path once', async () => {
    const { send } = await start()
    const headers = { host: 'www.id.example' }
    expect((await send('/auth/where?x=1', { headers })).headers.location).toBe(`${PUBLIC}/where?x=1`)
    expect((await send('/where', { headers })).status).toBe(404)
  })

  it('is healthy at the root, for whoever asks by address, and below', async () => {
    const { send } = await start()
    for (const path of ['/healthz', '/auth/healthz']) {
      expect((await send(path, { headers: { host: '10.0.0.7' } })).body).toBe('ok')
    }
  })

  it('has its metadata at both places, and not at the root, which is another issuer’s (RFC 8414 §3.1)', async () => {
    const { send } = await start()
    for (const path of ['/.well-known/openid-configuration/auth', '/auth/.well-known/openid-configuration']) {
      expect((await send(path)).body).toBe('metadata')
    }
    expect((await send('/.well-known/openid-configuration')).status).toBe(404)
  })
})
