import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createUpstream } from '../testing/rig.fixture.ts'
import { type App, createTown, type Town } from '../testing/town.fixture.ts'
import { createVisitor } from '../testing/visitor.fixture.ts'

const WIKI = 'wiki.localhost'
let town: Town
let app: App
let service: Awaited<ReturnType<typeof createUpstream>>
beforeAll(async () => {
  service = await createUpstream(goOn)
  service.server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => {})
    // Not every service that streams knows of WebSockets.
    if (request.url?.endsWith('/events')) {
      return void socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: 1\n\n')
    }
    if (request.url?.endsWith('/file')) return void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf')
    socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n')
  })
  town = await createTown({
    file: () => `
gateway:
  routes:
    - {path: /api, upstream: "${service.origin}", scopes: notes:read, max_body: 1 MB}
    - {path: /, host: ${WIKI}, upstream: "${service.origin}", access: session}
    - {path: /open, upstream: "${service.origin}", access: public}
`,
  })
  app = await town.app()
})
afterAll(async () => {
  await town.close()
  await service.close()
})
afterEach(() => town.shift(0))

/** Answers that begin and have no end; but for an upload, which is answered when all of it has come, and the first page. */
function goOn(request: IncomingMessage, response: ServerResponse): void {
  if (request.url === '/') return void response.end('home')
  request.on('error', () => {})
  if (request.url?.endsWith('/upload')) return void request.resume().on('end', () => response.end('all of it'))
  const type = request.url?.endsWith('/events') ? 'text/event-stream; charset=utf-8' : 'application/octet-stream'
  response.writeHead(200, { 'content-type': type })
  response.write('data: 1\n\n')
}

/** Something that goes on, and how it ends, if it does. */
type Open = { readonly kind: string; ended: string | undefined; readonly close: () => void }

async function open(kind: string, path: string, headers: Record<string, string>, method = 'GET', at = town.port) {
  const one: { -readonly [name in keyof Open]: Open[name] } = { kind, ended: undefined, close: () => request.destroy() }
  const all = { host: `localhost:${town.port}`, ...headers }
  const request = httpRequest({ host: '127.0.0.1', port: at, path, method, headers: all, agent: false })
  request.on('error', () => {
    one.ended ??= 'cut'
  })
  const isSocket = headers['upgrade'] !== undefined && path.endsWith('/socket')
  const answered = once(request, isSocket ? 'upgrade' : 'response')
  if (path.endsWith('/upload')) {
    request.write('x'.repeat(1000))
    // What the test itself closes has no answer.
    answered.then(
      ([response]) => {
        one.ended = String(response.statusCode)
      },
      () => undefined,
    )
    return one
  }
  request.end()
  const [response, socket] = (await answered) as [IncomingMessage, Duplex | undefined]
  const from = socket ?? response
  const parts: Buffer[] = []
  from.on('data', (part: Buffer) => parts.push(part))
  from.on('end', () => {
    one.ended = socket ? Buffer.concat(parts).toString('hex') : 'end'
  })
  from.on('error', () => {
    one.ended ??= 'cut'
  })
  expect(response.statusCode, kind).toBe(socket ? 101 : 200)
  return one
}

