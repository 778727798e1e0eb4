import { describe, expect, it } from 'vitest'
import { formFields } from './form-body.ts'
import { FORM, JSON_TYPE, serve } from './wire.fixture.ts'

async function echoServer() {
  const { send, ...rest } = await serve((server) => {
    server.post('/echo', async (request) => ({ fields: formFields(request.body), body: request.body }))
    server.get('/echo/:id', async (request) => ({ params: request.params, query: request.query }))
  })
  const post = (body: string | Buffer, headers: Record<string, string>) =>
    send('/echo', { method: 'POST', headers, body })
  return { ...rest, send, post }
}

describe('NUL bytes and lone surrogates (security §11.8): 400 at the door, instead of 500 from PostgreSQL', () => {
  it.each([
    ['a form value', 'a=x%00y', FORM],
    ['a form name', 'a%00=x', FORM],
    ['JSON', '{"a":"x\\u0000y"}', JSON_TYPE],
    ['a JSON name', '{"x\\u0000":1}', JSON_TYPE],
    ['JSON deep inside', '{"a":[1,{"b":["\\u0000"]}]}', JSON_TYPE],
    ['a high surrogate alone', '{"a":"\\ud83d"}', JSON_TYPE],
    ['a low surrogate alone', '{"a":"x\\udc08y"}', JSON_TYPE],
    ['surrogates in the wrong order', '{"a":"\\udc08\\ud83d"}', JSON_TYPE],
    ['a JSON text itself', '"\\u0000"', JSON_TYPE],
  ])('in %s', async (_title, body, headers) => {
    const { post } = await echoServer()
    const answer = await post(body, headers)
    expect(answer.status).toBe(400)
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'bad_request' })
    expect(answer.body).toContain('cannot be stored')
  })

  it.each(['/echo/a%00b', '/echo/x?a=%00', '/echo/x?%00=1', '/echo/x?a=1&a=%00'])('in the address %s', async (path) => {
    const { send } = await echoServer()
    expect((await send(path)).status).toBe(400)
  })

  it.each(['/echo/%ED%A0%80', '/echo/%C0%80', '/echo/%F0%9F', '/echo/x?a=%ED%A0%80', '/echo/x?a=%FF'])(
    'in %s, whose bytes are no UTF-8, reach no handler as half characters',
    async (path) => {
      const { send } = await echoServer()
      const answer = await send(path)
      expect(answer.status).toBeLessThan(500)
      expect(answer.body.isWellFormed()).toBe(true)
      expect(JSON.stringify(JSON.parse(answer.body))).not.toMatch(/\\u0000|\\ud[89a-f]/)
    },
  )

  it('leaves text of any language alone', async () => {
    const { post } = await echoServer()
    const text = 'Zoë \u{1f408}\u200d\u2b1b العربية e\u0301 \r\n\t'
    const answer = await post(new URLSearchParams({ text }).toString(), FORM)
    expect(JSON.parse(answer.body).fields).toEqual({ text })
    expect(JSON.parse((await post(JSON.stringify({ text }), JSON_TYPE)).body).body).toEqual({ text })
  })
})

describe('__proto__ (prototype pollution)', () => {
  it.each(['{"__proto__":{"admin":true}}', '{"a":{"__proto__":{"admin":true}}}', '{"\\u005f_proto__":{"admin":true}}'])(
    'in JSON %s is refused',
    async (body) => {
      const { post } = await echoServer()
      expect((await post(body, JSON_TYPE)).status).toBe(400)
      expect({}).not.toHaveProperty('admin')
    },
  )

  it('as constructor.prototype is refused, too', async () => {
    const { post } = await echoServer()
    expect((await post('{"constructor":{"prototype":{"admin":true}}}', JSON_TYPE)).status).toBe(400)
  })

  it('in a form is a field like any other', async () => {
    const { post } = await echoServer()
    const answer = await post('__proto__=x&constructor=y&a=1&__proto__[admin]=1', FORM)
    expect(answer.status).toBe(200)
    expect({}).not.toHaveProperty('admin')
    const fields = formFields(JSON.parse('{"__proto__":"x","toString":"y"}'))
    expect(Object.getPrototypeOf(fields)).toBe(null)
    expect(Object.keys(fields)).toEqual(['__proto__', 'toString'])
  })

  it('in a query is one, too', async () => {
    const { send } = await echoServer()
    expect((await send('/echo/x?__proto__=1&__proto__[admin]=1')).status).toBe(200)
    expect({}).not.toHaveProperty('admin')
  })
})

describe('bodies that are made to hurt', () => {
  it.each([
    ['arrays', '['.repeat(10_000) + ']'.repeat(10_000)],
    ['objects', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`],
    ['arrays never closed', '['.repeat(10_000)],
    ['arrays around a NUL', `${'['.repeat(10_000)}"\\u0000"${']'.repeat(10_000)}`],
  ])('10,000 deep %s: the server answers, and goes on', async (_title, body) => {
    const { send } = await serve((server) => {
      server.post('/fields', async (request) => formFields(request.body))
    })
    const answer = await send('/fields', { method: 'POST', headers: JSON_TYPE, body })
    expect([200, 400]).toContain(answer.status)
    expect((await send('/fields', { method: 'POST', headers: JSON_TYPE, body: '{"a":"1"}' })).body).toBe('{"a":"1"}')
  })

  it.each([
    ['64 kB and one byte of form', `a=${'x'.repeat(65_535)}`, FORM, 413],
    ['64 kB of form', `a=${'x'.repeat(65_534)}`, FORM, 200],
    ['64 kB and one byte of JSON', `"${'x'.repeat(65_535)}"`, JSON_TYPE, 413],
    ['30,000 fields', 'a&'.repeat(30_000), FORM, 200],
    ['JSON that is none', '{"a":', JSON_TYPE, 400],
    ['no JSON at all', '', JSON_TYPE, 400],
    ['a byte order mark (RFC 8259 §8.1)', '\ufeff{"a":1}', JSON_TYPE, 200],
    ['XML', '<a/>', { 'content-type': 'application/xml' }, 415],
    ['a type that is none', 'x', { 'content-type': 'a/b/c; \u00e9' }, 415],
    ['multipart where none is taken', 'x', { 'content-type': 'multipart/form-data; boundary=x' }, 415],
  ])('%s → %#', async (_title, body, headers, status) => {
    const { post } = await echoServer()
    const answer = await post(body, headers)
    expect(answer.status).toBe(status)
    if (status >= 400) {
      expect(JSON.parse(answer.body).code).toBe(
        { 400: 'bad_request', 413: 'body_too_large', 415: 'unsupported_media_type' }[status],
      )
    }
  })
})

describe('formFields', () => {
  it('takes the last of several fields of one name, as a person would see it', () => {
    expect({ ...formFields({ a: ['1', '2'], b: 'x' }) }).toEqual({ a: '2', b: 'x' })
  })

  it.each([null, undefined, 'text', 1, [], {}])('gives no fields for %j', (body) => {
    expect({ ...formFields(body) }).toEqual({})
  })

  it('leaves out what is no text', () => {
    expect({ ...formFields({ a: 1, b: null, c: { d: 'x' }, e: [], f: [['x']], g: 'y' }) }).toEqual({ g: 'y' })
  })
})
