import { describe, expect, test } from 'vitest'
import { postCat, startCat } from './harness/cats.ts'
import type { Answer, Client } from './harness/client.ts'
import { agreeAtSandbox } from './harness/consent.ts'
import { isStatus, readRun, runUntil } from './harness/runs.ts'
import { useSite } from './harness/site.ts'

const site = useSite()
const START = '/api/mashups/cats/runs'
const PROBLEM = expect.stringMatching(/^application\/problem\+json\b/)

/** RFC 9457, and our own: a stable code, and a type that leads to a page. */
async function expectProblem(client: Client, answer: Answer, status: number, code: string) {
  expect([answer.status, answer.headers['content-type']]).toEqual([status, PROBLEM])
  const document = JSON.parse(answer.text)
  expect(document).toMatchObject({ status, code, title: expect.any(String), detail: expect.any(String) })
  expect(document.type).toBe(`${site.product.url}/problems/${code}`)
  const page = await client.get(document.type)
  expect([document.type, page.status]).toEqual([document.type, 200])
  expect(page.text).toContain(document.title)
  return document
}

async function connect(client: Client, connectUrl: string) {
  const page = await client.get(connectUrl)
  expect(page.status).toBe(200)
  const { action, fields } = await client.form(connectUrl, '/connect/google')
  const begun = await client.postForm(action, fields)
  expect(begun.status).toBe(303)
  return client.get(await agreeAtSandbox(client, begun.location, 'ana'))
}

describe('POST /api/mashups/:id/runs', () => {
  test('without the account: 409 with connect_url and nothing stored; with it: 202 with Location', async () => {
    const client = site.client()
    const refused = await client.postJson(START, { cat_breed: 'beng' })
    const problem = await expectProblem(client, refused, 409, 'connection_required')
    expect(problem.connect_url).toContain(`${site.product.url}/connect/google?`)
    expect(JSON.parse((await client.getJson('/api/runs')).text)).toEqual({ runs: [] })

    await connect(client, problem.connect_url)
    const accepted = await client.postJson(START, { cat_breed: 'beng' })
    expect(accepted.status).toBe(202)
    expect(accepted.location).toMatch(new RegExp(`^${site.product.url}/api/runs/[\\w-]{36}$`))
    const { id } = JSON.parse(accepted.text)
    expect(accepted.location.endsWith(id)).toBe(true)
    await runUntil(client, id, isStatus('succeeded'))
    expect(await site.sandbox.files()).toHaveLength(1)
  })

  test('Idempotency-Key: the same key is the same run, also at once; another key is another run', async () => {
    const client = site.client()
    const first = await startCat(client, 'siam')
    await runUntil(client, first, isStatus('succeeded'))
    const ask = (key: string) => client.postJson(START, { cat_breed: 'beng' }, { 'idempotency-key': key })
    const [one, two] = await Promise.all([ask('k-1'), ask('k-1')])
    const three = await ask('k-1')
    const other = await ask('k-2')
    expect([one?.status, two?.status, three.status]).toEqual([202, 202, 202])
    expect(new Set([one, two, three].map((answer) => answer?.location)).size).toBe(1)
    expect(other.location).not.toBe(one?.location)
    for (const { location } of [three, other]) {
      await runUntil(client, location.split('/').at(-1) ?? '', isStatus('succeeded'))
    }
    expect(await site.sandbox.files()).toHaveLength(3)
  })

  test('a key that is too long is refused, not ignored: nobody may believe to be safe', async () => {
    const client = site.client()
    await runUntil(client, await startCat(client, 'siam'), isStatus('succeeded'))
    const key = { 'idempotency-key': 'k'.repeat(300) }
    const answer = await client.postJson(START, { cat_breed: 'beng' }, key)
    expect(answer.status).toBe(422)
    expect(JSON.parse((await client.getJson('/api/runs')).text).runs).toHaveLength(1)
  })

  test('input that is wrong: 422 that names the field', async () => {
    const client = site.client()
    const problem = await expectProblem(
      client,
      await client.postJson(START, { cat_breed: 'dog' }),
      422,
      'invalid_input',
    )
    expect(problem.errors).toEqual({ cat_breed: expect.stringContaining('"dog"') })
    await expectProblem(client, await client.postJson(START, {}), 422, 'invalid_input')
  })

  test('an unknown mash-up: 404', async () => {
    const client = site.client()
    await expectProblem(client, await client.postJson('/api/mashups/dogs/runs', {}), 404, 'mashup_not_found')
  })

  test.each([
    ['a form', 'cat_breed=beng', 'application/x-www-form-urlencoded'],
    ['text', '{"cat_breed":"beng"}', 'text/plain'],
    ['a list', '["beng"]', 'application/json'],
    ['broken JSON', '{"cat_breed":', 'application/json'],
  ])('%s instead of a JSON object: refused, and says what is taken', async (_name, body, type) => {
    const answer = await site.client().send(START, { method: 'POST', headers: { 'content-type': type }, body })
    expect([400, 415, 422]).toContain(answer.status)
    expect(answer.headers['content-type']).toEqual(PROBLEM)
  })

  test.each([
    [{ 'sec-fetch-site': 'cross-site' }],
    [{ 'sec-fetch-site': 'same-site' }],
    [{ origin: 'https://evil.example' }],
  ])('by cookie from a page of another site (%o): 403, nothing is done', async (headers) => {
    const client = site.client()
    await runUntil(client, await startCat(client, 'siam'), isStatus('succeeded'))
    const answer = await client.postJson(START, { cat_breed: 'beng' }, headers)
    await expectProblem(client, answer, 403, 'forged_request')
    expect(JSON.parse((await client.getJson('/api/runs')).text).runs).toHaveLength(1)
  })
})

