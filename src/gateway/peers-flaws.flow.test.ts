import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPeers } from '#http'
import { canonicalPath } from './routes/canonical-path.ts'
import { createRig, createUpstream, type Rig } from './testing/rig.fixture.ts'
import { createTown, type Town } from './testing/town.fixture.ts'

/** What went wrong in other proxies (security §9), by the rows of that table; each fails when the flaw is put back. */
const FILE = (origin: string) => `
gateway:
  routes:
    - {path: /, host: app.example, access: public, upstream: "${origin}"}
    - {path: /private, host: app.example, upstream: "${origin}"}
    - {path: /limited, host: app.example, access: public, upstream: "${origin}", rate_limit: {requests: 2, seconds: 600}}
    - {path: /mix, host: app.example, methods: [POST, OPTIONS], access: public, upstream: "${origin}"}
    - {path: /mix, host: app.example, methods: [GET], upstream: "${origin}"}
    - {path: /, host: asked.example, access: public}
    - {path: /private, host: asked.example}
    - {path: /me, upstream: "${origin}", scopes: notes:read}
    - {path: /both, upstream: "${origin}", scopes: notes:read, identity_headers: {user: X-WebAuth-User}}
`
let town: Town
let token: string
let publicId: string
/** In front of nothing that is trusted: what callers say of themselves is their own word. */
let far: Rig
const arrived: string[] = []
const requests: (Pick<IncomingMessage, 'method' | 'url' | 'headers'> & { readonly body: string })[] = []
const last = () => requests.at(-1)
const recorder = await createUpstream(async (request, response) => {
  arrived.push(request.url ?? '')
  const { method, url, headers } = request
  let body = ''
  for await (const chunk of request.setEncoding('utf8')) body += chunk
  requests.push({ method, url, headers, body })
  response.end('arrived')
})
beforeAll(async () => {
  town = await createTown({ file: FILE })
  const [person, app] = [await town.user(), await town.app()]
  publicId = person.publicId
  token = (await town.tokens(person, app)).access_token
  far = await createRig({ file: FILE(recorder.origin), deps: { peers: createPeers(['10.0.0.0/8']) } })
})
afterAll(async () => {
  await town.close()
  await far.close()
  await recorder.close()
})

const HOST = { host: 'app.example' }
const raw = (answer: { json: Record<string, unknown> }) => {
  const names = answer.json['rawHeaders'] as string[]
  return names.flatMap((name, at): [string, string][] => (at % 2 === 0 ? [[name, names[at + 1] ?? '']] : []))
}

describe('row 1: the address that a caller claims picks no rule (oauth2-proxy CVE-2026-40575)', () => {
  const claims = {
    'x-forwarded-uri': '/',
    'x-forwarded-method': 'OPTIONS',
    'x-forwarded-path': '/',
    'x-forwarded-prefix': '/',
    'x-original-uri': '/',
    'x-original-url': '/',
    'x-original-method': 'OPTIONS',
    'x-rewrite-url': '/',
    'x-http-method-override': 'OPTIONS',
    forwarded: 'for=10.0.0.1;host=app.example;proto=https',
  }

  it.each(Object.entries(claims))('%s', async (name, value) => {
    expect((await town.ask('/private', { headers: { ...HOST, [name]: value } })).status).toBe(401)
    expect((await town.ask('/me', { headers: { [name]: value } })).status).toBe(401)
  })

  it('nor does the host, where no trusted proxy says it', async () => {
    const ask = async (headers: Record<string, string>) => {
      const request = httpRequest({ host: '127.0.0.1', port: far.port, path: '/private', headers, agent: false })
      const [response] = (await once(request.end(), 'response')) as [IncomingMessage]
      return response.resume().statusCode
    }
    const here = `localhost:${far.port}`
    // `/` of app.example is public; here there is nothing at all at that path.
    expect(await ask({ host: here, 'x-forwarded-host': 'app.example' })).toBe(404)
    expect(await ask({ host: 'app.example', 'x-forwarded-host': here })).toBe(401)
  })

  it('at /gateway/auth one family is read, and only from a trusted proxy (security §10.18)', async () => {
    const asked = { 'x-forwarded-method': 'GET', 'x-forwarded-host': 'asked.example', 'x-forwarded-uri': '/private' }
    for (const [name, value] of Object.entries(claims)) {
      if (name in asked) continue
      expect([name, (await town.ask('/gateway/auth', { headers: { ...asked, [name]: value } })).status]).toEqual([
        name,
        401,
      ])
    }
    const headers = { ...asked, 'x-forwarded-uri': '/', 'x-forwarded-for': '10.0.0.1' }
    const request = httpRequest({ host: '127.0.0.1', port: far.port, path: '/gateway/auth', headers, agent: false })
    const [response] = (await once(request.end(), 'response')) as [IncomingMessage]
    expect(response.resume().statusCode).toBe(403)
  })
})