const UPGRADE = {
  ...{ connection: 'Upgrade', upgrade: 'websocket' },
  ...{ 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' },
}

async function everything(token: string, at = town.port): Promise<readonly Open[]> {
  const headers = { authorization: `Bearer ${token}` }
  return [
    await open('events', '/api/events', headers, 'GET', at),
    await open('events of a POST', '/api/events', { ...headers, 'content-length': '0' }, 'POST', at),
    await open('download', '/api/file', headers, 'GET', at),
    await open('upload', '/api/upload', headers, 'POST', at),
    await open('WebSocket', '/api/socket', { ...headers, ...UPGRADE }, 'GET', at),
    await open('events of a handshake', '/api/events', { ...headers, ...UPGRADE }, 'GET', at),
    await open('download of a handshake', '/api/file', { ...headers, ...UPGRADE }, 'GET', at),
    await open('events of another upgrade', '/api/events', { ...headers, ...UPGRADE, upgrade: 'x' }, 'GET', at),
  ]
}

const endsOf = (all: readonly Open[]) => Object.fromEntries(all.map(({ kind, ended }) => [kind, ended]))
/** 1008 in a frame of a server: FIN and opcode 8, two bytes (RFC 6455 §5.2, §5.5.1). */
const CLOSED_1008 = '880203f0'
const ALL_ENDED = {
  ...{ events: 'end', 'events of a POST': 'end', download: 'cut' },
  ...{ upload: '401', WebSocket: CLOSED_1008 },
  ...{ 'events of a handshake': 'end', 'download of a handshake': 'cut', 'events of another upgrade': 'end' },
}

describe('what was opened with a token ends within 2 s (security §10.2, ASVS 5.0 7.4), in every process', () => {
  const reasons: readonly (readonly [string, () => Promise<{ token: string; end: () => Promise<unknown> }>])[] = [
    [
      'when the token is revoked',
      async () => {
        const { access_token: token } = await town.tokens(await town.user(), app)
        const fields = { token, client_id: app.id, client_secret: app.secret }
        return { token, end: () => town.form('/revoke', fields) }
      },
    ],
    [
      'when its user is disabled',
      async () => {
        const user = await town.user()
        const { access_token: token } = await town.tokens(user, app)
        return { token, end: () => town.accounts.setDisabled(user.username, true) }
      },
    ],
    [
      'when its client is deleted',
      async () => {
        const gone = await town.app()
        const { access_token: token } = await town.tokens(await town.user(), gone)
        return { token, end: () => town.authorization.clients.remove(gone.id) }
      },
    ],
    [
      'when its client, which came for itself, is switched off',
      async () => {
        const off = await town.app()
        const token = await town.ownToken(off, { scope: 'notes:read' })
        return { token, end: () => town.authorization.clients.setState(off.id, { isDisabled: true }) }
      },
    ],
  ]
  it.each(reasons)('%s', async (_why, begin) => {
    const { token, end } = await begin()
    const all = [...(await everything(token)), ...(await everything(token, town.second.port))]
    const other = await everything((await town.tokens(await town.user(), app)).access_token)
    const began = performance.now()
    await end()
    for (const some of [all.slice(0, 8), all.slice(8)]) {
      await expect.poll(() => endsOf(some), { timeout: 4000, interval: 20 }).toEqual(ALL_ENDED)
    }
    expect(performance.now() - began).toBeLessThan(2000)
    expect(Object.values(endsOf(other))).toEqual(Array(8).fill(undefined))
    for (const one of other) one.close()
    const line = town.lines().findLast(({ msg, path }) => msg === 'gateway: ended' && path === '/api/file')
    expect(line).toMatchObject({ why: 'revoked', status: 200, route: '/api' })
  })
})

it('a token that ends by itself takes along what would last for ever; what was asked for in time is answered', async () => {
  const { access_token: token } = await town.tokens(await town.user(), app)
  const all = await everything(token)
  const open_ = await open('public', '/open/events', {})
  await town.shift(590)
  await new Promise((resolve) => setTimeout(resolve, 700))
  expect(Object.values(endsOf(all))).toEqual(Array(8).fill(undefined))
  await town.shift(601)
  await expect
    .poll(() => endsOf(all), { timeout: 3000 })
    .toEqual({
      ...Object.fromEntries(all.map(({ kind }) => [kind, undefined])),
      ...{ events: 'end', 'events of a handshake': 'end', 'events of another upgrade': 'end', WebSocket: CLOSED_1008 },
    })
  expect(open_.ended).toBeUndefined()
  for (const one of [...all, open_]) one.close()
})

describe('what was opened with a session ends within 2 s', () => {
  async function signedIn() {
    const visitor = createVisitor(town)
    const user = await town.user()
    await visitor.signIn(user)
    expect((await visitor.follow(WIKI, '/.trivet/sign-in')).status).toBe(200)
    const headers = { host: WIKI, cookie: visitor.cookieHeader(WIKI) }
    const all = [
      await open('events', '/events', headers),
      await open('download', '/file', headers),
      await open('WebSocket', '/socket', { ...headers, ...UPGRADE, origin: `http://${WIKI}` }),
    ]
    return { visitor, user, all }
  }
  const ENDED = { events: 'end', download: 'cut', WebSocket: CLOSED_1008 }

  it.each(['when the person signs out', 'when their account is disabled'])('%s', async (why) => {
    const { visitor, user, all } = await signedIn()
    const other = await signedIn()
    const began = performance.now()
    await (why.includes('disabled') ? town.accounts.setDisabled(user.username, true) : visitor.signOut())
    await expect.poll(() => endsOf(all), { timeout: 4000, interval: 20 }).toEqual(ENDED)
    expect(performance.now() - began).toBeLessThan(2000)
    expect(Object.values(endsOf(other.all))).toEqual([undefined, undefined, undefined])
    for (const one of other.all) one.close()
  })
})
