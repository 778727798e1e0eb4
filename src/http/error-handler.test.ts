import { describe, expect, it } from 'vitest'
import { Failure, type FailureKind } from '#base'
import { problem } from './errors.ts'
import { FORM, JSON_TYPE, serve } from './wire.fixture.ts'

const SECRET = 'ya29.hunter2'
const HTML = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

const failure = (kind: FailureKind) =>
  new Failure({ kind, code: 'drive_broken', message: 'Drive did not answer.' }, { hint: 'hint-for-log', cause: SECRET })

async function troubleServer() {
  return serve((server) => {
    server.get('/problem', async () => {
      throw problem('bad_request', 'Say which cat.', {
        hint: 'hint-for-log',
        members: { connect_url: '/connect/google' },
      })
    })
    server.get('/broken', async () => {
      throw new Error(`SQL near "${SECRET}"`)
    })
    server.get('/sync', () => {
      throw new TypeError(SECRET)
    })
    server.get<{ Params: { what: string } }>('/throws/:what', async (request) => {
      throw { undefined: undefined, null: null, text: SECRET, object: { statusCode: 200, message: SECRET } }[
        request.params.what
      ]
    })
    server.get<{ Params: { kind: FailureKind } }>('/failure/:kind', async (request) => {
      throw failure(request.params.kind)
    })
    server.get('/api/broken', async () => {
      throw new Error(SECRET)
    })
    server.post('/form', async () => 'ok')
  })
}

describe('an error as problem+json (RFC 9457)', () => {
  it('has type, title, status, detail, code, the id that finds the log line, and members of its own', async () => {
    const { send, logged } = await troubleServer()
    const answer = await send('/problem')
    expect(answer.status).toBe(400)
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
    const body = JSON.parse(answer.body)
    expect(body).toEqual({
      type: 'http://localhost:3000/problems/bad_request',
      title: 'The request could not be read',
      status: 400,
      detail: 'Say which cat.',
      code: 'bad_request',
      request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      connect_url: '/connect/google',
    })
    expect(logged()).toContain(body.request_id)
  })

  it.each([
    ['/missing', 'GET', 404, 'not_found'],
    ['/form', 'GET', 404, 'not_found'],
    ['/broken', 'GET', 500, 'internal_error'],
    ['/sync', 'GET', 500, 'internal_error'],
    ['/throws/undefined', 'GET', 500, 'internal_error'],
    ['/throws/null', 'GET', 500, 'internal_error'],
    ['/throws/text', 'GET', 500, 'internal_error'],
    ['/throws/object', 'GET', 500, 'internal_error'],
  ])('%s %s → %i %s', async (path, method, status, code) => {
    const { send } = await troubleServer()
    const answer = await send(path, { method })
    expect(answer.status).toBe(status)
    expect(JSON.parse(answer.body)).toMatchObject({ status, code })
  })

  it.each([
    ['transient', 502],
    ['rate_limited', 503],
    ['needs_reconnect', 409],
    ['missing_scope', 409],
    ['refused', 409],
    ['cancelled', 409],
  ])('of another system (%s) is never our 500: %i with its own code', async (kind, status) => {
    const { send } = await troubleServer()
    const answer = await send(`/failure/${kind}`)
    expect(answer.status).toBe(status)
    expect(JSON.parse(answer.body)).toMatchObject({ status, code: 'drive_broken', detail: 'Drive did not answer.' })
  })
})

describe('a database that cannot be asked', () => {
  it.each([
    ['a tool', {}, /^application\/problem\+json/, /"code":"database_unavailable"/],
    ['a browser', HTML, /^text\/html/, /<code>database_unavailable<\/code>/],
  ])('is 503 for %s, with the time to wait, and not our mistake', async (_title, headers, type, body) => {
    const { send } = await serve((server) => {
      server.get('/', async () => {
        const lost = Object.assign(new Error(`terminating connection of ${SECRET}`), { code: '57P01' })
        throw new Error('a library wraps', { cause: lost })
      })
    })
    const answer = await send('/', { headers })
    expect(answer.status).toBe(503)
    expect(answer.headers['retry-after']).toBe('5')
    expect(answer.headers['content-type']).toMatch(type)
    expect(answer.body).toMatch(body)
    expect(answer.body).not.toContain(SECRET)
  })
})

it('a service that asks for a pause: the answer says for how long, in whole seconds (RFC 9110 §10.2.3)', async () => {
  const { send } = await serve((server) => {
    server.get('/', async () => {
      throw new Failure({ kind: 'rate_limited', code: 'drive_rate_limited', message: 'Later.', retryAfter: 2.1 })
    })
  })
  expect(await send('/')).toMatchObject({ status: 503, headers: { 'retry-after': '3' } })
})

describe('who gets a page, and who gets JSON', () => {
  it.each([
    ['a browser', '/problem', HTML, 'text/html; charset=utf-8'],
    ['a browser on a missing page', '/missing', HTML, 'text/html; charset=utf-8'],
    ['a tool', '/problem', { accept: '*/*' }, 'application/problem+json; charset=utf-8'],
    ['who says nothing', '/problem', {}, 'application/problem+json; charset=utf-8'],
    ['who asks for JSON', '/problem', { accept: 'application/json' }, 'application/problem+json; charset=utf-8'],
    ['a browser below /api/', '/api/broken', HTML, 'application/problem+json; charset=utf-8'],
  ])('%s: %s', async (_title, path, headers, type) => {
    const { send } = await troubleServer()
    const answer = await send(path, { headers: headers as Record<string, string> })
    expect(answer.headers['content-type']).toBe(type)
    expect(answer.body.startsWith('<!doctype html>')).toBe(type.startsWith('text/html'))
  })

  it('the status is the same for both', async () => {
    const { send } = await troubleServer()
    for (const path of ['/problem', '/missing', '/broken', '/failure/transient']) {
      expect((await send(path, { headers: HTML })).status).toBe((await send(path)).status)
    }
  })
})

