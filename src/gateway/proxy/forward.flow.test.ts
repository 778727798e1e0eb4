import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createNetServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRig, createUpstream, type Rig } from '../testing/rig.fixture.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void
const handlers = new Map<string, Handler>()
const upstream = await createUpstream((request, response) => {
  const handler = handlers.get((request.url ?? '').split('?')[0] ?? '')
  if (handler) handler(request, response)
  else response.writeHead(404).end()
})
/** An upstream that can do what no HTTP server of node does. */
const rawConnections: Socket[] = []
let onRaw: (socket: Socket) => void = () => {}
const raw = createNetServer((socket) => {
  rawConnections.push(socket)
  socket.on('error', () => {})
  onRaw(socket)
})
raw.listen(0, '127.0.0.1')
await once(raw, 'listening')
const rawPort = (raw.address() as import('node:net').AddressInfo).port

let rig: Rig
beforeAll(async () => {
  rig = await createRig({
    file: `
gateway:
  routes:
    - {path: /up, strip_prefix: true, access: public, upstream: "${upstream.origin}", timeout: 1, max_body: 300 MB}
    - {path: /small, strip_prefix: true, access: public, upstream: "${upstream.origin}", max_body: 1 kB}
    - {path: /raw, access: public, upstream: "http://127.0.0.1:${rawPort}", timeout: 1, retries: 2}
    - {path: /gone, access: public, upstream: "http://127.0.0.1:1"}
`,
  })
})
afterAll(async () => {
  await rig.close()
  await upstream.close()
  for (const socket of rawConnections) socket.destroy()
  raw.close()
})

/** By node's own client: `fetch` sets no Host. */
function ask(path: string, options: { method?: string; headers?: Record<string, string> } = {}) {
  return httpRequest({
    host: '127.0.0.1',
    port: rig.port,
    path,
    ...options,
    headers: { host: `localhost:${rig.port}`, ...options.headers },
  })
}

async function answerOf(request: ReturnType<typeof ask>) {
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  let body = ''
  for await (const chunk of response.setEncoding('latin1')) body += chunk
  return { status: response.statusCode, headers: response.headers, body }
}

const simple = (path: string, options?: Parameters<typeof ask>[1]) => answerOf(ask(path, options).end())

describe('a request on its way', () => {
  it('arrives with method, path, query and body as they were, and so does its answer', async () => {
    handlers.set('/echo/%C3%A9', (request, response) => {
      response.writeHead(207, 'Multi', { 'x-one': ['a', 'b'], 'content-type': 'application/json' })
      let body = ''
      request.setEncoding('utf8').on('data', (chunk) => (body += chunk))
      request.on('end', () => response.end(JSON.stringify({ method: request.method, url: request.url, body })))
    })
    const request = ask('/up/echo/%c3%a9?a=%2F..&b=;', { method: 'PATCH', headers: { 'content-type': 'text/plain' } })
    const { status, headers, body } = await answerOf(request.end('hello'))
    expect(status).toBe(207)
    expect(headers['x-one']).toBe('a, b')
    expect(JSON.parse(body)).toEqual({ method: 'PATCH', url: '/echo/%C3%A9?a=%2F..&b=;', body: 'hello' })
  })

  it('keeps its query at the prefix that is cut off, and `/` is there', async () => {
    handlers.set('/', (request, response) => void response.end(request.url))
    expect((await simple('/up?x=1')).body).toBe('/?x=1')
    expect((await simple('/up')).body).toBe('/')
    expect((await simple('/up/?x=1')).body).toBe('/?x=1')
  })

  it('keeps every byte of a small answer, which goes out together with its head', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
    handlers.set('/bytes', (_request, response) => void response.end(bytes))
    expect(Buffer.from((await simple('/up/bytes')).body, 'latin1').equals(bytes)).toBe(true)
  })

  it('streams up: the upstream has the first bytes while the last are not sent yet', async () => {
    const seen: string[] = []
    handlers.set('/up-stream', (request, response) => {
      request.on('data', (chunk: Buffer) => seen.push(String(chunk)))
      request.on('end', () => response.end('done'))
    })
    const request = ask('/up/up-stream', { method: 'POST' })
    request.write('first')
    await expect.poll(() => seen).toEqual(['first'])
    expect(await answerOf(request.end('last'))).toMatchObject({ status: 200, body: 'done' })
    expect(seen.join('')).toBe('firstlast')
  })

  it('streams down: events arrive one by one, and the head before any of them', async () => {
    let send: ServerResponse | undefined
    handlers.set('/events', (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.flushHeaders()
      send = response
    })
    const [response] = (await once(ask('/up/events').end(), 'response')) as [IncomingMessage]
    expect(response.headers['content-type']).toBe('text/event-stream')
    for (const event of ['data: 1\n\n', 'data: 2\n\n']) {
      send?.write(event)
      const [chunk] = await once(response, 'data')
      expect(String(chunk)).toBe(event)
    }
    send?.end()
    await once(response.resume(), 'end')
  })

  it('200 MB each way are the same bytes, and who sends is never far ahead of a reader who is slow', async () => {
    const chunk = randomBytes(1024 * 1024)
    const [hash, got, down] = [createHash('sha256'), createHash('sha256'), createHash('sha256')]
    const ahead = { up: 0, down: 0, most: 0 }
    const sends = (way: 'up' | 'down') => {
      ahead[way] += chunk.length
      ahead.most = Math.max(ahead.most, ahead[way])
    }
    async function read(from: AsyncIterable<Buffer>, way: 'up' | 'down', into: ReturnType<typeof createHash>) {
      let parts = 0
      for await (const part of from) {
        into.update(part)
        ahead[way] -= part.length
        parts += 1
        if (parts % 64 === 0) await sleep(5)
      }
    }
    handlers.set('/big', async (request, response) => {
      await read(request, 'up', got)
      response.writeHead(200, { 'x-got': got.digest('hex') })
      for (let n = 0; n < 200; n += 1) {
        sends('down')
        if (!response.write(chunk)) await once(response, 'drain')
      }
      response.end()
    })
    const request = ask('/up/big', { method: 'POST' })
    for (let n = 0; n < 200; n += 1) {
      hash.update(chunk)
      sends('up')
      if (!request.write(chunk)) await once(request, 'drain')
    }
    request.end()
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    await read(response, 'down', down)
    const digest = hash.digest('hex')
    expect(response.headers['x-got']).toBe(digest)
    expect(down.digest('hex')).toBe(digest)
    // What the system's own buffers hold of two connections is a part of it.
    expect(ahead.most / 1024 / 1024).toBeLessThan(64)
  }, 60_000)
})