describe('GET /api/runs/:id', () => {
  test('has the members that interfaces.md names, and no others that hold secrets', async () => {
    const client = site.client()
    const id = await startCat(client, 'beng')
    const run = await runUntil(client, id, isStatus('succeeded'))
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    expect(run).toMatchObject({ id, mashup: 'cats', status: 'succeeded', progress: 1 })
    expect(run.steps).toEqual(
      ['Find a cat', 'Fetch the picture', 'Reserve a file id', 'Save it to your Drive'].map((name) =>
        expect.objectContaining({ name, status: 'done', started_at: time, finished_at: time, attempts: 1 }),
      ),
    )
    expect(run.error).toBeUndefined()
    expect(run.pause).toBeUndefined()
    expect(run.result?.title).toBe('A Bengal is in your Drive')
    expect(JSON.stringify(run)).not.toMatch(/ya29\.|1\/\/|4\/0A|access_token|owner/)
  })

  test('of a run that waits: pause with reason and connect_url, which works', async () => {
    const client = site.client()
    await postCat(client, 'beng')
    const { runs } = JSON.parse((await client.getJson('/api/runs')).text)
    const run = await readRun(client, runs[0].id)
    expect(run).toMatchObject({ status: 'paused', pause: { reason: 'connection_required' }, progress: 0 })
    expect(run.steps.map((step) => step.status)).toEqual(Array(4).fill('waiting'))
    await connect(client, run.pause?.connect_url ?? '')
    await runUntil(client, run.id, isStatus('succeeded'))
  })

  test('of a run that failed: error with code and message', async () => {
    await site.sandbox.fault({ provider: 'google', kind: 'drive_full', times: 0 })
    const client = site.client()
    const run = await runUntil(client, await startCat(client, 'beng'), isStatus('failed'))
    expect(run.error).toEqual({ code: 'drive_full', message: expect.stringContaining('ana@example.com is full') })
    expect(run.result).toBeUndefined()
  })

  test('for another guest, for nobody, and for no run at all: the same 404', async () => {
    const owner = site.client()
    const id = await startCat(owner, 'beng')
    const other = site.client()
    await postCat(other, 'siam')
    for (const client of [other, site.client()]) {
      for (const path of [`/api/runs/${id}`, '/api/runs/01a1f863-ebea-78a6-afd2-9ede2a2f6044', '/api/runs/not-an-id']) {
        await expectProblem(client, await client.getJson(path), 404, 'run_not_found')
      }
    }
    await runUntil(owner, id, isStatus('succeeded'))
  })

  test('cancel and retry by API: owner only, 204 and 202', async () => {
    await site.sandbox.fault({ provider: 'google', kind: 'drive_full', times: 0 })
    const client = site.client()
    const id = await startCat(client, 'beng')
    await runUntil(client, id, isStatus('failed'))
    const stranger = site.client()
    await postCat(stranger, 'siam')
    await expectProblem(stranger, await stranger.postJson(`/api/runs/${id}/retry`, {}), 404, 'run_not_found')
    await site.sandbox.clearFaults()
    const again = await client.postJson(`/api/runs/${id}/retry`, {})
    expect(again.status).toBe(202)
    await runUntil(client, id, isStatus('succeeded'))
    expect((await client.postJson(`/api/runs/${id}/cancel`, {})).status).toBe(204)
    expect((await readRun(client, id)).status).toBe('succeeded')
  })

  test('retry and cancel without a body, as curl sends them', async () => {
    const client = site.client()
    await postCat(client, 'beng')
    const { runs } = JSON.parse((await client.getJson('/api/runs')).text)
    const answer = await client.send(`/api/runs/${runs[0].id}/cancel`, { method: 'POST' })
    expect(answer.status).toBe(204)
    expect((await readRun(client, runs[0].id)).status).toBe('cancelled')
  })
})

describe('GET /api/connections', () => {
  test('says what each one can do, and gives no token out', async () => {
    const client = site.client()
    expect(JSON.parse((await client.getJson('/api/connections')).text)).toEqual([])
    await runUntil(client, await startCat(client, 'beng'), isStatus('succeeded'))
    const answer = await client.getJson('/api/connections')
    expect(JSON.parse(answer.text)).toMatchObject([
      {
        provider: 'google',
        account: { name: 'ana@example.com' },
        status: 'active',
        granted_scopes: expect.arrayContaining([expect.stringContaining('drive.file')]),
        missing_scopes: [],
        renews_itself: true,
      },
    ])
    expect(answer.text).not.toMatch(/ya29\.|1\/\/|sealed|refresh_token|access_token/)
  })
})

describe('other addresses of the API', () => {
  test('what is not there: 404 problem documents, also for a browser', async () => {
    const client = site.client()
    await expectProblem(client, await client.getJson('/api/nothing'), 404, 'not_found')
    await expectProblem(client, await client.get('/api/nothing'), 404, 'not_found')
  })

  test('/healthz and /readyz answer under any host name', async () => {
    const client = site.client()
    for (const path of ['/healthz', '/readyz']) {
      const answer = await client.send(path, { headers: { host: '10.0.0.7:8080' } })
      expect([path, answer.status]).toEqual([path, 200])
    }
  })
})
