import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Browser } from '../testing/browser.fixture.ts'
import { readEvents } from '../testing/events.fixture.ts'
import { createScript } from '../testing/script.fixture.ts'
import { createSite, type Site } from '../testing/site.fixture.ts'

let site: Site
let browser: Browser
let ownerId: string
const script = createScript()
beforeAll(async () => {
  site = await createSite({ mashups: [script.mashup] })
})
beforeEach(async () => {
  ;({ browser, ownerId } = await site.person())
  site.rig.accounts.connect(ownerId, 'ana@parcel.example')
})
afterAll(() => site.close())

const start = () => site.rig.start({ ownerId, mashup: script.mashup, input: { to: 'Oslo' } })
const listen = (id: string, lastEventId?: number) =>
  browser.open(`/api/runs/${id}/events`, {
    headers: lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) },
  })

/** A run whose "stamp" waits for the test. */
async function held() {
  const release = Promise.withResolvers<string>()
  script.play({
    async stamp({ context }) {
      context.say('licking')
      context.progress(1, 2, 'one of two')
      return release.promise
    },
  })
  const { id } = await start()
  await site.rig.until(id, (run) => run.message === 'one of two')
  return { id, release: () => release.resolve('stamped') }
}

describe('GET /api/runs/:id/events', () => {
  it('is an event stream that no proxy holds back, and no cache keeps', async () => {
    const { id, release } = await held()
    const response = await listen(id)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('x-accel-buffering')).toBe('no')
    release()
    await readEvents(response)
  })

  it('tells first how things stand: steps, progress, status, in this order, the id on the last', async () => {
    const { id, release } = await held()
    const { events } = await readEvents(await listen(id), (so) => so.some(({ name }) => name === 'status'))
    expect(events.map(({ name }) => name)).toEqual(['step', 'step', 'progress', 'status'])
    expect(events.map(({ data }) => data)).toEqual([
      {
        name: 'pack',
        status: 'done',
        attempts: 1,
        started_at: expect.stringMatching(/^\d{4}-.*Z$/),
        finished_at: expect.stringMatching(/^\d{4}-.*Z$/),
      },
      {
        name: 'stamp',
        status: 'running',
        attempts: 1,
        started_at: expect.any(String),
        finished_at: null,
        message: 'licking',
      },
      { progress: 0.5, message: 'one of two' },
      { status: 'running' },
    ])
    const { revision } = await site.rig.find(id)
    expect(events.map((event) => event.id)).toEqual([undefined, undefined, undefined, String(revision)])
    release()
    await site.rig.becomes(id, 'succeeded')
  })

  it('then tells what changes, with growing ids, and closes when the run is over', async () => {
    const { id, release } = await held()
    const response = await listen(id)
    const reading = readEvents(response)
    release()
    const { events, ended } = await reading
    expect(ended).toBe(true)
    const ids = events.flatMap((event) => (event.id === undefined ? [] : [Number(event.id)]))
    expect(ids).toEqual([...ids].sort((a, b) => a - b))
    expect(new Set(ids).size).toBe(ids.length)
    const last = events.at(-1)
    expect(last).toMatchObject({
      name: 'status',
      data: { status: 'succeeded', result: { title: 'The parcel is on its way' } },
    })
    const steps = events.filter(({ name }) => name === 'step').map(({ data }) => `${data['name']} ${data['status']}`)
    expect(steps).toContain('stamp done')
    expect(steps).toContain('send done')
    expect(events.filter(({ name }) => name === 'progress').at(-1)?.data).toEqual({ progress: 1, message: null })
  })

  it('Last-Event-ID resumes: exactly what changed since is told, not what the reader has', async () => {
    const { id, release } = await held()
    const first = await readEvents(await listen(id), (so) => so.some(({ name }) => name === 'status'))
    const last = Number(first.events.at(-1)?.id)
    // Nothing new: nothing is told until something happens.
    const reading = readEvents(await listen(id, last))
    release()
    const { events } = await reading
    const steps = events.filter(({ name }) => name === 'step').map(({ data }) => data['name'])
    expect(new Set(steps)).toEqual(new Set(['stamp', 'send']))
    expect(events.at(-1)).toMatchObject({ data: { status: 'succeeded' } })
  })

  it('a reader who was away at the end hears of it when it comes back', async () => {
    const { id, release } = await held()
    const { revision } = await site.rig.find(id)
    release()
    await site.rig.becomes(id, 'succeeded')
    const { events, ended } = await readEvents(await listen(id, revision))
    expect(ended).toBe(true)
    expect(events.filter(({ name }) => name === 'step').map(({ data }) => data['name'])).toEqual(['stamp', 'send'])
    expect(events.at(-1)).toMatchObject({ name: 'status', data: { status: 'succeeded' } })
  })

  it.each(['-1', 'abc', '1e400', ''])('Last-Event-ID %j is as good as none', async (lastEventId) => {
    script.play({})
    const { id } = await start()
    await site.rig.becomes(id, 'succeeded')
    const response = await browser.open(`/api/runs/${id}/events`, { headers: { 'last-event-id': lastEventId } })
    const { events } = await readEvents(response)
    expect(events.filter(({ name }) => name === 'step')).toHaveLength(3)
  })

  it('a cancelled run ends its stream; a pause does not', async () => {
    const { ownerId: other, browser: hers } = await site.person()
    const { id } = await site.rig.start({ ownerId: other, mashup: script.mashup, input: { to: 'Oslo' } })
    const reading = hers.open(`/api/runs/${id}/events`).then((response) => readEvents(response))
    await new Promise((resolve) => setTimeout(resolve, 100))
    await site.rig.runs.cancel(id, other)
    const { events, ended } = await reading
    expect(ended).toBe(true)
    expect(events.filter(({ name }) => name === 'status').map(({ data }) => data)).toEqual([
      {
        status: 'paused',
        pause: {
          reason: 'connection_required',
          message: 'Waiting for you to connect Parcel.',
          connect_url: `${site.publicUrl}/connect/parcel?scopes=parcels&return_to=%2Fruns%2F${id}`,
        },
      },
      { status: 'cancelled' },
    ])
  })

  it('misses nothing when the connection that listens to the database drops', async () => {
    const { id, release } = await held()
    const reading = readEvents(await listen(id))
    await site.rig.execute(`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name = 'trivet listen'`)
    release()
    const { events, ended } = await reading
    expect(ended).toBe(true)
    expect(events.at(-1)).toMatchObject({ name: 'status', data: { status: 'succeeded' } })
  })

  it('sixteen at once are enough for one person; another person has their own', async () => {
    const { id, release } = await held()
    const open = await Promise.all(Array.from({ length: 16 }, () => listen(id)))
    const refused = await listen(id)
    expect([refused.status, await refused.json()]).toMatchObject([429, { code: 'too_many_streams' }])
    await open[0]?.body?.cancel()
    await expect.poll(async () => (await listen(id)).status).toBe(200)
    release()
    await site.rig.becomes(id, 'succeeded')
  })

  it('is for the owner only: for others there is no such run', async () => {
    const { id, release } = await held()
    const stranger = await site.person()
    for (const other of [stranger.browser, site.visitor()]) {
      const answer = await other.get(`/api/runs/${id}/events`)
      expect(answer.status).toBe(404)
      expect(JSON.parse(answer.body)).toMatchObject({ code: 'run_not_found' })
    }
    release()
    await site.rig.becomes(id, 'succeeded')
  })
})
