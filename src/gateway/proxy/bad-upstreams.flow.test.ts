import { once } from 'node:events'
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRig, createUpstream, type Rig } from '../testing/rig.fixture.ts'

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n'

/** A byte now and then, for as long as somebody listens. */
function drip(socket: Socket): void {
  const timer = setInterval(() => socket.write('x'), 20)
  socket.on('close', () => clearInterval(timer))
}

/** What upstreams do to whoever has sent them a request. */
const MISBEHAVIOURS = {
  hangs: () => {},
  resets: (socket: Socket) => socket.resetAndDestroy(),
  'hangs up': (socket: Socket) => socket.end(),
  'drips its head': (socket: Socket) => {
    socket.write('HTTP/1.1 200 OK\r\nx-slow: ')
    drip(socket)
  },
  'drips its answer': (socket: Socket) => {
    socket.write(`${HEAD}content-length: 1000000\r\n\r\n`)
    drip(socket)
  },
  'dies in its answer': (socket: Socket) => {
    socket.write(`${HEAD}content-length: 1000000\r\n\r\nhalf`)
    setTimeout(() => socket.resetAndDestroy(), 20)
  },
  'speaks no HTTP': (socket: Socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n'),
} as const

type Misbehaviour = keyof typeof MISBEHAVIOURS
const NAMES = Object.keys(MISBEHAVIOURS) as Misbehaviour[]
const slug = (name: Misbehaviour) => name.replaceAll(' ', '-')

const good = await createUpstream((request, response) => {
  if (!request.url?.endsWith('/stream')) return void response.end('fine')
  response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
})
const sockets = new Set<Socket>()
const bad = new Map<Misbehaviour, number>()
let rig: Rig

beforeAll(async () => {
  for (const name of NAMES) {
    const server = createServer((socket) => {
      sockets.add(socket.on('error', () => {}))
      socket.once('data', () => MISBEHAVIOURS[name](socket))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    bad.set(name, (server.address() as AddressInfo).port)
    closing.push(() => server.close())
  }
  const routes = [...bad].map(
    ([name, port]) =>
      `    - {path: /${slug(name)}, access: public, upstream: "http://127.0.0.1:${port}", timeout: 0.5}\n`,
  )
  const file = `gateway:\n  routes:\n    - {path: /good, access: public, upstream: "${good.origin}"}\n${routes.join('')}`
  rig = await createRig({ file })
})
const closing: (() => unknown)[] = []
afterAll(async () => {
  await rig.close()
  await good.close()
  for (const socket of sockets) socket.destroy()
  for (const close of closing) close()
})

function ask(path: string, agent: Agent | false = false) {
  const headers = { host: `localhost:${rig.port}` }
  const request = httpRequest({ host: '127.0.0.1', port: rig.port, path, agent, headers }).end()
  return request.on('error', () => {})
}

/** @returns the status, or what went wrong with it */
async function outcomeOf(request: ReturnType<typeof ask>): Promise<string> {
  try {
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    for await (const _chunk of response);
    return String(response.statusCode)
  } catch {
    return 'cut off'
  }
}

describe('an upstream that', () => {
  it.each([
    ['hangs', '504'],
    ['resets', '502'],
    ['hangs up', '502'],
    // Each byte is something, but none of them is an answer.
    ['drips its head', '504'],
    ['dies in its answer', 'cut off'],
    ['speaks no HTTP', '502'],
  ] as const)('%s: %s, in time', async (name, outcome) => {
    const began = performance.now()
    expect(await outcomeOf(ask(`/${slug(name)}`))).toBe(outcome)
    expect(performance.now() - began).toBeLessThan(3000)
  })

  it('does any of that all the time to many callers at once: every other request is answered, and soon', async () => {
    let going = true
    const outcomes = new Map<Misbehaviour, Set<string>>(NAMES.map((name) => [name, new Set()]))
    const sufferers = NAMES.flatMap((name) =>
      Array.from({ length: 10 }, async () => {
        while (going) {
          const request = ask(`/${slug(name)}`)
          // Only this one has no end.
          const leaves = name === 'drips its answer' ? setTimeout(() => request.destroy(), 500) : undefined
          outcomes.get(name)?.add(await outcomeOf(request))
          clearTimeout(leaves)
          await sleep(20)
        }
      }),
    )
    const agent = new Agent({ keepAlive: true, maxSockets: 4 })
    const took: number[] = []
    await sleep(200)
    for (let n = 0; n < 150; n += 1) {
      const began = performance.now()
      expect(await outcomeOf(ask('/good', agent))).toBe('200')
      took.push(performance.now() - began)
      await sleep(5)
    }
    going = false
    await Promise.all(sufferers)
    agent.destroy()
    expect(took.toSorted((one, other) => one - other)[Math.floor(took.length * 0.95)]).toBeLessThan(250)
    expect(outcomes.get('hangs')).toEqual(new Set(['504']))
    expect(outcomes.get('resets')).toEqual(new Set(['502']))
  }, 30_000)
})

it('600 streams of one upstream leave its other requests alone', async () => {
  const streams = Array.from({ length: 600 }, () => ask('/good/stream'))
  await Promise.all(streams.map((stream) => once(stream, 'response')))
  expect(await outcomeOf(ask('/good'))).toBe('200')
  for (const stream of streams) stream.destroy()
}, 30_000)
