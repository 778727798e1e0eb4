import type { FastifyInstance } from 'fastify'
import { describe, expect, it } from 'vitest'
import { type Cookies, createCookies } from './cookies.ts'
import { serve } from './wire.fixture.ts'

async function cookieServer(publicUrl: string) {
  const cookies = createCookies(publicUrl)
  const routes = (server: FastifyInstance) => {
    server.get('/set', async (_request, reply) => {
      cookies.session.set(reply, 'S'.repeat(43), 2_592_000)
      cookies.visit.set(reply, 'V', 60)
      return 'ok'
    })
    server.get('/clear', async (_request, reply) => {
      cookies.session.clear(reply)
      return 'ok'
    })
    server.get('/get', async (request) => ({
      session: cookies.session.get(request) ?? null,
      visit: cookies.visit.get(request) ?? null,
    }))
  }
  return { cookies, ...(await serve(routes, { publicUrl })) }
}

/** Name, value and attributes of one Set-Cookie line, attributes in lower case. */
function parse(line: string) {
  const [pair = '', ...rest] = line.split('; ')
  const [name, value] = pair.split(/=(.*)/)
  const attributes = rest.map((text) => text.split('=')).map(([key = '', text]) => [key.toLowerCase(), text ?? true])
  return { name, value, ...Object.fromEntries(attributes) }
}

const names = ({ session, visit }: Cookies) => [session.name, visit.name]

describe('names', () => {
  it.each([
    ['https://trivet.example', '__Host-trivet'],
    ['https://trivet.example:8443', '__Host-trivet'],
    ['http://localhost:3000', 'trivet-3000'],
    ['http://localhost', 'trivet-80'],
  ])('at %s are %s and the same with -visit: all ports of one host share a jar', (url, name) => {
    expect(names(createCookies(url))).toEqual([name, `${name}-visit`])
  })
})

describe('attributes (security §10.16, ASVS 3.3.1–3.3.4)', () => {
  it('on https: __Host- (Secure, no Domain, Path=/), HttpOnly, SameSite=Lax', async () => {
    const { send } = await cookieServer('https://trivet.example')
    const [session, visit] = ((await send('/set')).headers['set-cookie'] ?? []).map(parse)
    const common = { path: '/', httponly: true, samesite: 'Lax', secure: true }
    expect(session).toEqual({ name: '__Host-trivet', value: 'S'.repeat(43), 'max-age': '2592000', ...common })
    expect(visit).toEqual({ name: '__Host-trivet-visit', value: 'V', 'max-age': '60', ...common })
  })

  it('on http: the same without Secure, or no browser would send it back', async () => {
    const { send } = await cookieServer('http://localhost:3000')
    const [session] = ((await send('/set')).headers['set-cookie'] ?? []).map(parse)
    expect(session).toEqual({
      name: 'trivet-3000',
      value: 'S'.repeat(43),
      'max-age': '2592000',
      path: '/',
      httponly: true,
      samesite: 'Lax',
    })
  })

  it('are repeated when cleared: a browser ignores a __Host- cookie without Secure and Path=/', async () => {
    const { send } = await cookieServer('https://trivet.example')
    const [line] = (await send('/clear')).headers['set-cookie'] ?? []
    expect(parse(line ?? '')).toMatchObject({
      name: '__Host-trivet',
      value: '',
      path: '/',
      secure: true,
      httponly: true,
    })
    expect(line).toMatch(/max-age=0|expires=Thu, 01 Jan 1970/i)
  })
})

describe('reading', () => {
  it('takes the cookie of this port and no other: not of another port, not without the __Host- prefix', async () => {
    const http = await cookieServer('http://localhost:3000')
    const get = async (cookie: string) => JSON.parse((await http.send('/get', { headers: { cookie } })).body)
    expect(await get('trivet-3000=mine; trivet-3001=other; trivet=no')).toEqual({ session: 'mine', visit: null })
    expect(await get('trivet-3001=other')).toEqual({ session: null, visit: null })
    const https = await cookieServer('https://trivet.example')
    const secure = await https.send('/get', {
      headers: { cookie: 'trivet=a; trivet-443=b; Host-trivet=c; __host-trivet=d' },
    })
    expect(JSON.parse(secure.body)).toEqual({ session: null, visit: null })
  })

  it.each(['__proto__=x; constructor=y', '=', ';;;', 'trivet-3000', '%=%', `trivet-3000="a`, `trivet-3000=%E0%A4%A`])(
    'survives the header %j',
    async (cookie) => {
      const { send } = await cookieServer('http://localhost:3000')
      const answer = await send('/get', { headers: { cookie } })
      expect(answer.status).toBe(200)
      expect({}).not.toHaveProperty('x')
    },
  )
})
