import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { createRig, createUpstream, type Rig } from '../testing/rig.fixture.ts'

const upstream = await createUpstream((_request, response) => response.end())
let rig: Rig
/** The upstream's end of what was opened last. */
let service: Duplex
upstream.server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
  const protocol = request.headers.upgrade
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nupgrade: ${protocol}\r\nconnection: Upgrade\r\n\r\n`)
  service = socket.on('error', () => {})
})
beforeEach(async () => {
  rig = await createRig({
    file: `gateway:\n  routes:\n    - {path: /up, access: public, upstream: "${upstream.origin}"}\n`,
  })
  return () => rig.close()
})
afterAll(() => upstream.close())

async function open(protocol = 'websocket'): Promise<Duplex> {
  const headers = { host: `localhost:${rig.port}`, connection: 'Upgrade', upgrade: protocol }
  const request = httpRequest({ host: '127.0.0.1', port: rig.port, path: '/up', headers }).end()
  const [, socket, early] = (await once(request, 'upgrade')) as [IncomingMessage, Duplex, Buffer]
  if (early.length > 0) socket.unshift(early)
  return socket.on('error', () => {})
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
    rig.gateway.leave()
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
    rig.gateway.leave()
    await sleep(50)
    service.write(Buffer.concat([FRAME.subarray(100), FRAME.subarray(0, 60)]))
    expect(await got).toEqual(Buffer.concat([FRAME, GOING_AWAY]))
  })

  it('is cut off where a frame does not get to its end', async () => {
    const caller = await open()
    service.write(FRAME.subarray(0, 100))
    await once(caller, 'data')
    rig.gateway.leave()
    await once(caller, 'close')
  })

  it('that is opened only now hears it, too', async () => {
    rig.gateway.leave()
    expect(await rest(await open())).toEqual(GOING_AWAY)
  })
})

it('another protocol is cut off: nobody knows how to say goodbye in it', async () => {
  const caller = await open('something-else')
  const closed = once(caller, 'close')
  rig.gateway.leave()
  await closed
})
