import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Client, createClient, readForm } from './harness/client.ts'
import { agreeAtSandbox } from './harness/consent.ts'
import type { Product } from './harness/product.ts'
import { createReplicas, type Replicas } from './harness/replicas.ts'
import { isStatus, type RunJson, readRun, runUntil } from './harness/runs.ts'

let replicas: Replicas
beforeAll(async () => {
  replicas = await createReplicas()
})
afterAll(() => replicas.close())
beforeEach(() => replicas.sandbox.reset())

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`

/** Takes what asks for consent to the sandbox and back. @returns where the callback leads */
async function connect(client: Client, connectUrl: string, persona = 'ana'): Promise<string> {
  const { action, fields } = readForm((await client.get(connectUrl)).text, '/connect/google')
  const begun = await client.postForm(action, fields)
  return (await client.get(await agreeAtSandbox(client, begun.location, persona))).location
}

async function connectedClient(): Promise<Client> {
  const client = createClient(replicas.url)
  const refused = await client.postJson('/api/mashups/cats/runs', { cat_breed: 'beng' })
  expect(refused.status).toBe(409)
  await connect(client, JSON.parse(refused.text).connect_url)
  return client
}

async function start(client: Client, breed = 'beng'): Promise<string> {
  const answer = await client.postJson('/api/mashups/cats/runs', { cat_breed: breed })
  expect(answer.status, answer.text).toBe(202)
  return JSON.parse(answer.text).id
}

/** Until a request of this operation is with the sandbox. */
async function arrived(operation: string): Promise<void> {
  for (const end = performance.now() + 10_000; performance.now() < end; await sleep(10)) {
    if ((await replicas.sandbox.requests(operation)).length > 0) return
  }
  throw new Error(`${operation} was not asked`)
}

async function finished(client: Client, id: string): Promise<RunJson> {
  const run = await runUntil(client, id, (one) => ['succeeded', 'failed', 'paused'].includes(one.status))
  expect(run).toMatchObject({ id, status: 'succeeded' })
  return run
}

/** Until it is over; asked again where the database was away just then. */
async function patientRun(client: Client, id: string): Promise<RunJson> {
  for (const end = performance.now() + 30_000; ; await sleep(100)) {
    const run = await readRun(client, id).catch(() => undefined)
    if (run && ['succeeded', 'failed'].includes(run.status)) return run
    if (performance.now() > end) throw new Error(`not over: ${JSON.stringify(run)}`)
  }
}

const slow = (provider: 'google' | 'thecatapi', on: string, length: number) =>
  replicas.sandbox.fault({ provider, on, kind: 'slow', seconds: length })

describe('two processes on one database', () => {
  let first: Product
  let second: Product
  beforeEach(async () => {
    ;[first, second] = await Promise.all([replicas.start(), replicas.start()])
    replicas.route(first, second)
    return async () => void (await Promise.all([first.kill(), second.kill()]))
  })

  test('killed while it works on a run: the other one finishes it within 5 s, one file', async () => {
    const client = await connectedClient()
    const took: string[] = []
    const calls = [
      ['thecatapi', 'images.search'],
      ['google', 'drive.generateIds'],
      ['google', 'drive.upload'],
    ] as const
    for (const [index, [provider, operation]] of calls.entries()) {
      replicas.route(first)
      await replicas.sandbox.forgetRequests()
      await slow(provider, operation, 2)
      const id = await start(client)
      await arrived(operation)
      const killed = performance.now()
      await first.kill()
      replicas.route(second)
      await finished(client, id)
      const lasted = performance.now() - killed
      took.push(`${operation} ${seconds(lasted)}`)
      expect(lasted).toBeLessThan(5000)
      expect(await replicas.sandbox.files()).toHaveLength(index + 1)
      first = second
      second = await replicas.start()
    }
    console.log(`kill -9 → run finished by the other process: ${took.join(', ')}`)
  })

  test('killed while it renews the access: the other one renews it and finishes the run, one file', async () => {
    const client = await connectedClient()
    replicas.route(first)
    await replicas.sandbox.atGoogle('expire-tokens', 'ana@example.com')
    await slow('google', 'token.refresh', 2)
    await replicas.sandbox.forgetRequests()
    const id = await start(client)
    await arrived('token.refresh')
    const killed = performance.now()
    await first.kill()
    replicas.route(second)
    await runUntil(client, id, isStatus('succeeded'), 60_000)
    const lasted = performance.now() - killed
    console.log(`kill -9 during a renewal → run finished by the other process: ${seconds(lasted)}`)
    expect(lasted).toBeLessThan(8000)
    expect(await replicas.sandbox.files()).toHaveLength(1)
  })

  test('a living process keeps its run, however long a step takes', async () => {
    const client = await connectedClient()
    replicas.route(first)
    await slow('thecatapi', 'images.search', 4)
    await replicas.sandbox.forgetRequests()
    await finished(client, await start(client))
    expect(await replicas.sandbox.requests('images.search')).toHaveLength(1)
  })

  test('the database breaks off every connection while 20 runs work: all succeed, one file each', async () => {
    const client = await connectedClient()
    const operations = ['drive.generateIds', 'drive.upload']
    for (const on of operations)
      await replicas.sandbox.fault({ provider: 'google', on, kind: 'slow', seconds: 0.3, times: 0 })
    const ids = await Promise.all(Array.from({ length: 20 }, () => start(client)))
    for (let cuts = 0; cuts < 8; cuts += 1) {
      await sleep(120)
      await replicas.postgres.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend'`,
      )
    }
    const settled = await Promise.all(ids.map((id) => patientRun(client, id)))
    expect(settled.map(({ status, error }) => error?.message ?? status)).toEqual(ids.map(() => 'succeeded'))
    expect(await replicas.sandbox.files()).toHaveLength(20)
  })

  test.each([
    ['the access token has run out by its own word', true, {}],
    ['the access token is dead at the provider only', false, {}],
    ['and the refresh token is replaced, the old one dead at once', true, { kind: 'rotate_refresh_token' }],
  ])('2 × 50 calls at once, %s: one refresh, all succeed', async (_, told, fault) => {
    const client = await connectedClient()
    if ('kind' in fault) await replicas.sandbox.fault({ provider: 'google', ...fault, times: 0 })
    await replicas.sandbox.atGoogle('expire-tokens', 'ana@example.com')
    if (told)
      await replicas.postgres.query(`update trivet.connection set access_expires_at = now() - interval '1 minute'`)
    await replicas.sandbox.forgetRequests()
    const began = performance.now()
    const ids = await Promise.all(Array.from({ length: 100 }, () => start(client)))
    await Promise.all(ids.map((id) => runUntil(client, id, isStatus('succeeded'), 40_000)))
    expect(await replicas.sandbox.requests('token.refresh')).toHaveLength(1)
    expect(await replicas.sandbox.files()).toHaveLength(100)
    console.log(`2 × 50 runs on an expired connection: 1 refresh, all done in ${seconds(performance.now() - began)}`)
  })

  test.each([
    ['at the same process', false],
    ['at the other process', true],
  ])('grant taken back while a run works → paused → connected again %s → the same run succeeds', async (_, other) => {
    const client = await connectedClient()
    replicas.route(first)
    await slow('thecatapi', 'images.search', 1)
    await replicas.sandbox.forgetRequests()
    const id = await start(client)
    await arrived('images.search')
    await replicas.sandbox.atGoogle('revoke', 'ana@example.com')
    const paused = await runUntil(client, id, isStatus('paused'))
    expect(paused.pause?.reason).toBe('needs_reconnect')
    if (other) replicas.route(second)
    expect(await connect(client, paused.pause?.connect_url ?? '')).toBe(`${replicas.url}/runs/${id}`)
    const connected = performance.now()
    const run = await runUntil(client, id, isStatus('succeeded'))
    console.log(
      `connected again ${other ? 'at the other process' : 'at the same process'} → done: ${seconds(performance.now() - connected)}`,
    )
    expect(run.steps.map((step) => step.status)).toEqual(['done', 'done', 'done', 'done'])
    expect(await replicas.sandbox.requests('images.search')).toHaveLength(1)
    expect(await replicas.sandbox.files()).toHaveLength(1)
  })

  test('asked to stop in the middle of a long step: the other process goes on with the run', async () => {
    const client = await connectedClient()
    replicas.route(first)
    await slow('thecatapi', 'images.search', 20)
    await replicas.sandbox.forgetRequests()
    const id = await start(client)
    await arrived('images.search')
    const asked = performance.now()
    const stopping = first.stop()
    replicas.route(second)
    expect(await stopping).toBe(0)
    const stopped = performance.now() - asked
    await finished(client, id)
    console.log(
      `SIGTERM → stopped ${seconds(stopped)}, run finished by the other process ${seconds(performance.now() - asked)}`,
    )
    expect(await replicas.sandbox.files()).toHaveLength(1)
  })

  test('asked to stop in the middle of a short step: it ends first, and is not done again', async () => {
    const client = await connectedClient()
    replicas.route(first)
    await slow('thecatapi', 'images.search', 1)
    await replicas.sandbox.forgetRequests()
    const id = await start(client)
    await arrived('images.search')
    expect(await first.stop()).toBe(0)
    replicas.route(second)
    await finished(client, id)
    expect(await replicas.sandbox.requests('images.search')).toHaveLength(1)
    expect(await replicas.sandbox.files()).toHaveLength(1)
  })

  test('asked to stop while a run waits for its owner: it stops at once, and the other process wakes the run', async () => {
    const client = await connectedClient()
    replicas.route(first)
    await slow('thecatapi', 'images.search', 1)
    await replicas.sandbox.forgetRequests()
    const id = await start(client)
    await arrived('images.search')
    await replicas.sandbox.atGoogle('revoke', 'ana@example.com')
    const paused = await runUntil(client, id, isStatus('paused'))
    const asked = performance.now()
    expect(await first.stop()).toBe(0)
    console.log(`SIGTERM with a waiting run → stopped ${seconds(performance.now() - asked)}`)
    replicas.route(second)
    await connect(client, paused.pause?.connect_url ?? '')
    await runUntil(client, id, isStatus('succeeded'))
    expect(await replicas.sandbox.files()).toHaveLength(1)
  })
})

describe('roles', () => {
  test('web only takes runs, worker only does them; without a worker they wait', async () => {
    const web = await replicas.start('web')
    const worker = await replicas.start('worker')
    replicas.route(web)
    const client = await connectedClient()
    await finished(client, await start(client))

    await slow('thecatapi', 'images.search', 2)
    await replicas.sandbox.forgetRequests()
    const cut = await start(client)
    await arrived('images.search')
    await worker.kill()
    const waiting = await start(client, 'siam')
    // Longer than it takes to notice that a process died.
    await sleep(4500)
    expect(await replicas.sandbox.requests('images.search')).toHaveLength(1)
    expect(await replicas.sandbox.files()).toHaveLength(1)

    const began = performance.now()
    const next = await replicas.start('worker')
    await Promise.all([finished(client, cut), finished(client, waiting)])
    console.log(`a worker is there again → both runs done: ${seconds(performance.now() - began)}`)
    expect(await replicas.sandbox.files()).toHaveLength(3)
    expect(await next.stop()).toBe(0)
    expect(await web.stop()).toBe(0)
  })
})
