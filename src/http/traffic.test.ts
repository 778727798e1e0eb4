import { once } from 'node:events'
import { Agent, request as httpRequest, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import pino from 'pino'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { createFrontedServer, createTraffic, type Front, type Traffic } from './index.ts'

const lines: string[] = []
const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) })
const NOBODY: Front = { request: () => false, takesUpgrade: () => false, upgrade: () => false }

/** Answers that somebody has asked for, to be given by the test; `/now` is answered at once. */
let open: ServerResponse[]
let traffic: Traffic
let port: number
beforeEach(async () => {
  open = []
  traffic = createTraffic()
  port = await listen(NOBODY)
})

const portOf = (server: Server) => (server.address() as AddressInfo).port
const listen = async (front: Front, of = traffic) => portOf(await serverOf(front, of))

async function serverOf(front: Front, of = traffic): Promise<Server> {
  const server: Server = createFrontedServer(
    front,
    (request, response) => (request.url === '/now' ? response.end('now') : open.push(response)),
    { traffic: of, log },
  ).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  return server
}

function ask(path: string, options: { agent?: Agent; headers?: Record<string, string>; at?: number } = {}) {
  const { at = port, ...rest } = options
  const request = httpRequest({ host: '127.0.0.1', port: at, path, agent: false, ...rest }).end()
  request.on('error', () => {})
  return request
}

async function answerOf(request: ReturnType<typeof ask>) {
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  let body = ''
  for await (const chunk of response.setEncoding('utf8')) body += chunk
  return { status: response.statusCode, connection: response.headers.connection, headers: response.headers, body }
}

async function socketAt(at: number): Promise<Socket> {
  const socket = connect(at, '127.0.0.1').on('error', () => {})
  await once(socket, 'connect')
  return socket
}

const arrived = (count: number) => expect.poll(() => open.length).toBe(count)
const fullAgent = () => new Agent({ keepAlive: true, maxSockets: 1 })

describe('a process that is about to stop', () => {
  it('answers on, and closes the connection after each answer (RFC 9112 §9.6)', async () => {
    const agent = fullAgent()
    expect((await answerOf(ask('/now', { agent }))).connection).toBe('keep-alive')
    const waiting = answerOf(ask('/later', { agent }))
    await arrived(1)
    traffic.leave()
    open[0]?.end('later')
    expect(await waiting).toMatchObject({ status: 200, body: 'later', connection: 'close' })
    expect(await answerOf(ask('/now', { agent }))).toMatchObject({ status: 200, connection: 'close' })
  })

  it('lets what is on its way come to its end, and is done then', async () => {
    const [early, late] = [answerOf(ask('/early')), answerOf(ask('/late', { agent: fullAgent() }))]
    await arrived(2)
    // Of this one the head has gone, and has promised to keep the connection.
    open[1]?.write('la')
    await sleep(20)
    const drained = traffic.drain(10)
    await expect(answerOf(ask('/now'))).rejects.toThrow(/ECONNREFUSED/)
    open[0]?.end('early')
    open[1]?.end('te')
    expect([(await early).body, (await late).body].sort()).toEqual(['early', 'late'])
    const began = performance.now()
    expect(await drained).toBe(0)
    expect(performance.now() - began).toBeLessThan(1000)
    expect(open.some(traffic.wasCut)).toBe(false)
  })

  it('keeps nobody waiting for idle connections, or for those that have nothing to say', async () => {
    const agent = fullAgent()
    await answerOf(ask('/now', { agent }))
    const silent = await socketAt(port)
    const began = performance.now()
    await traffic.drain(10)
    expect(performance.now() - began).toBeLessThan(2500)
    if (!silent.closed) await once(silent, 'close')
  })

  it('takes the request of a connection that was opened just before', async () => {
    const socket = await socketAt(port)
    await sleep(20)
    const drained = traffic.drain(10)
    socket.write('GET /now HTTP/1.1\r\nhost: x\r\n\r\n')
    expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 [\s\S]*connection: close/i)
    await drained
  })

  it('ends event streams at once: their readers come back by themselves, to another process', async () => {
    const stream = answerOf(ask('/events', { headers: { accept: 'text/event-stream' } }))
    await arrived(1)
    open[0]?.write('data: 1\n\n')
    await sleep(20)
    const refused = expect(stream).rejects.toThrow(/aborted/)
    expect(await traffic.drain(10)).toBe(0)
    await refused
    expect(open.map(traffic.wasCut)).toEqual([true])
  })

  it('cuts off what takes too long', async () => {
    const endless = answerOf(ask('/endless'))
    await arrived(1)
    expect(traffic.openRequests()).toBe(1)
    const refused = expect(endless).rejects.toThrow(/hang up/)
    const began = performance.now()
    expect(await traffic.drain(0.3)).toBe(1)
    await refused
    expect(open.map(traffic.wasCut)).toEqual([true])
    expect(performance.now() - began).toBeGreaterThan(290)
  })
})

describe('more connections than a process can have', () => {
  it('are closed, and the log says once why and what to do', async () => {
    lines.length = 0
    const at = await listen(NOBODY, createTraffic({ connections: 2, log }))
    const sockets = await Promise.all([socketAt(at), socketAt(at)])
    for (let again = 0; again < 2; again += 1) {
      const refused = connect(at, '127.0.0.1').on('error', () => {})
      await once(refused.resume(), 'close')
    }
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ level: 50, connections: 2, msg: expect.stringContaining('ulimit -n') }),
    ])
    for (const socket of sockets) socket.destroy()
    await sleep(50)
    expect((await answerOf(ask('/now', { at }))).body).toBe('now')
  })
})

describe('a front that throws', () => {
  const broken: Front = {
    request: ({ url }) => {
      if (url === '/broken') throw new Error('a fault of ours')
      return false
    },
    takesUpgrade: () => true,
    upgrade: () => {
      throw new Error('another fault of ours')
    },
  }

  it('costs one request: 500 with an id that is in the log, and the next one is answered', async () => {
    lines.length = 0
    const at = await listen(broken)
    const { status, headers, body } = await answerOf(ask('/broken', { at }))
    expect([status, headers['content-type']]).toEqual([500, 'application/problem+json'])
    expect(JSON.parse(body)).toMatchObject({ code: 'internal_error', request_id: headers['x-request-id'] })
    expect(body).not.toContain('a fault of ours')
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ level: 50, id: headers['x-request-id'], error: expect.anything() }),
    ])
    expect((await answerOf(ask('/now', { at }))).status).toBe(200)
  })

  it('at a request to change the protocol as well', async () => {
    const at = await listen(broken)
    const headers = { connection: 'Upgrade', upgrade: 'websocket' }
    expect((await answerOf(ask('/ws', { at, headers }))).status).toBe(500)
    expect((await answerOf(ask('/now', { at }))).status).toBe(200)
  })
})

it('a front is asked once where Fastify has a second server for the other address of a name', async () => {
  const asked: string[] = []
  const upgrade: Front['upgrade'] = ({ url = '' }) => asked.push(url) > 9
  const front: Front = { request: () => false, takesUpgrade: () => true, upgrade }
  const [first, second] = [await serverOf(front), await serverOf(front)]
  second.on('upgrade', first.emit.bind(first, 'upgrade'))
  const headers = { connection: 'Upgrade', upgrade: 'websocket' }
  expect((await answerOf(ask('/ws', { at: portOf(second), headers }))).status).toBe(400)
  expect(asked).toEqual(['/ws'])
})
