import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { Failure } from '#base'
import { serve } from '#testing'
import { OutboundFailure, type Phase } from './errors.ts'
import { createOutbound, type Outbound, type OutboundOptions } from './outbound.ts'
import type { Exchange, OutboundRequest } from './request.ts'
import { unexpectedStatus } from './unexpected-status.ts'

const opened: Outbound[] = []

function open(options: Partial<OutboundOptions> = {}): Outbound {
  const outbound = createOutbound({ allow: [], userAgent: 'trivet-test', ...options })
  opened.push(outbound)
  return outbound
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((outbound) => outbound.close()))
})

function get(url: string, more: Partial<OutboundRequest> = {}): OutboundRequest {
  return { method: 'GET', url, hosts: [new URL(url).host], maxBytes: 1_000_000, purpose: 'test', ...more }
}

async function failureOf(promise: Promise<unknown>): Promise<OutboundFailure> {
  const error: unknown = await promise.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  )
  if (error instanceof OutboundFailure) return error
  throw error
}

async function expectFailure(promise: Promise<unknown>, code: string, phase: Phase): Promise<OutboundFailure> {
  const failure = await failureOf(promise)
  expect({ code: failure.data.code, phase: failure.phase }).toEqual({ code, phase })
  return failure
}

describe('where a call may go', () => {
  test('a loopback address is refused, and nothing arrives there', async () => {
    let arrived = 0
    await using there = await serve((_, response) => {
      arrived += 1
      response.end()
    })
    const failure = await expectFailure(open().send(get(there.url)), 'address_not_allowed', 'not_sent')
    expect(failure.data).toMatchObject({ kind: 'refused' })
    expect(failure.data.message).toContain(there.host)
    expect(arrived).toBe(0)
  })

  test('host:port in `allow` may be called although it is private, another port of the same host may not', async () => {
    await using there = await serve((_, response) => response.end('hello'))
    await using other = await serve((_, response) => response.end('no'))
    const outbound = open({ allow: [there.host] })
    expect(await (await outbound.send(get(there.url))).text()).toBe('hello')
    await expectFailure(outbound.send(get(other.url)), 'address_not_allowed', 'not_sent')
  })

  test('a public name with a private address among its addresses is refused', async () => {
    const resolve = async () => [
      { address: '93.184.215.14', family: 4 },
      { address: '10.0.0.7', family: 4 },
    ]
    await expectFailure(open({ resolve }).send(get('https://cats.example')), 'address_not_allowed', 'not_sent')
  })

  test('DNS rebinding: the name is resolved once per connection, and the socket goes to what was checked', async () => {
    let asked = 0
    await using there = await serve((_, response) => response.end('hello'))
    const name = `cats.example:${there.port}`
    const resolve = async () => {
      asked += 1
      return [{ address: asked === 1 ? '127.0.0.1' : '10.0.0.1', family: 4 }]
    }
    const outbound = open({ allow: [name], resolve })
    expect(await (await outbound.send(get(`http://${name}`))).text()).toBe('hello')
    await sleep(20)
    expect(await (await outbound.send(get(`http://${name}`))).text()).toBe('hello')
    expect(asked).toBe(1)
  })

  test.each([
    'http://[::ffff:127.0.0.1]:81/',
    'http://0x7f.1:81/',
    'http://2130706433:81/',
    'http://[64:ff9b::7f00:1]:81/',
  ])('another spelling of loopback is refused: %s', async (url) => {
    await expectFailure(open().send(get(url)), 'address_not_allowed', 'not_sent')
  })

  test.each([
    ['a host that is not in the list', 'https://evil.example/', ['good.example']],
    ['another port of a listed host', 'https://good.example:8443/', ['good.example']],
    ['plain http where only the name is listed', 'http://good.example/', ['good.example']],
    ['a listed host as a suffix', 'https://good.example.evil.example/', ['good.example']],
    ['a user name in the address', 'https://good.example@evil.example/', ['good.example']],
    ['a password in the address', 'https://a:b@good.example/', ['good.example']],
    ['a file', 'file:///etc/passwd', ['good.example']],
    ['no URL at all', 'good.example', ['good.example']],
  ])('%s is refused before DNS', async (_, url, hosts) => {
    let asked = 0
    const resolve = async () => {
      asked += 1
      return []
    }
    await expectFailure(
      open({ resolve }).send(get('https://x.example', { url, hosts })),
      'host_not_allowed',
      'not_sent',
    )
    expect(asked).toBe(0)
  })

  test('the caller cannot set headers that frame the request (request smuggling)', async () => {
    const request = get('http://127.0.0.1:1', { headers: { 'Transfer-Encoding': 'chunked' } })
    await expect(open().send(request)).rejects.toThrow(TypeError)
  })
})

