import { expect, test } from 'vitest'
import { startAvatar } from '../harness/avatars.ts'
import { postCat, startCat } from '../harness/cats.ts'
import { openEvents } from '../harness/events.ts'
import { isStatus, readRun, runUntil } from '../harness/runs.ts'
import { useSite } from '../harness/site.ts'
import { read } from './repository.ts'

const site = useSite()
const page = read('docs/reference/api.md')

/** Names of the row of a section's table that begins with this one, and names in what is said about them. */
function row(section: string, first: string): { names: string[]; members: string[] } {
  const text = page.split(`\n## ${section}\n`)[1]?.split('\n## ', 1)[0] ?? ''
  const line = text.split('\n').find((one) => one.startsWith(`| \`${first}\``)) ?? ''
  // What stands in brackets are values.
  const [names = '', says = ''] = line
    .replace(/\([^()]*\)/g, '')
    .slice(2)
    .split(' | ')
  const spans = (cell: string) => [...cell.matchAll(/`([a-z_]+)`/g)].map(([, word = '']) => word)
  return { names: spans(names), members: spans(says) }
}

const documented = [
  'id',
  'status',
  'progress',
  'steps',
  'created_at',
  'pause',
  'result',
  'result_url',
  'error',
].flatMap((first) => row('A run', first).names)

test('docs/reference/api.md names the members of a run that succeeded, and of its steps and result', async () => {
  const client = site.client()
  const id = await startCat(client, 'beng')
  const run = await runUntil(client, id, isStatus('succeeded'))
  const members = Object.keys(run)
  expect(members.filter((name) => !documented.includes(name))).toEqual([])
  expect(documented.filter((name) => !members.includes(name))).toEqual(['pause', 'result_url', 'error'])
  for (const step of run.steps) expect(row('A run', 'steps').members).toEqual(expect.arrayContaining(Object.keys(step)))
  expect(row('A run', 'result').members).toEqual(expect.arrayContaining(Object.keys(run.result ?? {})))
})

test('docs/reference/api.md names what a mash-up with a result page of its own adds', async () => {
  const client = site.client()
  const run = await runUntil(client, await startAvatar(client), isStatus('succeeded'))
  expect(Object.keys(run).filter((name) => !documented.includes(name))).toEqual([])
  expect(Object.keys(run)).toContain('result_url')
  expect(row('A run', 'result').members).toEqual(expect.arrayContaining(Object.keys(run.result ?? {})))
})

test('docs/reference/api.md names the members of a pause, and of events', async () => {
  const client = site.client()
  await postCat(client, 'beng')
  const listed = JSON.parse((await client.getJson('/api/runs')).text) as { runs: { id: string }[] }
  const id = listed.runs[0]?.id ?? ''
  const { pause } = await readRun(client, id)
  expect(row('A run', 'pause').members.sort()).toEqual(Object.keys(pause ?? {}).sort())
  const stream = await openEvents(client, site.product.url, id)
  const seen: string[] = []
  for await (const event of stream.events) {
    seen.push(event.name)
    const members = event.name === 'step' ? row('A run', 'steps').members : row('Live', event.name).members
    expect(members).toEqual(expect.arrayContaining(Object.keys(event.data)))
    if (event.name === 'status') break
  }
  stream.close()
  expect(seen).toEqual(['progress', 'status'])
})
