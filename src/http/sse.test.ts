import { once } from 'node:events'
import { request } from 'node:http'
import { describe, expect, it, vi } from 'vitest'
import { type EventStream, openEventStream } from './sse.ts'
import { serve } from './wire.fixture.ts'

/** A reader that keeps its connection, and the stream's other end. */
async function open() {
  const streams: EventStream[] = []
  const served = await serve((server) => {
    server.get('/events', async (_request, reply) => {
      streams.push(openEventStream(reply))
    })
  })
  const received: string[] = []
  const ended = vi.fn()
  const headers = { host: 'localhost:3000', accept: 'text/event-stream' }
  const reader = request({ port: served.port, host: '127.0.0.1', path: '/events', agent: false, headers })
  reader.on('error', () => undefined)
  reader.end()
  const response = await new Promise<import('node:http').IncomingMessage>((resolve) => reader.on('response', resolve))
  response.on('data', (chunk) => received.push(String(chunk)))
  response.on('end', ended)
  response.on('error', () => undefined)
  const [stream] = streams
  if (!stream) throw new Error('no stream')
  return { ...served, stream, reader, response, text: () => received.join(''), ended }
}

/** What a browser makes of it (WHATWG HTML §9.2.6), as far as these tests need. */
function events(text: string) {
  return text
    .split('\n\n')
    .map((block) => block.split('\n').filter((line) => line !== '' && !line.startsWith(':')))
    .filter((lines) => lines.some((line) => line.startsWith('data:')))
    .map((lines) => Object.fromEntries(lines.map((line) => line.split(/: (.*)/s).slice(0, 2))))
}

describe('an event stream (WHATWG HTML §9.2)', () => {
  it('begins at once, without an event: type, retry of 1 s, and nothing that a proxy would hold back', async () => {
    const { response, text } = await open()
    expect(response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    })
    expect(response.headers['content-encoding']).toBeUndefined()
    await vi.waitUntil(() => text() !== '', { timeout: 5000 })
    expect(text()).toBe('retry: 1000\n\n')
  })

  it('sends name, id where there is one, and data as JSON', async () => {
    const { stream, text } = await open()
    stream.send({ id: '7', name: 'step', data: { name: 'save', status: 'done' } })
    stream.send({ name: 'progress', data: 0.5 })
    await vi.waitUntil(() => events(text()).length === 2, { timeout: 5000 })
    expect(events(text())).toEqual([
      { id: '7', event: 'step', data: '{"name":"save","status":"done"}' },
      { event: 'progress', data: '0.5' },
    ])
  })

  it('keeps data on one line whatever it holds: no text ends an event or begins another', async () => {
    const { stream, text } = await open()
    const nasty = { text: 'a\n\nevent: forged\ndata: {}\r\n\r\nid: 9\r\u2028\u2029\u{1f408}' }
    stream.send({ id: '1', name: 'status', data: nasty })
    await vi.waitUntil(() => events(text()).length > 0, { timeout: 5000 })
    expect(events(text())).toHaveLength(1)
    expect(JSON.parse(events(text())[0]?.['data'] ?? '')).toEqual(nasty)
  })

  it('knows when the reader has left', async () => {
    const { stream, reader } = await open()
    expect(stream.isClosed()).toBe(false)
    reader.destroy()
    await stream.closed
    expect(stream.isClosed()).toBe(true)
  })

  it('knows it, too, when the reader left before it began, instead of keeping a timer for ever', async () => {
    const { promise: opened, resolve } = Promise.withResolvers<EventStream>()
    const { port } = await serve((server) => {
      server.get('/slow', async (_request, reply) => {
        reader.destroy()
        await once(reply.raw, 'close')
        await new Promise((next) => setTimeout(next, 20))
        resolve(openEventStream(reply))
      })
    })
    const reader = request({
      port,
      host: '127.0.0.1',
      path: '/slow',
      agent: false,
      headers: { host: 'localhost:3000' },
    })
    reader.on('error', () => undefined)
    reader.end()
    const stream = await opened
    stream.send({ name: 'late', data: 1 })
    await stream.closed
  })

  it('ends for the reader when we close it, and bears being used after that', async () => {
    const { stream, ended, server } = await open()
    stream.close()
    expect(stream.isClosed()).toBe(true)
    stream.send({ name: 'late', data: 1 })
    stream.close()
    await vi.waitUntil(() => ended.mock.calls.length === 1, { timeout: 5000 })
    await stream.closed
    stream.send({ name: 'later', data: 1 })
    expect((await server.inject({ url: '/missing', headers: { host: 'localhost:3000' } })).statusCode).toBe(404)
  })

  it('does not hold the shutdown up', async () => {
    const { server, stream } = await open()
    const began = performance.now()
    await server.close()
    await stream.closed
    expect(performance.now() - began).toBeLessThan(1000)
  })
})