describe('sizes', () => {
  it.each([
    ['said beforehand', { 'content-length': '1001' }],
    ['in chunks', {}],
  ])('more than the route takes, %s: 413, and the upstream is not kept waiting', async (_how, headers) => {
    let ended = 0
    const arrived = Promise.withResolvers<void>()
    handlers.set('/sink', (request, response) => {
      arrived.resolve()
      request.on('error', () => {})
      request.on('close', () => (ended += 1))
      request.resume().on('end', () => response.end('taken'))
    })
    const request = ask('/small/sink', { method: 'POST', headers })
    request.on('error', () => {})
    const answer = answerOf(request)
    request.write('x'.repeat(600))
    // What is said beforehand never gets that far; of chunks the first ones are there when the one too many comes.
    await ('content-length' in headers ? sleep(20) : arrived.promise)
    request.end('x'.repeat(401))
    const { status, body } = await answer
    expect(status).toBe(413)
    expect(JSON.parse(body).code).toBe('route_body_too_large')
    if (!('content-length' in headers)) await expect.poll(() => ended).toBe(1)
  })

  it('exactly as much as it takes goes through', async () => {
    expect((await answerOf(ask('/small/sink', { method: 'POST' }).end('x'.repeat(1000)))).body).toBe('taken')
  })
})

describe('an upstream that does not do what it should', () => {
  it('is not there: 502 that says so, and Retry is up to the caller', async () => {
    const { status, body, headers } = await simple('/gone')
    expect([status, JSON.parse(body).code]).toEqual([502, 'upstream_down'])
    expect(headers['content-type']).toBe('application/problem+json')
  })

  it('hangs: 504 after the time of the route, and the connection to it is given up', async () => {
    onRaw = () => {}
    const { status, body } = await simple('/raw')
    expect([status, JSON.parse(body).code]).toEqual([504, 'upstream_slow'])
  }, 10_000)

  it.each([
    ['resets', (socket: Socket) => socket.resetAndDestroy()],
    ['hangs up', (socket: Socket) => socket.end()],
  ])('%s: a GET is sent again, as often as the route says', async (_what, misbehave) => {
    let tries = 0
    onRaw = (socket) =>
      socket.once('data', () => {
        tries += 1
        if (tries < 3) misbehave(socket)
        else socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
      })
    expect(await simple('/raw')).toMatchObject({ status: 200, body: 'ok' })
    expect(tries).toBe(3)
  })

  it('a request with a body is never repeated (security §11.6)', async () => {
    let tries = 0
    onRaw = (socket) =>
      socket.once('data', () => {
        tries += 1
        socket.resetAndDestroy()
      })
    expect((await answerOf(ask('/raw', { method: 'POST' }).end('pay'))).status).toBe(502)
    expect((await simple('/raw', { method: 'DELETE' })).status).toBe(502)
    expect(tries).toBe(2)
  })

  it('speaks no HTTP: 502', async () => {
    onRaw = (socket) => socket.once('data', () => socket.end('SSH-2.0-OpenSSH_9.2\r\n'))
    expect((await simple('/raw')).status).toBe(502)
  })

  it('dies in the middle of its answer: the caller sees that something is missing', async () => {
    onRaw = (socket) =>
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf')
        setTimeout(() => socket.resetAndDestroy(), 50)
      })
    const [response] = (await once(ask('/raw').end(), 'response')) as [IncomingMessage]
    await expect(once(response.resume(), 'end')).rejects.toThrow(/aborted/)
  })

  it('harms no other: while one hangs, the rest answer', async () => {
    onRaw = () => {}
    handlers.set('/fine', (_request, response) => response.end('fine'))
    const hanging = Array.from({ length: 50 }, () => simple('/raw', { method: 'DELETE' }))
    for (let n = 0; n < 20; n += 1) expect((await simple('/up/fine')).body).toBe('fine')
    expect(new Set((await Promise.all(hanging)).map(({ status }) => status))).toEqual(new Set([504]))
  }, 20_000)
})

