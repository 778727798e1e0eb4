import { describe, expect, test } from 'vitest'
import { postCat, startCat } from './harness/cats.ts'
import { openEvents, type ServerEvent } from './harness/events.ts'
import { isStatus, runUntil } from './harness/runs.ts'
import { useSite } from './harness/site.ts'

const site = useSite()
const SLOW = { provider: 'google', on: 'drive.upload', kind: 'slow', seconds: 1 } as const

const listen = (client: ReturnType<typeof site.client>, id: string, last?: string) =>
  openEvents(client, site.product.url, id, last)

async function all(events: AsyncIterable<ServerEvent>): Promise<ServerEvent[]> {
  const seen: ServerEvent[] = []
  for await (const event of events) seen.push(event)
  return seen
}

const named = (events: readonly ServerEvent[], name: string) => events.filter((event) => event.name === name)

describe('GET /api/runs/:id/events', () => {
  test('step, progress and status come live, each status with an id, and the end ends the stream', async () => {
    await site.sandbox.fault(SLOW)
    const client = site.client()
    const id = await startCat(client, 'beng')
    const stream = await listen(client, id)
    expect(stream.status).toBe(200)
    expect(stream.headers['content-type']).toMatch(/^text\/event-stream/)
    expect(stream.headers['cache-control']).toContain('no-store')
    expect(stream.headers['x-content-type-options']).toBe('nosniff')

    const events = await all(stream.events)
    const last = named(events, 'status').at(-1)
    expect(last?.data).toMatchObject({ status: 'succeeded', result: { title: 'A Bengal is in your Drive' } })
    expect(named(events, 'step').at(-1)?.data).toMatchObject({ name: 'Save it to your Drive', status: 'done' })
    const progress = named(events, 'progress').map((event) => Number(event.data['progress']))
    expect(progress).toEqual([...progress].sort((a, b) => a - b))
    expect(progress.at(-1)).toBe(1)
    const ids = events.flatMap((event) => (event.id === undefined ? [] : [Number(event.id)]))
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b))
    expect(ids).toHaveLength(named(events, 'status').length)
  })

  test('Last-Event-ID: what changed since comes, and no step that did not', async () => {
    await site.sandbox.fault(SLOW)
    const client = site.client()
    const id = await startCat(client, 'siam')
    await runUntil(client, id, (run) => run.steps[3]?.status === 'running')
    const first = await listen(client, id)
    let last = ''
    for await (const event of first.events) {
      if (event.id === undefined) continue
      last = event.id
      break
    }
    first.close()
    const rest = await all((await listen(client, id, last)).events)
    expect([...new Set(named(rest, 'step').map((event) => event.data['name']))]).toEqual(['Save it to your Drive'])
    expect(named(rest, 'status').at(-1)?.data['status']).toBe('succeeded')
    expect(rest.every((event) => event.id === undefined || Number(event.id) > Number(last))).toBe(true)
  })

  test('Last-Event-ID of the last event of a run that is over: an empty stream that ends', async () => {
    const client = site.client()
    const id = await startCat(client, 'beng')
    await runUntil(client, id, isStatus('succeeded'))
    const [event] = named(await all((await listen(client, id)).events), 'status')
    expect(await all((await listen(client, id, event?.id)).events)).toEqual([])
  })

  test('a Last-Event-ID that is none is taken for no id at all', async () => {
    const client = site.client()
    const id = await startCat(client, 'beng')
    await runUntil(client, id, isStatus('succeeded'))
    for (const wrong of ['x', '-1', '1e999', '9'.repeat(400)]) {
      expect(named(await all((await listen(client, id, wrong)).events), 'step')).toHaveLength(4)
    }
  })

  test('a pause is told with its reason and the address of the button', async () => {
    const client = site.client()
    await postCat(client, 'beng')
    const { runs } = JSON.parse((await client.getJson('/api/runs')).text)
    const stream = await listen(client, runs[0].id)
    for await (const event of stream.events) {
      if (event.name !== 'status') continue
      expect(event.data).toMatchObject({
        status: 'paused',
        pause: {
          reason: 'connection_required',
          connect_url: expect.stringContaining(`${site.product.url}/connect/google?`),
        },
      })
      break
    }
    stream.close()
  })

  test('nothing of it for others: 404 as a problem document', async () => {
    const owner = site.client()
    const id = await startCat(owner, 'beng')
    const stranger = await site.client().send(`/api/runs/${id}/events`, { headers: { accept: 'text/event-stream' } })
    expect(stranger.status).toBe(404)
    expect(stranger.headers['content-type']).toMatch(/^application\/problem\+json\b/)
    await runUntil(owner, id, isStatus('succeeded'))
  })
})