describe('what an answer never says', () => {
  it.each(['/broken', '/sync', '/throws/text', '/throws/object', '/failure/refused', '/problem', '/api/broken'])(
    '%s: no message of an exception, no hint, no stack, no path of this machine',
    async (path) => {
      const { send } = await troubleServer()
      for (const headers of [{}, HTML]) {
        const { body } = await send(path, { headers: headers as Record<string, string> })
        expect(body).not.toMatch(/hunter2|hint-for-log|at \w+ \(|\/src\/|node_modules|TypeError/)
      }
    },
  )

  it.each(['/<script>alert(1)</script>', '/%3Cscript%3E', '/x?q=<b>hunter2</b>', '/"onload="x'])(
    'nothing of the address %s comes back',
    async (path) => {
      const { send } = await troubleServer()
      for (const headers of [{}, HTML]) {
        const { body, status } = await send(encodeURI(path), { headers: headers as Record<string, string> })
        expect(status).toBe(404)
        expect(body).not.toMatch(/script|hunter2|onload/)
      }
    },
  )
})

describe('the log', () => {
  it('has hint and cause of a failure, and the stack of a defect, at level error for 5xx only', async () => {
    const { send, logged } = await troubleServer()
    await send('/failure/transient')
    await send('/broken')
    await send('/problem')
    const lines = logged()
      .split('\n')
      .filter((line) => line.includes('"code"'))
      .map((line) => JSON.parse(line))
    expect(lines).toMatchObject([
      { level: 50, code: 'drive_broken', hint: 'hint-for-log' },
      { level: 50, code: 'internal_error', err: { stack: expect.stringContaining('error-handler.test.ts') } },
      { level: 30, code: 'bad_request', hint: 'hint-for-log' },
    ])
  })

  it('names method, path, status and time of each request, and never its query (security §11.9: code, state)', async () => {
    const { send, logged } = await troubleServer()
    await send('/connect/google/callback?code=hunter2-code&state=hunter2-state&error=x')
    await send('/problem?token=hunter2', { headers: HTML })
    await send('/%zz?code=hunter2')
    await send('/problem?code=hunter2', { headers: { host: 'evil.example' } })
    await send('/problem?code=hunter2', { method: 'POST', headers: { host: 'evil.example' } })
    expect(logged()).toContain('"path":"/connect/google/callback"')
    expect(logged()).toContain('"status":404')
    expect(logged()).not.toContain('hunter2')
  })

  it('shows no header, cookie or body, not even of a body that could not be read', async () => {
    const { send, logged } = await troubleServer()
    const headers = { cookie: 'trivet-3000=hunter2', authorization: 'Bearer hunter2', 'x-api-key': 'hunter2' }
    for (const [type, body] of [
      [JSON_TYPE, '{"password":"hunter2"'],
      [JSON_TYPE, 'hunter2'],
      [JSON_TYPE, '{"__proto__":"hunter2"}'],
      [FORM, 'password=hunter2%00'],
      [FORM, `password=hunter2${'x'.repeat(70_000)}`],
      [{ 'content-type': 'application/hunter' }, 'hunter2'],
    ] as const) {
      const answer = await send('/form', { method: 'POST', headers: { ...headers, ...type }, body })
      expect(answer.status).toBeGreaterThanOrEqual(400)
    }
    expect(logged()).toContain('bad_request')
    expect(logged()).not.toContain('hunter2')
  })

  it('is one line for each request: CR LF in a path starts no second one', async () => {
    const { send, logged } = await troubleServer()
    await send('/x%0d%0a{"level":50,"forged":true}'.replaceAll('"', '%22'))
    for (const line of logged().trim().split('\n')) expect(JSON.parse(line)).not.toHaveProperty('forged')
  })
})

describe('bytes that are no HTTP', () => {
  it.each(['\0\0\0\0\r\n\r\n', 'GET\r\n\r\n', '\x16\x03\x01\x02\x00\x01\x00', 'GET / HTTP/9.9\r\n\r\n'])(
    '%j ends that connection and nothing else',
    async (bytes) => {
      const { raw, send } = await troubleServer()
      expect(await raw(bytes)).toMatch(/^(HTTP\/1\.1 [45]\d\d |$)/)
      expect((await send('/problem')).status).toBe(400)
    },
  )

  it('two different lengths of one body are refused (request smuggling, RFC 9112 §6.3)', async () => {
    const { raw } = await troubleServer()
    const head = 'POST /form HTTP/1.1\r\nHost: localhost:3000\r\n'
    const smuggled = 'GET /missing HTTP/1.1\r\nHost: localhost:3000\r\n\r\n'
    for (const lengths of [
      'Content-Length: 0\r\nContent-Length: 5\r\n',
      'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n',
      'Transfer-Encoding: chunked, identity\r\n',
    ]) {
      expect(await raw(`${head}${lengths}\r\n0\r\n\r\n${smuggled}`)).toMatch(/^HTTP\/1\.1 400 /)
    }
  })
})
