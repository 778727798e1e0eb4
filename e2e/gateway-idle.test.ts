import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createGatewayFile } from './harness/gateway-file.ts'
import { megabytes, memoryOf } from './harness/memory.ts'
import { useSite } from './harness/site.ts'
import { type LiveService, openWebSocket, startLiveService } from './harness/websocket.ts'

const WEBSOCKETS = 5000
const STREAMS = 500
/** Of the gateway, for two sockets and what is known of the request. */
const MOST_EACH = 40_000
/** Opened at once; more would wait for each other. */
const AT_ONCE = 100

const site = useSite()
const file = createGatewayFile(() => site.product)
let live: LiveService
beforeAll(async () => {
  live = await startLiveService()
  await file.write(`
gateway:
  routes:
    - {path: /live, access: public, upstream: "http://127.0.0.1:${live.port}"}
`)
})
afterAll(() => live.close())

test(`${WEBSOCKETS} idle WebSockets and ${STREAMS} event streams at once: people sign in, other requests of the route are answered, and each gets its message`, async () => {
  const { pid, url } = site.product
  const before = await memoryOf(pid)
  const began = performance.now()
  const webSockets = await manyOf(WEBSOCKETS, () => openWebSocket(`${url}/live/ws`))
  const withSockets = await memoryOf(pid)
  const streams = await manyOf(STREAMS, () => openStream(url))
  const opened = performance.now()
  const after = await memoryOf(pid)
  expect([live.sockets.length, live.streams.length]).toEqual([WEBSOCKETS, STREAMS])

  const client = site.client()
  const asked = performance.now()
  expect((await client.get('/login')).status).toBe(200)
  expect((await client.get('/live/other')).text).toBe('ok')
  const answered = performance.now()

  const told = performance.now()
  for (const [index, socket] of live.sockets.entries()) socket.send(`to ${index}`)
  for (const [index, stream] of live.streams.entries()) stream.write(`data: to ${index}\n\n`)
  const messages = await Promise.all(webSockets.map((socket) => socket.next()))
  const events = await Promise.all(streams.map(async (stream) => String((await once(stream, 'data'))[0])))
  console.log(
    `${WEBSOCKETS} WebSockets and ${STREAMS} event streams opened in ${seconds(opened - began)}; ` +
      `memory ${megabytes(before)} MB → ${megabytes(after)} MB, ${Math.round((withSockets - before) / WEBSOCKETS / 1000)} kB ` +
      `per WebSocket, ${Math.round((after - withSockets) / STREAMS / 1000)} kB per stream; sign-in page and another request ` +
      `${seconds(answered - asked)}; all messages there after ${seconds(performance.now() - told)}`,
  )
  expect(new Set(messages)).toEqual(new Set(live.sockets.map((_socket, index) => `to ${index}`)))
  expect(new Set(events)).toEqual(new Set(live.streams.map((_stream, index) => `data: to ${index}\n\n`)))
  expect(after - before).toBeLessThan((WEBSOCKETS + STREAMS) * MOST_EACH)

  for (const socket of webSockets) socket.destroy()
  for (const stream of streams) stream.destroy()
  // Callers that have gone leave nothing behind at the service.
  await expect
    .poll(async () => (await Promise.all(live.sockets.map((socket) => socket.next()))).length)
    .toBe(WEBSOCKETS)
  expect((await client.get('/live/other')).text).toBe('ok')
})

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`

async function manyOf<T>(count: number, open: () => Promise<T>): Promise<T[]> {
  const all: T[] = []
  while (all.length < count) {
    const many = Math.min(AT_ONCE, count - all.length)
    all.push(...(await Promise.all(Array.from({ length: many }, open))))
  }
  return all
}

async function openStream(url: string): Promise<IncomingMessage> {
  const { host, port } = new URL(url)
  const headers = { host, accept: 'text/event-stream' }
  const request = httpRequest({ host: '127.0.0.1', port, path: '/live/events', headers, agent: false })
  const [response] = (await once(request.end(), 'response')) as [IncomingMessage]
  expect(response.statusCode).toBe(200)
  return response
}
