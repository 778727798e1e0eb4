import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import pino from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Measured } from './index.ts'
import { createRouteSource } from './routes/route-source.ts'
import { createRig, createUpstream, type Rig } from './testing/rig.fixture.ts'

let got: IncomingMessage['headers'] = {}
const upstream = await createUpstream((request, response) => {
  got = request.headers
  if (request.url?.startsWith('/hang')) return
  if (request.url?.startsWith('/half')) {
    response.writeHead(200, { 'content-length': '100' }).write('half')
    setTimeout(() => request.socket.resetAndDestroy(), 30)
    return
  }
  request.resume().on('end', () => response.writeHead(207, { 'x-request-id': 'of the upstream' }).end('fine'))
})
const measured: Measured[] = []
let rig: Rig
beforeAll(async () => {
  rig = await createRig({
    file: `
gateway:
  routes:
    - {path: /, host: app.example, access: public, upstream: "${upstream.origin}", timeout: 0.3, retries: 0, max_body: 5}
    - {path: /private, host: app.example, upstream: "${upstream.origin}", methods: [GET]}
    - {path: /gone, host: app.example, access: public, upstream: "http://127.0.0.1:1", retries: 0}
`,
    deps: { measure: (request) => void measured.push(request) },
  })
})
beforeEach(() => void measured.splice(0))
afterAll(async () => {
  await rig.close()
  await upstream.close()
})

async function ask(path: string, options: { method?: string; headers?: OutgoingHttpHeaders; body?: string } = {}) {
  const { method = 'GET', headers, body } = options
  const all = { host: 'app.example', ...headers }
  const request = httpRequest({ host: '127.0.0.1', port: rig.port, path, method, headers: all, agent: false })
  const [response] = (await once(request.end(body), 'response')) as [IncomingMessage]
  response.on('error', () => {})
  await new Promise((resolve) => response.resume().once('close', resolve))
  return { status: response.statusCode, headers: response.headers }
}

const lineOf = (id: unknown) => rig.lines().filter((line) => line['id'] === id)

describe('every request leaves one line and one count', () => {
  it.each([
    ['/a', {}, 'debug', { status: 207 }, { route: 'app.example/', outcome: 'answered', status: 207 }],
    [
      '/private',
      {},
      'info',
      { status: 401, code: 'route_unauthorized', reason: 'Send an access token: Authorization: Bearer.' },
      { route: 'app.example/private', outcome: 'refused', status: 401, code: 'route_unauthorized' },
    ],
    [
      '/private',
      { method: 'PUT' },
      'info',
      { status: 405, code: 'route_method_not_allowed', reason: 'Send GET.' },
      { route: undefined, method: 'PUT', outcome: 'refused', status: 405 },
    ],
    [
      '/a//b',
      {},
      'info',
      { status: 400, code: 'route_path_ambiguous', path: '/a//b' },
      { route: undefined, outcome: 'refused', status: 400 },
    ],
    [
      '/a',
      { method: 'POST', body: '123456' },
      'info',
      { status: 413 },
      { outcome: 'refused', status: 413, code: 'route_body_too_large' },
    ],
    [
      '/gone',
      {},
      'warn',
      { kind: 'unreachable' },
      { route: 'app.example/gone', outcome: 'failed', status: 502, code: 'upstream_down' },
    ],
    ['/hang', {}, 'warn', { kind: 'slow' }, { outcome: 'failed', status: 504, code: 'upstream_slow' }],
    ['/half', {}, 'info', { by: 'upstream' }, { outcome: 'broken_off', status: 200, code: undefined }],
  ] as const)('%s %j', async (path, options, level, line, count) => {
    const { headers } = await ask(`${path}?code=tra_secret&state=hidden`, options)
    const id = headers['x-request-id']
    expect(id).toMatch(/^[\w-]{20,}$/)
    await expect.poll(() => lineOf(id)).toHaveLength(1)
    const levels = { debug: 20, info: 30, warn: 40 }
    expect(lineOf(id)).toEqual([expect.objectContaining({ level: levels[level], address: '127.0.0.1', ...line })])
    expect(measured).toEqual([expect.objectContaining(count)])
    expect(measured[0]?.seconds).toBeGreaterThanOrEqual(0)
    expect(rig.logged()).not.toMatch(/tra_secret|hidden/)
  })

  it('with one id at the caller, at the upstream and in the log, and none that a caller chose', async () => {
    const first = await ask('/a', { headers: { 'x-request-id': 'mine', X_Request_Id: 'mine too' } })
    const id = first.headers['x-request-id']
    expect([id, got['x-request-id']]).toEqual([id, id])
    expect(id).not.toContain('mine')
    await expect.poll(() => lineOf(id)).toHaveLength(1)
    expect((await ask('/a')).headers['x-request-id']).not.toBe(id)
  })

  it('a caller who goes away is one as well', async () => {
    const request = httpRequest({ host: '127.0.0.1', port: rig.port, path: '/hang', headers: { host: 'app.example' } })
    request.on('error', () => {}).end()
    setTimeout(() => request.destroy(), 100)
    await expect.poll(() => measured).toHaveLength(1)
    expect(measured[0]).toMatchObject({ outcome: 'broken_off', status: undefined })
  })
})

