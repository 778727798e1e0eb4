import type { OutgoingHttpHeaders } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createUpstream } from '../testing/rig.fixture.ts'
import { createTown, type Town } from '../testing/town.fixture.ts'
import { createVisitor } from '../testing/visitor.fixture.ts'

const APP = 'app.example'
const PAGE = 'https://page.example'
/** It knows of no login, so it says what everybody may have. */
const upstream = await createUpstream(({ url = '' }, response) => {
  const { pathname } = new URL(url, 'http://upstream')
  if (pathname.endsWith('/down')) return void response.socket?.destroy()
  if (pathname.endsWith('/away')) {
    return void response.writeHead(302, { location: `${upstream.origin}/elsewhere?a=b` }).end()
  }
  if (pathname.endsWith('/silent')) return void response.end('silent')
  const caching = { 'cache-control': 'public, s-maxage=60, max-age=3600', 'cdn-cache-control': 'max-age=60' }
  response.writeHead(200, { ...caching, 'surrogate-control': 'max-age=60', 'x-accel-expires': '60', vary: 'accept' })
  response.end('page')
})
let town: Town
let token: string
let person: Awaited<ReturnType<Town['user']>>
beforeAll(async () => {
  town = await createTown({
    file: () => `
gateway:
  routes:
    - {path: /api, upstream: "${upstream.origin}", scopes: notes:read, strip_prefix: true,
       methods: [GET, DELETE], cors: {origins: ["${PAGE}"]}}
    - {path: /open, upstream: "${upstream.origin}", access: public}
    - {path: /, host: ${APP}, upstream: "${upstream.origin}", access: session}
`,
  })
  person = await town.user()
  token = (await town.tokens(person, await town.app())).access_token
})
afterAll(async () => {
  await town.close()
  await upstream.close()
})

const FOR_SHARED = ['cdn-cache-control', 'surrogate-control', 'x-accel-expires']

describe('what a cache in front may keep of guarded answers: nothing (RFC 9111 §3.5)', () => {
  it('of a route with tokens', async () => {
    const { headers } = await town.ask('/api/page', { token })
    expect(headers).toMatchObject({ 'cache-control': 'private, max-age=3600', vary: 'accept, authorization, origin' })
    for (const name of FOR_SHARED) expect(headers).not.toHaveProperty(name)
    expect((await town.ask('/api/silent', { token })).headers['cache-control']).toBe('private')
  })

  it('of a route with sessions', async () => {
    const visitor = createVisitor(town)
    await visitor.signIn(person)
    await visitor.follow(APP, '/page')
    const { status, headers } = await visitor.ask(APP, '/page')
    expect([status, headers['cache-control'], headers.vary]).toEqual([200, 'private, max-age=3600', 'accept, cookie'])
    for (const name of FOR_SHARED) expect(headers).not.toHaveProperty(name)
  })

  it('what is public stays as the upstream wrote it', async () => {
    const { headers } = await town.ask('/open/page')
    expect(headers).toMatchObject({ 'cache-control': 'public, s-maxage=60, max-age=3600', 'x-accel-expires': '60' })
    expect(headers.vary).toBe('accept')
  })
})

it('a redirect of an upstream to itself leads to where the caller found it', async () => {
  const { headers, status } = await town.ask('/api/away', { token })
  expect([status, headers.location]).toEqual([302, `${town.publicUrl}/api/elsewhere?a=b`])
})

describe('a page of an origin that may ask reads why it got nothing', () => {
  const ask = (path: string, method: string, headers: OutgoingHttpHeaders = {}) =>
    town.ask(path, { token, method, headers: { origin: PAGE, ...headers } })

  it.each([
    ['/api/down', 'GET', 502],
    ['/api/page', 'PUT', 405],
  ])('%s by %s: %i', async (path, method, expected) => {
    const { status, headers } = await ask(path, method)
    expect([status, headers['access-control-allow-origin']]).toEqual([expected, PAGE])
  })

  it('a preflight has an id, and a line in the log', async () => {
    const { status, headers } = await ask('/api/page', 'OPTIONS', { 'access-control-request-method': 'GET' })
    expect(status).toBe(204)
    const line = { method: 'OPTIONS', route: '/api', status: 204, id: headers['x-request-id'] }
    expect(headers['x-request-id']).toBeDefined()
    expect(town.lines()).toContainEqual(expect.objectContaining(line))
  })
})

it.each(['/open', '/api'])(
  'TRACE of %s is 405: an answer would show what the upstream was told (RFC 9110 §9.3.8)',
  async (path) => {
    const { status, headers } = await town.ask(`${path}/page`, { token, method: 'TRACE' })
    expect([status, headers.allow]).toEqual([
      405,
      path === '/api' ? 'DELETE, GET' : 'DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT',
    ])
  },
)
