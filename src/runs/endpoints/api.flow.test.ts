import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Failure, newId } from '#base'
import { steps } from '../testing/mashup.fixture.tsx'
import { createScript } from '../testing/script.fixture.ts'
import { createSite, type Site } from '../testing/site.fixture.ts'

let site: Site
const script = createScript()
const free = steps('free', ['only'], (step) => step('only', () => 1))
beforeAll(async () => {
  site = await createSite({ mashups: [script.mashup, free] })
})
beforeEach(() => script.play({}))
afterAll(() => site.close())

const START = '/api/mashups/parcel/runs'
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)

async function connected() {
  const person = await site.person()
  const account = site.rig.accounts.connect(person.ownerId, 'ana@parcel.example')
  return { ...person, account }
}
const start = (ownerId: string) => site.rig.start({ ownerId, mashup: script.mashup, input: { to: 'Oslo' } })

describe('POST /api/mashups/:id/runs', () => {
  it('202 with Location', async () => {
    const { browser } = await connected()
    const { status, headers, body } = await browser.json(START, { to: 'Oslo' })
    const { id } = JSON.parse(body)
    expect(status).toBe(202)
    expect(headers.get('location')).toBe(`${site.publicUrl}/api/runs/${id}`)
    expect(await site.rig.becomes(id, 'succeeded')).toMatchObject({ input: { to: 'Oslo' } })
  })

  it('409 connection_required with connect_url; nothing is stored', async () => {
    const { browser, ownerId } = await site.person()
    const { status, headers, body } = await browser.json(START, { to: 'Oslo' })
    expect(status).toBe(409)
    expect(headers.get('content-type')).toContain('application/problem+json')
    expect(JSON.parse(body)).toMatchObject({
      type: `${site.publicUrl}/problems/connection_required`,
      code: 'connection_required',
      status: 409,
      connect_url: `${site.publicUrl}/connect/parcel?scopes=parcels&return_to=%2Fparcel`,
    })
    expect(await site.rig.runs.list(ownerId, 10)).toEqual([])
  })

  it('422 names every field that is wrong; 404 the mash-up that is not there', async () => {
    const { browser } = await connected()
    const wrong = await browser.json(START, { to: 'bad' })
    expect(wrong.status).toBe(422)
    expect(JSON.parse(wrong.body)).toMatchObject({ code: 'invalid_input', errors: { to: 'To cannot be "bad".' } })
    const nowhere = await browser.json('/api/mashups/letter/runs', {})
    expect([nowhere.status, JSON.parse(nowhere.body).code]).toEqual([404, 'mashup_not_found'])
  })

  it.each([
    ['a list', '[]'],
    ['a text', '"Oslo"'],
    ['null', 'null'],
    ['a number where a text belongs', '{"to":7}'],
  ])('what is not an object of texts is refused: %s', async (_what, body) => {
    const { browser } = await connected()
    expect((await browser.json(START, body)).status).toBe(422)
  })

  it('a form of another site cannot start anything (Fetch §4.8): JSON only, and the same origin', async () => {
    const { browser, ownerId } = await connected()
    expect((await browser.post(START, { to: 'Oslo' })).status).toBe(422)
    expect((await browser.json(START, { to: 'Oslo' }, { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect((await browser.json(START, { to: 'Oslo' }, { origin: 'https://evil.example' })).status).toBe(403)
    expect(await site.rig.runs.list(ownerId, 10)).toEqual([])
  })

  it('Idempotency-Key: the same one is the same run, of the same owner', async () => {
    const { browser, ownerId } = await connected()
    const key = { 'idempotency-key': 'order-1' }
    const ids = []
    for (let sent = 0; sent < 2; sent += 1)
      ids.push(JSON.parse((await browser.json(START, { to: 'Oslo' }, key)).body).id)
    expect(ids[1]).toBe(ids[0])
    const other = await connected()
    expect(JSON.parse((await other.browser.json(START, { to: 'Oslo' }, key)).body).id).not.toBe(ids[0])
    expect(await site.rig.runs.list(ownerId, 10)).toHaveLength(1)
  })

  it('Idempotency-Key: with other fields it is refused, and so is one that is too long', async () => {
    const { browser, ownerId } = await connected()
    await browser.json(START, { to: 'Oslo' }, { 'idempotency-key': 'order-1' })
    const reused = await browser.json(START, { to: 'Rome' }, { 'idempotency-key': 'order-1' })
    expect([reused.status, JSON.parse(reused.body).code]).toEqual([422, 'idempotency_key_reused'])
    const long = await browser.json(START, { to: 'Rome' }, { 'idempotency-key': 'x'.repeat(201) })
    expect(long.status).toBe(422)
    expect(await site.rig.runs.list(ownerId, 10)).toHaveLength(1)
  })

  it('a refusal leaves nothing behind: a visitor stays a visitor', async () => {
    const visitor = site.visitor()
    for (const fields of [{ to: 'bad' }, { to: 'Oslo' }]) {
      expect((await visitor.json(START, fields)).status).toBeGreaterThanOrEqual(400)
    }
    expect(visitor.cookies.size).toBe(0)
  })

  it('a visitor becomes a guest, whose cookie opens the run', async () => {
    const visitor = site.visitor()
    const { status, body } = await visitor.json('/api/mashups/free/runs', {})
    expect(status).toBe(202)
    expect((await visitor.get(`/api/runs/${JSON.parse(body).id}`)).status).toBe(200)
  })
})

describe('GET /api/runs/:id', () => {
  it('a run that succeeded', async () => {
    const { browser, ownerId } = await connected()
    script.play({ stamp: ({ context }) => context.say('two stamps') })
    const { id } = await start(ownerId)
    await site.rig.becomes(id, 'succeeded')
    const { headers, body } = await browser.get(`/api/runs/${id}`)
    expect(headers.get('content-type')).toContain('application/json')
    expect(headers.get('cache-control')).toBe('no-store')
    const step = { status: 'done', started_at: TIME, finished_at: TIME, attempts: 1 }
    expect(JSON.parse(body)).toEqual({
      id,
      mashup: 'parcel',
      status: 'succeeded',
      steps: [
        { name: 'pack', ...step },
        { name: 'stamp', ...step, message: 'two stamps' },
        { name: 'send', ...step },
      ],
      progress: 1,
      result: { title: 'The parcel is on its way' },
      created_at: TIME,
      finished_at: TIME,
    })
  })

  it('a run that waits says why, and where that is mended; steps to come are waiting', async () => {
    const { browser, ownerId } = await site.person()
    const { id } = await start(ownerId)
    expect(JSON.parse((await browser.get(`/api/runs/${id}`)).body)).toEqual({
      id,
      mashup: 'parcel',
      status: 'paused',
      pause: {
        reason: 'connection_required',
        message: 'Waiting for you to connect Parcel.',
        connect_url: `${site.publicUrl}/connect/parcel?scopes=parcels&return_to=%2Fruns%2F${id}`,
      },
      steps: ['pack', 'stamp', 'send'].map((name) => ({
        name,
        status: 'waiting',
        started_at: null,
        finished_at: null,
        attempts: 0,
      })),
      progress: 0,
      created_at: TIME,
      finished_at: null,
    })
  })

  it('a run that failed', async () => {
    const { browser, ownerId } = await connected()
    script.play({
      stamp() {
        throw new Failure({ kind: 'refused', code: 'no_stamps', message: 'There are no stamps.' })
      },
    })
    const { id } = await start(ownerId)
    await site.rig.becomes(id, 'failed')
    const run = JSON.parse((await browser.get(`/api/runs/${id}`)).body)
    expect(run).toMatchObject({ status: 'failed', error: { code: 'no_stamps', message: 'There are no stamps.' } })
    expect(run.steps.map((step: { status: string }) => step.status)).toEqual(['done', 'failed', 'waiting'])
    expect(run).not.toHaveProperty('result')
    expect(run).not.toHaveProperty('pause')
    expect(JSON.stringify(run)).not.toContain(ownerId)
  })

  it('404 for others, for visitors, for what is no id', async () => {
    const { ownerId, browser } = await connected()
    const { id } = await start(ownerId)
    const stranger = await connected()
    const missing = [
      [stranger.browser, id],
      [site.visitor(), id],
      [browser, newId()],
      [browser, 'x'],
      [browser, "1' or '1'='1"],
    ] as const
    for (const [other, wanted] of missing) {
      const answer = await other.get(`/api/runs/${encodeURIComponent(wanted)}`)
      expect([answer.status, JSON.parse(answer.body).code]).toEqual([404, 'run_not_found'])
    }
  })
})

describe('GET /api/runs', () => {
  it('mine, newest first; nothing for a visitor', async () => {
    const { browser, ownerId } = await connected()
    const first = await start(ownerId)
    const second = await start(ownerId)
    await site.rig.becomes(first.id, 'succeeded')
    await site.rig.becomes(second.id, 'succeeded')
    expect(JSON.parse((await browser.get('/api/runs')).body)).toEqual({
      runs: [second, first].map(({ id }) => ({
        id,
        mashup: 'parcel',
        status: 'succeeded',
        progress: 1,
        created_at: TIME,
      })),
    })
    expect(JSON.parse((await site.visitor().get('/api/runs')).body)).toEqual({ runs: [] })
  })
})

describe('POST /api/runs/:id/cancel and /retry', () => {
  it('Cancel answers 204, also the second time', async () => {
    const { browser, ownerId } = await site.person()
    const { id } = await start(ownerId)
    for (let sent = 0; sent < 2; sent += 1) {
      expect((await browser.json(`/api/runs/${id}/cancel`, {})).status).toBe(204)
    }
    expect(await site.rig.find(id)).toMatchObject({ status: 'cancelled' })
  })

  it('Retry answers 202, and the run goes on from where it failed', async () => {
    const { browser, ownerId } = await connected()
    let refuse = true
    script.play({
      stamp() {
        if (refuse) throw new Failure({ kind: 'refused', code: 'no', message: 'No.' })
        return 'stamped'
      },
    })
    const { id } = await start(ownerId)
    await site.rig.becomes(id, 'failed')
    refuse = false
    const { status, headers } = await browser.json(`/api/runs/${id}/retry`, {})
    expect(status).toBe(202)
    expect(headers.get('location')).toBe(`${site.publicUrl}/api/runs/${id}`)
    await site.rig.becomes(id, 'succeeded')
    expect(script.times('pack')).toBe(1)
  })

  it('neither for others nor from other sites', async () => {
    const { browser, ownerId } = await site.person()
    const { id } = await start(ownerId)
    const stranger = await site.person()
    for (const action of ['cancel', 'retry']) {
      expect((await stranger.browser.json(`/api/runs/${id}/${action}`, {})).status).toBe(404)
      expect((await browser.json(`/api/runs/${id}/${action}`, {}, { 'sec-fetch-site': 'same-site' })).status).toBe(403)
    }
    expect(await site.rig.find(id)).toMatchObject({ status: 'paused' })
  })
})