it('an answer that is cut off since this process stops is blamed on nobody else', async () => {
  const stopping = await createRig({
    file: `gateway: {routes: [{path: /, host: app.example, access: public, upstream: "${upstream.origin}"}]}`,
  })
  const request = httpRequest({
    host: '127.0.0.1',
    port: stopping.port,
    path: '/hang',
    headers: { host: 'app.example' },
  })
  request.on('error', () => {}).end()
  await expect.poll(() => stopping.traffic.openRequests()).toBe(1)
  const drained = stopping.traffic.drain(0.2)
  stopping.gateway.leave(stopping.traffic.wasCut)
  await drained
  await expect.poll(() => stopping.lines().filter(({ msg }) => msg === 'gateway: broken off')).toHaveLength(1)
  expect(stopping.lines()).toContainEqual(expect.objectContaining({ msg: 'gateway: broken off', by: 'stop' }))
  await stopping.close()
})

describe('the trace of a caller (W3C Trace Context)', () => {
  const TRACE = '0af7651916cd43dd8448eb211c80319c'
  const SPAN = 'b7ad6b7169203331'

  it.each([
    [`00-${TRACE}-${SPAN}-01`, '01'],
    [`00-${TRACE}-${SPAN}-00`, '00'],
    [`cc-${TRACE}-${SPAN}-01-what-the-future-brings`, '01'],
    [`01-${TRACE}-${SPAN}-ff`, '01'],
  ])('%s goes on with a span of its own (§3.2.2)', async (traceparent, flags) => {
    await ask('/a', { headers: { traceparent, tracestate: 'vendor=1' } })
    expect(got['traceparent']).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-${flags}$`))
    expect(got['traceparent']).not.toContain(SPAN)
    expect(got['tracestate']).toBe('vendor=1')
  })

  it.each([
    ['00-zz', 'no trace'],
    [`00-${'0'.repeat(32)}-${SPAN}-01`, 'zeros'],
    [`00-${TRACE}-${'0'.repeat(16)}-01`, 'no span'],
    [`00-${TRACE.toUpperCase()}-${SPAN}-01`, 'capitals'],
    [`ff-${TRACE}-${SPAN}-01`, 'the version that is none'],
    [`00-${TRACE}-${SPAN}-01-more`, 'more than version 00 has'],
    [`cc-${TRACE}-${SPAN}-01.more`, 'no dash before more'],
  ])('%s: %s, so a new one begins, without the state of the old one (§3.2.2.3, §3.3)', async (traceparent) => {
    await ask('/a', { headers: { traceparent, tracestate: 'vendor=1' } })
    expect(got['traceparent']).toMatch(/^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-00$/)
    expect(got['traceparent']).not.toContain(TRACE)
    expect(got).not.toHaveProperty('tracestate')
  })

  it('two at once are none', async () => {
    const traceparent = [`00-${TRACE}-${SPAN}-01`, `00-${TRACE}-${SPAN}-00`]
    await ask('/a', { headers: { traceparent } })
    expect(got['traceparent']).not.toContain(TRACE)
  })
})

it('a server without a trivet.yaml says nothing of it; one that has a file tells what it read', async () => {
  const said = (lines: readonly Record<string, unknown>[]) =>
    lines.filter(({ msg }) => msg === 'The routes of the gateway were read').map(({ level }) => level)
  const file = '/nowhere-at-all/trivet.yaml'
  const lines: Record<string, unknown>[] = []
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(JSON.parse(line)) })
  const source = createRouteSource({
    ...{ file, log, builtIn: [], ownHost: 'id.example' },
    rules: { publicUrl: 'https://id.example', ownSegments: () => new Set() },
  })
  await source.start().catch(() => undefined)
  source.close()
  expect(said(lines)).toEqual([20])
  expect(said(rig.lines())).toContain(30)
})

it('a fault of ours is told as one, with an id that the log has, not by hanging up', async () => {
  const broken = await createRig({
    file: `gateway: {routes: [{path: /, host: app.example, upstream: "${upstream.origin}"}]}`,
    deps: {
      tokens: {
        verifyAccessToken: () => Promise.reject(new Error('the database is away')),
        clientOf: async () => undefined,
      },
    },
  })
  const headers = { host: 'app.example', authorization: 'Bearer a.b.c' }
  const request = httpRequest({ host: '127.0.0.1', port: broken.port, path: '/', headers, agent: false })
  const [response] = (await once(request.end(), 'response')) as [IncomingMessage]
  expect(response.resume().statusCode).toBe(500)
  const faults = broken.lines().filter((line) => line['level'] === 50)
  expect(faults).toEqual([expect.objectContaining({ id: response.headers['x-request-id'] })])
  expect(JSON.stringify(faults)).toContain('the database is away')
  await broken.close()
})
