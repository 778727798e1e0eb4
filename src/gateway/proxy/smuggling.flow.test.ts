import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRig, createUpstream, type Rig } from '../testing/rig.fixture.ts'

const upstream = await createUpstream((_request, response) => response.end('fine'))
let rig: Rig
beforeAll(async () => {
  rig = await createRig({
    file: `gateway:\n  routes:\n    - {path: /up, strip_prefix: true, access: public, upstream: "${upstream.origin}"}\n`,
  })
})
afterAll(async () => {
  await rig.close()
  await upstream.close()
})

describe('shapes that mean one thing to one server and another to the next (RFC 9112 §11.2)', () => {
  const say = (text: string) =>
    new Promise<string>((resolve) => {
      const socket = connect(rig.port, '127.0.0.1', () => socket.write(text))
      let got = ''
      socket.on('data', (chunk) => (got += chunk))
      socket.on('error', () => resolve(got))
      socket.on('close', () => resolve(got))
      setTimeout(() => socket.end(), 300)
    })
  const host = () => `Host: localhost:${rig.port}`

  it.each([
    [
      'both lengths',
      (h: string) =>
        `POST /up/fine HTTP/1.1\r\n${h}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    [
      'two lengths',
      (h: string) => `POST /up/fine HTTP/1.1\r\n${h}\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde`,
    ],
    ['a length with a sign', (h: string) => `POST /up/fine HTTP/1.1\r\n${h}\r\nContent-Length: +4\r\n\r\nabcd`],
    [
      'chunked twice',
      (h: string) => `POST /up/fine HTTP/1.1\r\n${h}\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n`,
    ],
    [
      'chunked, but not last',
      (h: string) => `POST /up/fine HTTP/1.1\r\n${h}\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
    ],
    ['a folded header', (h: string) => `GET /up/fine HTTP/1.1\r\n${h}\r\nX-A: b\r\n c\r\n\r\n`],
    ['a space before the colon', (h: string) => `GET /up/fine HTTP/1.1\r\n${h}\r\nTransfer-Encoding : chunked\r\n\r\n`],
    [
      'a bad chunk',
      (h: string) => `POST /up/fine HTTP/1.1\r\n${h}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n`,
    ],
    ['a bare line feed', (h: string) => `GET /up/fine HTTP/1.1\n${h}\n\n`],
    ['NUL in a header', (h: string) => `GET /up/fine HTTP/1.1\r\n${h}\r\nX-A: b\0c\r\n\r\n`],
    ['two hosts', (h: string) => `GET /up/fine HTTP/1.1\r\n${h}\r\nHost: elsewhere.example\r\n\r\n`],
    ['a number sign in the query', (h: string) => `GET /up/fine?a#b HTTP/1.1\r\n${h}\r\n\r\n`],
    ['no host', () => 'GET /up/fine HTTP/1.1\r\n\r\n'],
    ['20 kB of headers', (h: string) => `GET /up/fine HTTP/1.1\r\n${h}\r\nX-A: ${'a'.repeat(20_000)}\r\n\r\n`],
    ['1 MB of address', (h: string) => `GET /up/${'a'.repeat(1_000_000)} HTTP/1.1\r\n${h}\r\n\r\n`],
  ])('%s: refused, and one answer at most', async (_what, text) => {
    const answer = await say(text(host()))
    expect(answer).toMatch(/^(HTTP\/1\.1 (4\d\d|502) |$)/)
    expect(answer.match(/HTTP\/1\.1 /g)?.length ?? 0).toBeLessThanOrEqual(1)
    // The process is up, and the next one is not answered with what was left over.
    expect(await say(`GET /up/fine HTTP/1.1\r\n${host()}\r\nConnection: close\r\n\r\n`)).toMatch(/fine$/)
  })

  it('another coding than chunks is not understood: 501, and nothing arrives (RFC 9112 §6.1)', async () => {
    const coded = `POST /up/fine HTTP/1.1\r\n${host()}\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`
    expect(await say(coded)).toMatch(/^HTTP\/1\.1 501 /)
  })

  it.each([
    '/up/../fine',
    '/up/%2e%2e/fine',
    '/up//fine',
    '/up/fine;x',
    '/up%2ffine',
    '/up\\fine',
    'http://elsewhere/up/fine',
    '*',
  ])('%s is no address of a route', async (path) => {
    const answer = await say(`GET ${path} HTTP/1.1\r\n${host()}\r\nConnection: close\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 (400|404) /)
    expect(answer).not.toContain('fine\r\n')
  })
})