describe('whether the request may have arrived', () => {
  test('a port nobody listens on: not sent', async () => {
    const gone = await serve(() => {})
    await gone[Symbol.asyncDispose]()
    const failure = await expectFailure(
      open({ allow: [gone.host] }).send(get(`${gone.url}/path?secret=1`)),
      'upstream_unreachable',
      'not_sent',
    )
    expect(failure.data.kind).toBe('transient')
    expect(`${failure.data.message} ${failure.hint}`).not.toMatch(/path|secret/)
  })

  test('a name that has no address: not sent', async () => {
    const resolve = () => Promise.reject(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }))
    await expectFailure(open({ resolve }).send(get('https://cats.example')), 'upstream_unreachable', 'not_sent')
  })

  test('time runs out while the name is being resolved: not sent, and in time', async () => {
    const resolve = () => new Promise<never>(() => {})
    const started = Date.now()
    const request = get('https://cats.example', { timeoutSeconds: 0.1 })
    await expectFailure(open({ resolve }).send(request), 'upstream_unreachable', 'not_sent')
    expect(Date.now() - started).toBeLessThan(2000)
  })

  test('the server takes the request and hangs up: no answer', async () => {
    await using there = await serve((request) => request.socket.destroy())
    const request = get(there.url, { method: 'POST', body: 'a=1' })
    await expectFailure(open({ allow: [there.host] }).send(request), 'upstream_broken_off', 'no_answer')
  })

  test('the server never answers: no answer', async () => {
    await using there = await serve(() => {})
    const request = get(there.url, { timeoutSeconds: 0.1 })
    await expectFailure(open({ allow: [there.host] }).send(request), 'upstream_too_slow', 'no_answer')
  })

  test('what answers is no HTTP server: no answer', async () => {
    const server = createTcpServer((socket) => socket.end('SSH-2.0-OpenSSH_9.9\r\n'))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
    await expectFailure(open({ allow: [host] }).send(get(`http://${host}`)), 'upstream_broken_off', 'no_answer')
    server.close()
  })

  test('a caller who gave up gets `cancelled`, or the failure it gave as a reason', async () => {
    await using there = await serve(() => {})
    const outbound = open({ allow: [there.host] })
    const controller = new AbortController()
    setTimeout(() => controller.abort(), 50)
    const failure = await failureOf(outbound.send(get(there.url, { signal: controller.signal })))
    expect(failure.data.kind).toBe('cancelled')
    const reason = new Failure({ kind: 'cancelled', code: 'run_cancelled', message: 'Stopped.' })
    await expect(outbound.send(get(there.url, { signal: AbortSignal.abort(reason) }))).rejects.toBe(reason)
  })
})