describe('a caller who goes away', () => {
  it('takes the request to the upstream along', async () => {
    let closed = false
    handlers.set('/long', (request, response) => {
      response.writeHead(200).write('begun')
      request.on('close', () => (closed = true))
    })
    const request = ask('/up/long').end()
    request.on('error', () => {})
    await once(request, 'response')
    request.destroy()
    await expect.poll(() => closed).toBe(true)
  })
})

describe('WebSocket (RFC 6455)', () => {
  it('goes both ways after the handshake, and ends together', async () => {
    let headers: IncomingMessage['headers'] = {}
    upstream.server.once('upgrade', (request: IncomingMessage, socket: Socket, early: Buffer) => {
      headers = request.headers
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: x\r\n\r\n',
      )
      if (early.length > 0) socket.write(early)
      socket.pipe(socket)
    })
    const request = ask('/up/ws', {
      headers: { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-key': 'k', 'x-trivet-user': 'evil' },
    }).end()
    const [response, socket] = (await once(request, 'upgrade')) as [IncomingMessage, Socket]
    expect(response.statusCode).toBe(101)
    expect(response.headers['sec-websocket-accept']).toBe('x')
    expect(headers).toMatchObject({
      upgrade: 'websocket',
      connection: 'upgrade',
      'sec-websocket-key': 'k',
      'x-trivet-user': '',
    })
    for (const word of ['one', 'two']) {
      socket.write(word)
      const [echo] = await once(socket, 'data')
      expect(String(echo)).toBe(word)
    }
    socket.end()
    await once(socket, 'close')
  })

  it('an upstream that does not want to answers as it likes', async () => {
    handlers.set('/no-ws', (_request, response) => response.writeHead(403).end('no'))
    const request = ask('/up/no-ws', { headers: { connection: 'Upgrade', upgrade: 'websocket' } })
    expect(await answerOf(request.end())).toMatchObject({ status: 403, body: 'no' })
  })

  it('where no route is, nobody upgrades', async () => {
    const request = ask('/elsewhere', { headers: { connection: 'Upgrade', upgrade: 'websocket' } })
    expect(await answerOf(request.end())).toMatchObject({ status: 404, body: 'router' })
  })
})

/** A file is read when nothing is written to it any more. */
const SETTLED = { timeout: 5000 }

it('a new file takes over without a request failing; a broken one changes nothing and says where', async () => {
  handlers.set('/fine', (_request, response) => response.end('fine'))
  let going = true
  const statuses = new Set<number | undefined>()
  const load = (async () => {
    while (going) statuses.add((await simple('/up/fine')).status)
  })()
  const good = `gateway:\n  routes:\n    - {path: /up, strip_prefix: true, access: public, upstream: "${upstream.origin}"}\n`
  await rig.rewrite(`${good}    - {path: /new, access: public, rewrite: /fine, upstream: "${upstream.origin}"}\n`)
  await expect.poll(async () => (await simple('/new')).body, SETTLED).toBe('fine')
  await rig.rewrite(`${good}    - {path: /other, upstream: nowhere}\n`)
  await expect
    .poll(() => rig.gateway.problems(), SETTLED)
    .toEqual([{ line: 4, message: expect.stringContaining('upstream') }])
  expect((await simple('/new')).body).toBe('fine')
  expect(rig.lines()).toContainEqual(expect.objectContaining({ file: 'trivet.yaml', line: 4 }))
  await rig.rewrite(good)
  await expect.poll(async () => (await simple('/new')).status, SETTLED).toBe(404)
  expect(rig.gateway.problems()).toEqual([])
  going = false
  await load
  expect(statuses).toEqual(new Set([200]))
})
