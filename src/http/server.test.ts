import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { openEventStream } from './sse.ts'
import { serve } from './wire.fixture.ts'

const HEAD = 'Host: localhost:3000\r\nContent-Type: application/x-www-form-urlencoded\r\n'

/** Sends text, then the drip every 20 ms. @returns what came back until the server closed, or until `ms` were over. */
function exchange(port: number, { text, drip, ms }: { text: string; drip: string; ms: number }) {
  return new Promise<{ answer: string; isClosed: boolean }>((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let answer = ''
    const dripping = setInterval(() => socket.write(drip), 20)
    const end = setTimeout(() => finish(false), ms)
    const finish = (isClosed: boolean) => {
      clearInterval(dripping)
      clearTimeout(end)
      resolve({ answer, isClosed })
      socket.destroy()
    }
    socket.on('data', (chunk) => {
      answer += chunk
    })
    socket.on('error', () => undefined)
    socket.on('close', () => finish(true))
    socket.write(text)
  })
}

describe('how long a request may take to arrive', () => {
  it('a head that comes byte by byte is ended with 408, too (slow headers)', async () => {
    const { port } = await serve(undefined, { requestMs: 300 })
    const slow = await exchange(port, {
      text: `GET / HTTP/1.1\r\nHost: localhost:3000\r\nX-A: `,
      drip: 'x',
      ms: 10_000,
    })
    expect(slow).toMatchObject({ isClosed: true, answer: expect.stringMatching(/^HTTP\/1.1 408 /) })
  })

  it('ends a body that comes byte by byte with 408 (slow POST), and no answer that lasts, such as events', async () => {
    const routes: Parameters<typeof serve>[0] = (server) => {
      server.post('/form', async () => 'never')
      server.get('/events', async (_request, reply) => {
        const stream = openEventStream(reply)
        setTimeout(() => stream.send({ name: 'late', data: 1 }), 1000)
      })
    }
    // A hundred times as fast as it is.
    const { port } = await serve(routes, { requestMs: 300 })
    const [slow, events] = await Promise.all([
      exchange(port, { text: `POST /form HTTP/1.1\r\n${HEAD}Content-Length: 60000\r\n\r\n`, drip: 'x', ms: 10_000 }),
      exchange(port, { text: `GET /events HTTP/1.1\r\n${HEAD}\r\n`, drip: '', ms: 1500 }),
    ])
    expect(slow).toMatchObject({ isClosed: true, answer: expect.stringMatching(/^HTTP\/1.1 408 /) })
    expect(events).toMatchObject({ isClosed: false, answer: expect.stringContaining('event: late') })
  })
})

describe('a server that is closed', () => {
  const ask = (port: number) => connect(port, '127.0.0.1').on('error', () => undefined)
  const said = (text: string) =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line): Record<string, unknown> => JSON.parse(line))
      .filter(({ requests }) => requests !== undefined)

  it('says for how many answers it waits, and how many it cut off', async () => {
    let came = () => {}
    const arrival = new Promise<void>((resolve) => {
      came = resolve
    })
    const { server, port, logged } = await serve(
      (routes) =>
        void routes.get('/hang', () => {
          came()
          return new Promise(() => undefined)
        }),
      { drainSeconds: 0.2 },
    )
    ask(port).write('GET /hang HTTP/1.1\r\nHost: localhost:3000\r\n\r\n')
    await arrival
    await server.close()
    expect(said(logged())).toEqual([
      expect.objectContaining({ level: 30, requests: 1, seconds: 0.2, msg: 'No more connections are taken' }),
      expect.objectContaining({ level: 40, requests: 1, msg: expect.stringContaining('cut off') }),
    ])
  })

  it('may take all of that time: Fastify gives up on hooks after 10 s by itself, and calls it a fault', async () => {
    const { server } = await serve(undefined, { drainSeconds: 60 })
    expect(server.initialConfig.pluginTimeout).toBeGreaterThan(60_000)
  })
})
