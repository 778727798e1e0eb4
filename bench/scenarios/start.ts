import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startCat } from '../../e2e/harness/cats.ts'
import { createClient } from '../../e2e/harness/client.ts'
import { residentMegabytes, type Started, startProduct } from '../product.ts'
import { median, ms, quantile, table } from '../report.ts'

/**
 * What a person waits for: from the command to a page, first and later starts; what the idle server takes; what the first
 * page weighs; how soon the page of a run is there after its form was sent.
 */
const ROUNDS = 5
const SUBMITS = 100

/** Bytes on the wire of the page and what it loads, compressed as a browser asks for it. */
async function transferred(url: string): Promise<number> {
  const page = await fetch(url)
  const html = await page.text()
  const links = [...html.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map((match) => match[1])
  let bytes = Buffer.byteLength(html)
  for (const link of links) {
    const answer = await fetch(`${url}${link}`, { headers: { 'accept-encoding': 'br' } })
    bytes += Number(answer.headers.get('content-length'))
    await answer.arrayBuffer()
  }
  return bytes
}

/** Form → page of the run, over one connected account: seconds to the end of the run's page. */
async function submitToRunPage({ url }: Started): Promise<number[]> {
  const person = createClient(url)
  // Once through login and consent.
  await startCat(person, 'beng')
  const seconds: number[] = []
  for (let index = 0; index < SUBMITS; index += 1) {
    const { action, fields } = await person.form('/cats', '/cats/create_cat_request')
    const began = performance.now()
    const posted = await person.postForm(action, { ...fields, cat_breed: 'beng' })
    const page = await person.get(posted.location)
    seconds.push((performance.now() - began) / 1000)
    if (page.status !== 200) throw new Error(`the run's page answered ${page.status}`)
  }
  return seconds
}

const first: number[] = []
const later: number[] = []
const memory: number[] = []
let weight = 0
let submits: number[] = []
for (let round = 0; round < ROUNDS; round += 1) {
  const directory = await mkdtemp(join(tmpdir(), 'trivet-bench-'))
  const one = await startProduct(directory)
  first.push(one.seconds)
  await one.stop()
  const two = await startProduct(directory)
  later.push(two.seconds)
  await sleep(3000)
  memory.push(residentMegabytes(two.pid))
  if (round === 0) {
    weight = await transferred(two.url)
    submits = await submitToRunPage(two)
  }
  await two.stop()
  await rm(directory, { recursive: true, force: true })
}

const s = (seconds: number) => `${seconds.toFixed(2)} s`
table(
  ['', 'median', 'worst', 'aim'],
  [
    ['first start to first page', s(median(first)), s(Math.max(...first)), 'under 4 s'],
    ['later start to first page', s(median(later)), s(Math.max(...later)), 'under 1.5 s'],
    [
      'idle Node process, resident',
      `${median(memory).toFixed(0)} MB`,
      `${Math.max(...memory).toFixed(0)} MB`,
      'under 150 MB',
    ],
    ['home page with style and icon', `${(weight / 1000).toFixed(1)} kB`, '', 'under 30 kB'],
    ['form sent to end of run page', ms(median(submits)), `p95 ${ms(quantile(submits, 0.95))}`, 'p95 under 100 ms'],
  ],
)
console.log(
  `\n${ROUNDS} rounds in empty directories; ${SUBMITS} forms one after another. The command is node scripts/start.mjs; npm adds its own time.`,
)
