import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { median, quantile, table } from '../report.ts'

/**
 * What a person waits for: from the command to a page, first and later starts; what the idle server takes; what the first
 * page weighs; how soon the page of a run answers after its form was sent.
 */
const ROUNDS = 5
const SUBMITS = 100

const root = join(import.meta.dirname, '..')

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}

type Started = { child: ChildProcess; seconds: number; url: string }

/** `npm start` without npm's own time, which is shown beside. */
async function start(directory: string, port: number, sandboxPort: number): Promise<Started> {
  const began = performance.now()
  const child = spawn(process.execPath, [join(root, 'scripts/start.mjs')], {
    cwd: directory,
    env: { PATH: process.env.PATH, PORT: String(port), TRIVET_SANDBOX_PORT: String(sandboxPort), LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  process.once('exit', () => child.kill('SIGKILL'))
  if (!child.stdout) throw new Error('no output')
  const lines = createInterface({ input: child.stdout })
  for await (const line of lines) if (line.startsWith('Trivet is ready')) break
  child.stdout.resume()
  const url = `http://localhost:${port}`
  await fetch(url)
  return { child, seconds: (performance.now() - began) / 1000, url }
}

async function stop({ child }: Started): Promise<void> {
  child.kill('SIGTERM')
  await once(child, 'exit')
}

/** Resident memory of the Node process alone, in MB. */
function residentMegabytes(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1000
}

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

/** Form → page of the run, over one connected account: seconds to the first byte of the run's page. */
async function submitToRunPage({ url }: Started, sandboxUrl: string): Promise<number[]> {
  const jar = new Map<string, string>()
  const ask = async (address: string, form?: Record<string, string>) => {
    const own = address.startsWith(url)
    const answer = await fetch(address, {
      redirect: 'manual',
      method: form ? 'POST' : 'GET',
      headers: {
        accept: 'text/html',
        cookie: [...jar]
          .filter(([key]) => key.startsWith(own ? 'trivet' : 'sandbox'))
          .map(([key, value]) => `${key}=${value}`)
          .join('; '),
      },
      ...(form ? { body: new URLSearchParams(form) } : {}),
    })
    for (const cookie of answer.headers.getSetCookie()) {
      const [pair = ''] = cookie.split(';')
      const at = pair.indexOf('=')
      jar.set(pair.slice(0, at), pair.slice(at + 1))
    }
    return answer
  }
  const fields = async (): Promise<Record<string, string>> => {
    const html = await (await ask(`${url}/cats`)).text()
    const hidden = [...html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map((match) => [
      match[1],
      match[2],
    ])
    return { ...Object.fromEntries(hidden), cat_breed: 'beng' }
  }
  const follow = async (address: string): Promise<Response> => {
    let answer = await ask(address)
    while (answer.status >= 300 && answer.status < 400) {
      answer = await ask(new URL(answer.headers.get('location') ?? '', answer.url).href)
    }
    return answer
  }
  // Once through login and consent, by the forms of the sandbox.
  const first = await ask(`${url}/cats/create_cat_request`, await fields())
  let page = await follow(first.headers.get('location') ?? '')
  for (const button of ['persona', 'decision']) {
    const html = await page.text()
    const action = /<form[^>]*action="([^"]+)"/.exec(html)?.[1]?.replaceAll('&amp;', '&') ?? ''
    const form: Record<string, string> = {}
    for (const [tag] of html.matchAll(/<(?:input|button)[^>]*>/g)) {
      const name = /name="([^"]+)"/.exec(tag)?.[1]
      const value = /value="([^"]*)"/.exec(tag)?.[1]?.replaceAll('&amp;', '&') ?? ''
      if (name && (!(name in form) || tag.includes('id="consent-allow"'))) form[name] = value
    }
    const answer = await ask(new URL(action, page.url).href, form)
    page = await follow(new URL(answer.headers.get('location') ?? '', answer.url).href)
    if (page.url.startsWith(`${url}/runs/`)) break
    if (button === 'decision') throw new Error(`not back from ${sandboxUrl}: ${page.url}`)
  }
  const seconds: number[] = []
  for (let index = 0; index < SUBMITS; index += 1) {
    const form = await fields()
    const began = performance.now()
    const answer = await ask(`${url}/cats/create_cat_request`, form)
    const run = await ask(new URL(answer.headers.get('location') ?? '', url).href)
    seconds.push((performance.now() - began) / 1000)
    if (run.status !== 200) throw new Error(`the run's page answered ${run.status}`)
    await run.arrayBuffer()
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
  const [port, sandboxPort] = [await freePort(), await freePort()]
  const one = await start(directory, port, sandboxPort)
  first.push(one.seconds)
  await stop(one)
  const two = await start(directory, port, sandboxPort)
  later.push(two.seconds)
  await sleep(3000)
  memory.push(residentMegabytes(two.child.pid))
  if (round === 0) {
    weight = await transferred(two.url)
    submits = await submitToRunPage(two, `http://127.0.0.1:${sandboxPort}`)
  }
  await stop(two)
  await rm(directory, { recursive: true, force: true })
}

const s = (seconds: number) => `${seconds.toFixed(2)} s`
const ms = (seconds: number) => `${(seconds * 1000).toFixed(0)} ms`
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
    [
      'form sent to first byte of run page',
      ms(median(submits)),
      `p95 ${ms(quantile(submits, 0.95))}`,
      'p95 under 100 ms',
    ],
  ],
)
console.log(
  `\n${ROUNDS} rounds in empty directories; ${SUBMITS} forms one after another. The command is node scripts/start.mjs; npm adds its own time.`,
)
