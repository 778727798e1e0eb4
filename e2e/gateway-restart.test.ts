import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClient } from './harness/client.ts'
import { temporaryFolder } from './harness/machine.ts'
import { registerPerson } from './harness/person.ts'
import { type Product, startProduct } from './harness/product.ts'
import { createReplicas, type Replicas } from './harness/replicas.ts'
import { startLoad } from './harness/steady-load.ts'
import { type LiveService, openWebSocket, startLiveService } from './harness/websocket.ts'

let replicas: Replicas
let live: LiveService
beforeAll(async () => {
  live = await startLiveService()
  replicas = await createReplicas({ TRIVET_STOP_DELAY: '1', TRIVET_STOP_TIMEOUT: '3' })
  const route = `{path: /live, access: public, upstream: "http://127.0.0.1:${live.port}"}`
  await writeFile(join(replicas.directory, 'trivet.yaml'), `gateway:\n  routes:\n    - ${route}\n`)
})
afterAll(async () => {
  await replicas.close()
  await live.close()
})

const readiness = (product: Product) =>
  createClient(product.url)
    .get('/readyz')
    .then(
      ({ status }) => status,
      () => 0,
    )

/** As a load balancer: whoever is ready gets the next connections. @returns what ends it */
function balance(products: () => readonly Product[]): () => Promise<void> {
  let going = true
  const looking = (async () => {
    while (going) {
      const looked = await Promise.all(products().map(async (one) => ({ one, status: await readiness(one) })))
      replicas.route(...looked.filter(({ status }) => status === 200).map(({ one }) => one))
      await sleep(100)
    }
  })()
  return async () => {
    going = false
    await looking
  }
}

/** An answer of the live service that goes on; what was read of it so far is left out. */
async function openStream(url: string, accept: string): Promise<IncomingMessage> {
  const { host, port } = new URL(url)
  const headers = { host, accept }
  const request = httpRequest({ host: '127.0.0.1', port, path: '/live/events', headers, agent: false })
  const [response] = (await once(request.end(), 'response')) as [IncomingMessage]
  return response
}

test('a rolling restart of two processes under load, behind a balancer that looks at /readyz: no request fails', async () => {
  let running: readonly Product[] = await Promise.all([replicas.start(), replicas.start()])
  replicas.route(...running)
  const login = await registerPerson(createClient(replicas.url), 'roller')
  const endBalance = balance(() => running)
  const endLoad = startLoad(
    replicas.url,
    [
      { method: 'GET', path: '/live/x' },
      { method: 'POST', path: '/live/x', body: 'changes something' },
      { method: 'GET', path: '/protected/resource', headers: { authorization: `Bearer ${login}` } },
      { method: 'POST', path: '/protected/resource', headers: { authorization: `Bearer ${login}` }, body: 'more' },
      { method: 'GET', path: '/login' },
    ],
    10,
  )
  const began = performance.now()
  await sleep(500)
  for (const old of [...running]) {
    expect(await old.stop()).toBe(0)
    const fresh = await replicas.start()
    running = [...running.filter((one) => one !== old), fresh]
    await sleep(500)
  }
  const { answers, repeated, failures } = await endLoad()
  const lasted = ((performance.now() - began) / 1000).toFixed(1)
  await endBalance()
  console.log(
    `both processes replaced within ${lasted} s: ${answers} answers, ${failures.length} failed, ${repeated} GET repeated`,
  )
  expect(failures).toEqual([])
  expect(answers).toBeGreaterThan(500)
  for (const one of running) await one.kill()
})

describe('a process that is asked to stop', () => {
  test('says so at /readyz and answers on; then lets answers end, tells WebSockets 1001, ends event streams, and cuts off the rest', async () => {
    const product = await replicas.start()
    replicas.route(product)
    const url = replicas.url
    const [socket, events, download] = await Promise.all([
      openWebSocket(`${url}/live/ws`),
      openStream(url, 'text/event-stream'),
      openStream(url, '*/*'),
    ])
    const server = live.sockets.at(-1)
    const asked = performance.now()
    // Listened to from now on: what ended before somebody asks would never be heard of.
    const [eventsCut, downloadCut] = [events, download].map((stream) =>
      once(stream.resume(), 'end').then(
        () => ({ how: 'whole', after: performance.now() - asked }),
        (error: Error) => ({ how: error.message, after: performance.now() - asked }),
      ),
    )
    const stopped = product.stop()

    await expect.poll(() => readiness(product)).toBe(503)
    const answer = await createClient(url).get('/live/x')
    expect([answer.status, answer.text, answer.headers.connection]).toEqual([200, 'ok', 'close'])

    expect(await socket.next()).toBe(1001)
    expect(await server?.next()).toBe(1001)
    const told = performance.now() - asked
    const streamsEnded = await eventsCut
    await expect(createClient(product.url).get('/healthz')).rejects.toThrow(/ECONNREFUSED/)
    const cut = await downloadCut
    expect(await stopped).toBe(0)
    // The delay, and the time for answers after it.
    expect(told).toBeGreaterThan(950)
    expect(streamsEnded?.how).toMatch(/aborted/)
    expect(streamsEnded?.after).toBeLessThan(3900)
    expect(cut?.how).toMatch(/aborted/)
    expect(cut?.after).toBeGreaterThan(3950)
    expect(cut?.after).toBeLessThan(10_000)
  })

  test('twice, ends at once', async () => {
    const product = await startProduct({
      directory: await temporaryFolder(),
      environment: { TRIVET_STOP_DELAY: '30' },
    })
    process.kill(product.pid, 'SIGTERM')
    await expect.poll(() => readiness(product)).toBe(503)
    await sleep(400)
    const asked = performance.now()
    process.kill(product.pid, 'SIGTERM')
    expect(await product.exited).toBe(1)
    expect(performance.now() - asked).toBeLessThan(5000)
  })
})