describe('the body of the answer', () => {
  test('is given as bytes, text or JSON, with headers in any case', async () => {
    await using there = await serve((request, response) => {
      response.setHeader('X-One', 'first')
      response.setHeader('Set-Cookie', ['a=1', 'b=2'])
      response.end(JSON.stringify({ method: request.method, agent: request.headers['user-agent'] }))
    })
    const outbound = open({ allow: [there.host] })
    const response = await outbound.send(get(`${there.url}/a?b=c`))
    expect(response.headers.get('X-ONE')).toBe('first')
    expect(response.headers.getAll('set-cookie')).toEqual(['a=1', 'b=2'])
    expect(response.headers.get('x-two')).toBeUndefined()
    expect(response.url).toBe(`${there.url}/a?b=c`)
    expect(await response.json()).toEqual({ method: 'GET', agent: 'trivet-test' })
  })

  test('that announces more than allowed is refused without reading it', async () => {
    let written = 0
    await using there = await serve(async (_, response) => {
      response.writeHead(200, { 'content-length': 50_000_000 })
      for (; written < 50_000_000 && !response.destroyed; written += 100_000) {
        if (!response.write(Buffer.alloc(100_000)))
          await Promise.race([once(response, 'drain'), once(response, 'close')])
      }
    })
    const response = await open({ allow: [there.host] }).send(get(there.url))
    const failure = await expectFailure(response.bytes(), 'upstream_too_large', 'answered')
    expect(failure.data.kind).toBe('refused')
    await sleep(50)
    expect(written).toBeLessThan(20_000_000)
  })

  test('that grows past the limit without having said so is cut off', async () => {
    await using there = await serve((_, response) => {
      Readable.from(
        (async function* () {
          for (;;) yield Buffer.alloc(50_000)
        })(),
      ).pipe(response)
    })
    const response = await open({ allow: [there.host] }).send(get(there.url, { maxBytes: 200_000 }))
    await expectFailure(response.bytes(), 'upstream_too_large', 'answered')
  })

  test('that drips is cut off when the whole time is up, however often a byte comes', async () => {
    await using there = await serve((_, response) => {
      const timer = setInterval(() => response.write('x'), 10)
      response.on('close', () => clearInterval(timer))
    })
    const started = Date.now()
    const response = await open({ allow: [there.host] }).send(get(there.url, { timeoutSeconds: 0.3 }))
    await expectFailure(response.bytes(), 'upstream_too_slow', 'answered')
    expect(Date.now() - started).toBeLessThan(2000)
  })

  test('that stops short of its Content-Length is broken off', async () => {
    await using there = await serve((_, response) => {
      response.writeHead(200, { 'content-length': 1000 })
      response.write('half', () => response.destroy())
    })
    const response = await open({ allow: [there.host] }).send(get(there.url))
    await expectFailure(response.bytes(), 'upstream_broken_off', 'answered')
  })

  test('that is no JSON is `upstream_not_json`, and its text is in no message', async () => {
    await using there = await serve((_, response) => response.end('<h1>token=abc</h1>'))
    const response = await open({ allow: [there.host] }).send(get(there.url))
    const failure = await expectFailure(response.json(), 'upstream_not_json', 'answered')
    expect(`${failure.message}${failure.hint}${failure.cause}`).not.toContain('token')
  })

  test('that nobody reads is let go of when the time is up', async () => {
    let closed = 0
    await using there = await serve((_, response) => {
      response.write('x')
      response.on('close', () => {
        closed += 1
      })
    })
    await open({ allow: [there.host] }).send(get(there.url, { timeoutSeconds: 0.1 }))
    await sleep(400)
    expect(closed).toBe(1)
  })

  test('that was discarded leaves the connection usable', async () => {
    const ports = new Set<number | undefined>()
    await using there = await serve((request, response) => {
      ports.add(request.socket.remotePort)
      response.end('x'.repeat(1000))
    })
    const outbound = open({ allow: [there.host] })
    for (let time = 0; time < 3; time += 1) {
      await (await outbound.send(get(there.url))).discard()
      await sleep(20)
    }
    expect(ports.size).toBe(1)
  })
})

describe('the body of the request', () => {
  const echo = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { 'content-length': length, 'transfer-encoding': coding } = request.headers
    response.end(JSON.stringify({ body: Buffer.concat(chunks).toString(), length, coding }))
  }

  test('of known length goes with Content-Length, of unknown length in chunks', async () => {
    await using there = await serve(echo)
    const outbound = open({ allow: [there.host] })
    const body = () => Readable.from([Buffer.from('meow '), Buffer.from('meow')])
    const known = await outbound.send(get(there.url, { method: 'PUT', body, bodyLength: 9 }))
    expect(await known.json()).toEqual({ body: 'meow meow', length: '9' })
    const unknown = await outbound.send(get(there.url, { method: 'PUT', body }))
    expect(await unknown.json()).toEqual({ body: 'meow meow', coding: 'chunked' })
    const empty = await outbound.send(get(there.url, { method: 'PUT' }))
    expect(await empty.json()).toEqual({ body: '', length: '0' })
  })

  test('whose source fails hands that error on as it is', async () => {
    await using there = await serve(echo)
    const broken = new Error('disk')
    const body = async function* () {
      yield Buffer.from('a')
      throw broken
    }
    await expect(open({ allow: [there.host] }).send(get(there.url, { method: 'PUT', body }))).rejects.toBe(broken)
  })
})

