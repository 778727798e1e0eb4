import { once } from 'node:events'
import { Agent, createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readBytes, writeBytes } from './harness/bytes.ts'
import { createGatewayFile } from './harness/gateway-file.ts'
import { megabytes, memoryOf, watchMemory } from './harness/memory.ts'
import { useSite } from './harness/site.ts'

/** `GATEWAY_GB=10` for what the product promises; less takes less time. */
const BYTES = Number(process.env['GATEWAY_GB'] ?? 1) * 1e9
/** What sockets and the young generation of node's heap hold at most, however much goes through. */
const MOST_GROWTH = 120e6

const site = useSite()
const file = createGatewayFile(() => site.product)
let upstream: Server
/** How many bytes arrived of each upload. */
const arrived: number[] = []

beforeAll(async () => {
  upstream = createServer({ requestTimeout: 0 }, async (request, response) => {
    if (request.method === 'POST') arrived.push(await readBytes(request))
    else await writeBytes(response, BYTES)
    response.end()
  }).listen(0, '127.0.0.1')
  await once(upstream, 'listening')
  const { port } = upstream.address() as AddressInfo
  await file.write(`
gateway:
  routes:
    - {path: /big, access: public, upstream: "http://127.0.0.1:${port}", max_body: 100 GB, timeout: 600}
`)
})
afterAll(() => void upstream.close())

test(`${BYTES / 1e9} GB through one connection each way: every byte in its place, and the memory of the process stays flat`, async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  let connections = 0
  const ask = async (method: string, length = 0) => {
    const headers = { host: new URL(site.product.url).host, ...(length > 0 ? { 'content-length': length } : {}) }
    const { port } = new URL(site.product.url)
    const request = httpRequest({ host: '127.0.0.1', port, path: '/big', method, headers, agent })
    request.on('socket', () => (connections += request.reusedSocket ? 0 : 1))
    if (length > 0) await writeBytes(request, length)
    const [response] = (await once(request.end(), 'response')) as [IncomingMessage]
    expect(response.statusCode).toBe(200)
    return response
  }
  // What grows once, whatever the size.
  await readBytes(await ask('POST', 50e6))
  const before = await memoryOf(site.product.pid)
  const stop = watchMemory(site.product.pid)

  const began = performance.now()
  await readBytes(await ask('POST', BYTES))
  const up = performance.now()
  const down = await readBytes(await ask('GET'))
  const ended = performance.now()

  const most = Math.max(...(await stop()))
  console.log(
    `${BYTES / 1e9} GB up in ${((up - began) / 1000).toFixed(1)} s, down in ${((ended - up) / 1000).toFixed(1)} s; ` +
      `memory ${megabytes(before)} MB before, ${megabytes(most)} MB at most`,
  )
  expect(arrived).toEqual([50e6, BYTES])
  expect(down).toBe(BYTES)
  expect(connections).toBe(1)
  expect(most - before).toBeLessThan(MOST_GROWTH)
  agent.destroy()
}, 600_000)
