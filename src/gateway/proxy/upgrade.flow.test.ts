import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { createRig, createUpstream, type Rig } from '../testing/rig.fixture.ts'

const upstream = await createUpstream((_request, response) => response.end())
const HANDSHAKE = 'Connection: Upgrade\r\nUpgrade: websocket\r\n'
/** The protocol that the upstream answers with. */
let answered = 'websocket'
let rig: Rig
/** The upstream's end of what was opened last. */
let service: Duplex
upstream.server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
  service = socket.on('error', () => {})
  if (request.url === '/up/none') return void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nnone')
  if (request.url === '/up/events') {
    return void socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: 1\n\n')
  }
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nupgrade: ${answered}\r\nconnection: Upgrade\r\n\r\n`)
})
beforeEach(async () => {
  answered = 'websocket'
  const closed = `    - {path: /closed, upstream: "${upstream.origin}"}\n`
  rig = await createRig({
    file: `gateway:\n  routes:\n    - {path: /up, access: public, upstream: "${upstream.origin}"}\n${closed}`,
  })
  return () => rig.close()
})
afterAll(() => upstream.close())

async function open(): Promise<Duplex> {
  const headers = { host: `localhost:${rig.port}`, connection: 'Upgrade', upgrade: 'websocket' }
  const request = httpRequest({ host: '127.0.0.1', port: rig.port, path: '/up', headers }).end()
  const [, socket, early] = (await once(request, 'upgrade')) as [IncomingMessage, Duplex, Buffer]
  if (early.length > 0) socket.unshift(early)
  return socket.on('error', () => {})
}

/** A handshake that is answered with anything but a WebSocket. */
async function refusal(path: string) {
  const headers = { host: `localhost:${rig.port}`, connection: 'Upgrade', upgrade: 'websocket' }
  const request = httpRequest({ host: '127.0.0.1', port: rig.port, path, headers }).end()
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  response.resume()
  return { status: response.statusCode, socket: response.socket }
}

/** Everything that comes until the other side ends. */
async function rest(socket: Duplex): Promise<Buffer> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  await once(socket.resume(), 'end')
  return Buffer.concat(chunks)
}

/** RFC 6455 §5.2: a text frame of 200 bytes without a mask, as a server sends it. */
const FRAME = Buffer.concat([Buffer.from([0x81, 126, 0, 200]), Buffer.alloc(200, 'x')])
const GOING_AWAY = Buffer.from([0x88, 2, 0x03, 0xe9])

describe('a WebSocket at a process that stops', () => {
  it('hears 1001, at both ends (RFC 6455 §7.4.1)', async () => {
    const caller = await open()
    service.write(FRAME)
    await once(caller, 'data')
    const both = Promise.all([rest(caller), rest(service)])
    rig.gateway.leave(() => false)
    const [toCaller, toService] = await both
    expect(toCaller).toEqual(GOING_AWAY)
    // Masked, as everything that comes from a client.
    expect([...toService.subarray(0, 2), toService.length]).toEqual([0x88, 0x82, 8])
  })

  it('gets the frame whole that is on its way, and what comes after it no more', async () => {
    const caller = await open()
    const got = rest(caller)
    service.write(FRAME.subarray(0, 100))
    await sleep(50)
    rig.gateway.leave(() => false)
    await sleep(50)
    service.write(Buffer.concat([FRAME.subarray(100), FRAME.subarray(0, 60)]))
    expect(await got).toEqual(Buffer.concat([FRAME, GOING_AWAY]))
  })

  it('is cut off where a frame does not get to its end', async () => {
    const caller = await open()
    service.write(FRAME.subarray(0, 100))
    await once(caller, 'data')
    rig.gateway.leave(() => false)
    await once(caller, 'close')
  })

  it('that is opened only now hears it, too', async () => {
    rig.gateway.leave(() => false)
    expect(await rest(await open())).toEqual(GOING_AWAY)
  })
})

it('another protocol than was asked for is no answer: 502, and nothing goes through (RFC 9110 §7.8)', async () => {
  answered = 'h2c'
  const { status } = await refusal('/up')
  expect(status).toBe(502)
  await expect.poll(() => service.readableEnded).toBe(true)
})

it('an answer that is none of a WebSocket gets to its end, and the connection with it', async () => {
  const { status, socket } = await refusal('/up/none')
  expect(status).toBe(200)
  await once(socket, 'close')
})

it('an event stream in the place of a WebSocket ends with the process', async () => {
  const { socket } = await refusal('/up/events')
  const closed = once(socket, 'close')
  rig.gateway.leave(() => false)
  await closed
})

it('who is refused and says nothing more keeps no connection open', async () => {
  const socket = connect({ port: rig.port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => {})
  socket.write(`GET /closed HTTP/1.1\r\nHost: localhost:${rig.port}\r\n${HANDSHAKE}\r\n`)
  const [head] = await once(socket, 'data')
  expect(String(head)).toMatch(/^HTTP\/1\.1 401 /)
  await expect.poll(() => rig.connections(), { timeout: 3000 }).toBe(0)
  socket.destroy()
})