describe('redirects', () => {
  test('are handed to the caller unless asked for', async () => {
    await using there = await serve((_, response) => response.writeHead(302, { location: '/b' }).end())
    expect((await open({ allow: [there.host] }).send(get(there.url))).status).toBe(302)
  })

  test('are followed within the hosts; a 307 sends the body again, a 303 becomes a GET', async () => {
    await using there = await serve(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      if (request.url === '/307') response.writeHead(307, { location: '/end' }).end()
      else if (request.url === '/303') response.writeHead(303, { location: '/end' }).end()
      else response.end(`${request.method} ${body} ${request.headers.authorization}`)
    })
    const outbound = open({ allow: [there.host] })
    const post = { method: 'POST', body: () => Readable.from([Buffer.from('b')]), redirects: 1 } as const
    const headers = { authorization: 'Bearer t' }
    const again = await outbound.send(get(`${there.url}/307`, { ...post, headers }))
    expect(await again.text()).toBe('POST b Bearer t')
    expect(again.url).toBe(`${there.url}/end`)
    expect(await (await outbound.send(get(`${there.url}/303`, { ...post, headers }))).text()).toBe('GET  Bearer t')
  })

  test('to another host of the list lose Authorization and everything else that names us', async () => {
    let seen: IncomingMessage['headers'] = {}
    await using end = await serve((request, response) => {
      seen = request.headers
      response.end()
    })
    await using start = await serve((_, response) => response.writeHead(302, { location: end.url }).end())
    const headers = { authorization: 'Bearer t', cookie: 'a=1', 'x-api-key': 'k', accept: 'image/*' }
    const hosts = [start.host, end.host]
    await open({ allow: hosts }).send(get(start.url, { hosts, headers, redirects: 2 }))
    expect(seen).toMatchObject({ accept: 'image/*' })
    expect(seen).not.toHaveProperty('authorization')
    expect(seen).not.toHaveProperty('cookie')
    expect(seen).not.toHaveProperty('x-api-key')
  })

  test('to a host outside the list, a file or credentials are refused', async () => {
    let location = ''
    await using there = await serve((_, response) => response.writeHead(302, { location }).end())
    const outbound = open({ allow: [there.host] })
    for (location of ['http://127.0.0.1:1/', 'file:///etc/passwd', `http://a:b@${there.host}/`, 'http://['])
      await expectFailure(outbound.send(get(there.url, { redirects: 3 })), 'redirect_not_allowed', 'answered')
  })

  test('to a private address are refused although the name is in the list', async () => {
    await using inner = await serve((_, response) => response.end('inner'))
    await using there = await serve((_, response) => response.writeHead(302, { location: inner.url }).end())
    const request = get(there.url, { redirects: 3, hosts: [there.host, inner.host] })
    // The first request arrived, so the whole is not "not sent".
    await expectFailure(open({ allow: [there.host] }).send(request), 'address_not_allowed', 'no_answer')
  })

  test('in a circle are given up', async () => {
    let hops = 0
    await using there = await serve((_, response) => {
      hops += 1
      response.writeHead(302, { location: '/' }).end()
    })
    await expectFailure(
      open({ allow: [there.host] }).send(get(there.url, { redirects: 3 })),
      'redirect_not_allowed',
      'answered',
    )
    expect(hops).toBe(4)
  })

  test('a 308 without Location is an answer (Drive: Resume Incomplete)', async () => {
    await using there = await serve((_, response) => response.writeHead(308, { range: 'bytes=0-9' }).end())
    const response = await open({ allow: [there.host] }).send(get(there.url, { redirects: 3 }))
    expect(response.headers.get('range')).toBe('bytes=0-9')
  })
})

test('every exchange is observed without query, header or body', async () => {
  const seen: Exchange[] = []
  await using there = await serve((request, response) => {
    if (request.url?.startsWith('/a')) response.writeHead(302, { location: '/b?token=2' }).end()
    else request.socket.destroy()
  })
  const outbound = open({ allow: [there.host], observe: (exchange) => seen.push(exchange) })
  await failureOf(outbound.send(get(`${there.url}/a?token=1`, { redirects: 1 })))
  expect(seen).toMatchObject([
    { purpose: 'test', method: 'GET', host: there.host, path: '/a', status: 302 },
    { path: '/b', code: 'upstream_broken_off' },
  ])
  expect(JSON.stringify(seen)).not.toContain('token')
})

test('close ends calls that are under way', async () => {
  await using there = await serve(() => {})
  const outbound = open({ allow: [there.host] })
  const call = failureOf(outbound.send(get(there.url)))
  await sleep(100)
  await outbound.close()
  expect((await call).data.code).toBe('upstream_broken_off')
})

test.each([
  [429, { 'retry-after': '7' }, { kind: 'rate_limited', code: 'upstream_rate_limited', retryAfter: 7 }],
  [429, {}, { kind: 'rate_limited', code: 'upstream_rate_limited', retryAfter: 30 }],
  [503, { 'retry-after': '2' }, { kind: 'rate_limited', code: 'upstream_rate_limited', retryAfter: 2 }],
  [503, {}, { kind: 'transient', code: 'upstream_unavailable' }],
  [408, {}, { kind: 'transient', code: 'upstream_unavailable' }],
  [404, {}, { kind: 'refused', code: 'upstream_refused' }],
])('status %i with %o is %o', async (status, headers, data) => {
  await using there = await serve((_, response) => response.writeHead(status, headers).end('why'))
  const response = await open({ allow: [there.host] }).send(get(there.url))
  expect((await unexpectedStatus(response, new Date())).data).toMatchObject(data)
})