it.each(['GoogleHC/1.0', 'kube-probe/1.31', 'ELB-HealthChecker/2.0', 'Consul Health Check', 'Edge Health Probe'])(
  'row 2: %s is nobody in particular (oauth2-proxy GHSA-5hvv-m4w4-gf6v)',
  async (agent) => {
    const headers = { 'user-agent': agent, 'x-health-check': '1' }
    expect((await town.ask('/private', { headers: { ...HOST, ...headers } })).status).toBe(401)
    const asked = { 'x-forwarded-method': 'GET', 'x-forwarded-host': 'asked.example', 'x-forwarded-uri': '/private' }
    expect((await town.ask('/gateway/auth', { headers: { ...asked, ...headers } })).status).toBe(401)
  },
)

describe('row 3: what was checked is what arrives (oauth2-proxy GHSA-pxq7-h93f-9jrg, Oathkeeper 26.2)', () => {
  const PIECES = [
    ...['', '.', '..', 'x', 'private', '%70rivate', 'priv%61te', 'private;a=b', 'x;', '%2e', '%2e%2e', '.%2E'],
    ...['x%2f..', '..%2fprivate', '%2fprivate', 'x%5c..', '..\\private', '\\private', '%252e%252e', 'private%00'],
    ...['private#', '#', 'private%23', 'private%3f'],
  ]
  const PATHS = PIECES.flatMap((one) => PIECES.flatMap((two) => [`/${one}/${two}`, `/x/${one}/${two}/private`]))

  /** As the laxest of servers reads a path: decoded until nothing is left to decode, parameters and fragment dropped. */
  function laxly(path: string): string {
    let read = path
    for (let before = ''; before !== read; ) {
      before = read
      read = read.replace(/%([0-9a-f]{2})/gi, (_whole, digits) => String.fromCharCode(Number.parseInt(digits, 16)))
    }
    const segments: string[] = []
    for (const segment of (read.split(/[?#\0]/)[0] ?? '').replaceAll('\\', '/').split('/')) {
      const name = segment.split(';')[0] ?? ''
      if (name === '..') segments.pop()
      else if (name !== '' && name !== '.') segments.push(name)
    }
    return `/${segments.join('/')}`
  }

  it('of all spellings none that any server could read as /private comes through a public route', async () => {
    arrived.length = 0
    const statuses = await sayAll(far.port, PATHS)
    expect(statuses).toHaveLength(PATHS.length)
    // Plain ones do, so that this tests something.
    expect(arrived.length).toBeGreaterThan(20)
    expect(new Set(statuses)).toEqual(new Set([200, 400, 401]))
    expect(arrived.filter((path) => /^\/private(?:\/|$)/.test(laxly(path)))).toEqual([])
    expect(arrived.filter((path) => path !== canonicalPath(path))).toEqual([])
  }, 30_000)

  it('a whole URL as target is no way around the host or the path (RFC 9112 §3.2.2)', async () => {
    const [there, here] = [`http://localhost:${far.port}/private`, 'http://app.example/private']
    expect(await sayAll(far.port, [there, here, '*', 'private'])).toEqual([400, 400, 400, 400])
  })
})

describe('row 6: who calls is said by the gateway, however a caller spells it (oauth2-proxy CVE-2025-64484)', () => {
  it.each([
    'X-Trivet-User',
    'X_Trivet_User',
    'x-trivet_user',
    'X.Trivet.User',
    'X-WebAuth-User',
    'X_WebAuth_User',
    'X-Forwarded-User',
    'X_Forwarded_User',
    'X_Forwarded_For',
    'Remote_User',
    'X-Auth-Request-User',
    'X_Auth_Request_Email',
  ])('%s', async (name) => {
    for (const path of ['/me', '/both']) {
      const headers = { [name]: ['u_evil', 'u_evil2'] }
      const answer = await town.ask(path, { token, headers })
      expect(answer.status).toBe(200)
      expect(answer.text).not.toContain('u_evil')
      // As a server sees it that makes variables of names: exactly one of ours.
      const own = path === '/me' ? 'x-trivet-user' : 'x-webauth-user'
      const same = raw(answer).filter(([one]) => one.toLowerCase().replace(/[^a-z0-9]/g, '-') === own)
      expect(same).toEqual([[own, publicId]])
    }
  })

  it('also at the door for other protocols, and where nobody has to say who they are', async () => {
    const headers = { ...HOST, 'x-trivet-user': 'u_evil', X_Trivet_User: 'u_evil' }
    expect(raw(await town.ask('/', { headers })).filter(([name]) => /^x.trivet.user$/i.test(name))).toEqual([
      ['x-trivet-user', ''],
    ])
  })
})

describe('row 7: Connection takes nothing of ours away (Fabio CVE-2025-48865)', () => {
  it.each([
    ['X-Trivet-User'],
    ['close, X-Trivet-User, x-trivet-client, X-Forwarded-For, x-forwarded-host, x-request-id, traceparent, host'],
    [['keep-alive', 'x-trivet-user,x-trivet-scope']],
    ['x_trivet_user, x-trivet-*'],
  ])('Connection: %s', async (connection) => {
    const { json } = await town.ask('/me', { token, headers: { connection } })
    expect(json['headers']).toMatchObject({
      'x-trivet-user': publicId,
      'x-trivet-client': expect.stringMatching(/^c_/),
      'x-trivet-scope': 'notes:read',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': expect.stringContaining('localhost'),
      'x-request-id': expect.any(String),
      traceparent: expect.any(String),
      host: expect.stringContaining('127.0.0.1'),
    })
  })

  it('nor the length of a body, so that its end is where it was (RFC 9112 §6.3)', async () => {
    const headers = { connection: 'content-length', 'content-length': '4' }
    const answer = await town.ask('/me', { method: 'POST', token, headers, body: 'abcd' })
    const framing = raw(answer).filter(([name]) => /^(content-length|transfer-encoding)$/i.test(name))
    expect([answer.status, framing]).toHaveLength(2)
    expect(framing).toHaveLength(1)
  })
})

it('/gateway/auth tells a page nothing of a host that Trivet forwards, its cookies least of all', async () => {
  const of = (host: string) => ({ 'x-original-method': 'GET', 'x-original-host': host, 'x-original-uri': '/' })
  const cookie = 'app_sid=secret'
  const ask = (host: string, about: string) =>
    town.ask('/gateway/auth?proxy=nginx', { headers: { host, cookie, ...of(about) } })
  // The app's own address there, as any other.
  const there = await ask('app.example', 'app.example')
  expect([there.status, there.json['url'], there.headers['cookie']]).toEqual([
    200,
    '/gateway/auth?proxy=nginx',
    undefined,
  ])
  const inner = await ask('trivet.internal', 'app.example')
  expect([inner.status, inner.headers['cookie']]).toEqual([403, undefined])
  const asked = await ask('trivet.internal', 'asked.example')
  expect([asked.status, asked.headers['cookie']]).toEqual([200, cookie])
})

describe('a change of protocol is a WebSocket’s, or none (h2c smuggling, RFC 9110 §7.8)', () => {
  const OFFERS = [
    ...['h2c', 'x', 'websocket, h2c', 'h2c, websocket', 'websocket/13', 'TLS/1.0, HTTP/1.1'],
    ...['websocket\r\nUpgrade: h2c', 'h2c\r\nUpgrade: websocket'],
  ]
  const CONNECTION = 'Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__'
  const asked = (method: string, upgrade: string, more = '') =>
    `${method} /mix/x HTTP/1.1\r\nHost: app.example\r\n${CONNECTION}\r\nUpgrade: ${upgrade}\r\n${more}`

  it.each(OFFERS)('Upgrade: %s never reaches the upstream', async (upgrade) => {
    const { answer } = await tell(far.port, `${asked('OPTIONS', upgrade)}\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 200 /)
    expect(last()).toMatchObject({ method: 'OPTIONS', url: '/mix/x' })
    expect(Object.keys(last()?.headers ?? {})).not.toContain('upgrade')
    expect(Object.keys(last()?.headers ?? {})).not.toContain('http2-settings')
  })

  it.each([...OFFERS, 'websocket'])('nor does a method become another by it: %s', async (upgrade) => {
    requests.length = 0
    const { answer } = await tell(far.port, `${asked('GET', upgrade)}\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 401 /)
    for (const method of ['OPTIONS', 'POST']) await tell(far.port, `${asked(method, upgrade)}\r\n`)
    expect(requests.map(({ method }) => method)).toEqual(['OPTIONS', 'POST'])
  })

  it.each([...OFFERS, 'websocket'])(
    'a body stays where it was, and so does what comes after it: %s',
    async (upgrade) => {
      requests.length = 0
      const next = 'GET /after HTTP/1.1\r\nHost: app.example\r\n'
      const body = `${asked('POST', upgrade, 'Content-Length: 4\r\n')}\r\nabcd`
      const { answer } = await tell(far.port, body, `${next}\r\n`)
      expect(requests.map(({ method, url, body: got }) => [method, url, got])).toEqual([
        ['POST', '/mix/x', 'abcd'],
        ['GET', '/after', ''],
      ])
      expect(answer.match(/HTTP\/1\.1 200 /g)).toHaveLength(2)
      // Of a WebSocket a GET with a body is no handshake.
      requests.length = 0
      const got = await tell(
        far.port,
        `${asked('GET', upgrade, 'Content-Length: 4\r\n').replace('/mix', '/open')}\r\nabcd`,
      )
      expect([got.answer.slice(0, 12), requests.map(({ body: sent }) => sent)]).toEqual(['HTTP/1.1 200', ['abcd']])
    },
  )

  it('where no route is, the router answers as without it', async () => {
    for (const upgrade of [...OFFERS, 'websocket']) {
      const head = `GET /nothing HTTP/1.1\r\nHost: localhost:${far.port}\r\n${CONNECTION}\r\nUpgrade: ${upgrade}\r\n\r\n`
      expect((await tell(far.port, head)).answer).toMatch(/^HTTP\/1\.1 404 [\s\S]*router/)
    }
  })
})

describe('row 17: a limit counts an address, not its spellings (Better Auth GHSA-x732-6j76-qmhm)', () => {
  it('two in all, however the path is written', async () => {
    const spellings = [
      ...['/limited', '/%6cimited', '/limited/', '/limited/x', '/limit%65d?a=1', '/limited/%7e'],
      ...['//limited', '/./limited', '/limited//', '/x/../limited', '/limited;a', '/limited%2f'],
    ]
    const statuses = await sayAll(far.port, spellings)
    expect(statuses.slice(0, 6)).toEqual([200, 200, 429, 429, 429, 429])
    expect(statuses.slice(6)).toEqual([400, 400, 400, 400, 400, 400])
  })

  it('and nobody who says that they are somebody else, or at home, is counted anew (row 23)', async () => {
    const more = ['X-Forwarded-For: 192.0.2.9', 'X-Real-IP: 127.0.0.1', 'Forwarded: for=192.0.2.10', 'Via: 1.1 here']
    for (const header of more) expect([header, await sayAll(far.port, ['/limited'], header)]).toEqual([header, [429]])
  })
})

/** Says one after the other on one connection, and reads each time until nothing comes for a moment. */
async function tell(port: number, ...texts: string[]): Promise<{ answer: string }> {
  const socket = connect(port, '127.0.0.1')
  let answer = ''
  socket.setEncoding('latin1').on('error', () => {})
  socket.on('data', (chunk) => (answer += chunk))
  await once(socket, 'connect')
  for (const text of texts) {
    socket.write(text)
    await once(socket, 'data')
    for (let before = ''; before !== answer; ) {
      before = answer
      await sleep(60)
    }
  }
  socket.destroy()
  return { answer }
}

/** Request targets as they are, one after the other on one connection as long as it stays open. @returns statuses */
async function sayAll(port: number, targets: readonly string[], header = 'X-Nothing: 1'): Promise<number[]> {
  const statuses: number[] = []
  let socket: Socket | undefined
  let got = ''
  for (const target of targets) {
    if (!socket || socket.destroyed || socket.readableEnded) {
      socket = connect(port, '127.0.0.1')
      socket.setEncoding('latin1').on('error', () => {})
      await once(socket, 'connect')
    }
    const current = socket
    got = ''
    const answered = new Promise<void>((resolve) => {
      const read = (chunk: string) => {
        got += chunk
        const head = got.indexOf('\r\n\r\n')
        const length = Number(/\r\ncontent-length: (\d+)/i.exec(got)?.[1] ?? Number.NaN)
        const isWhole = /\r\ntransfer-encoding: chunked/i.test(got)
          ? got.endsWith('0\r\n\r\n')
          : head >= 0 && got.length >= head + 4 + length
        if (isWhole) done()
      }
      const done = () => {
        current.off('data', read).off('close', done)
        resolve()
      }
      current.on('data', read).on('close', done)
    })
    current.write(`GET ${target} HTTP/1.1\r\nHost: app.example\r\n${header}\r\n\r\n`)
    await answered
    statuses.push(Number(/^HTTP\/1\.1 (\d{3})/.exec(got)?.[1] ?? 0))
    if (/\r\nconnection: close/i.test(got)) current.destroy()
  }
  socket?.destroy()
  return statuses
}
