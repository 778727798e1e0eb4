import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Caller } from './caller.ts'
import { createCookies } from './cookies.ts'
import { createCsrf } from './csrf.ts'
import { FORM, JSON_TYPE, PUBLIC_URL, serve } from './wire.fixture.ts'

const ANA: Caller = { ownerId: 'ana', kind: 'guest', sessionId: 'session-ana' }
const BOB: Caller = { ownerId: 'bob', kind: 'guest', sessionId: 'session-bob' }

/** A server with one form; whose session it is stands in the header `x-caller`, in place of the accounts room. */
async function formServer(key = randomBytes(32), publicUrl = PUBLIC_URL) {
  const csrf = createCsrf({ key, cookies: createCookies(publicUrl), publicUrl })
  let posted = 0
  const served = await serve(
    (server) => {
      server.addHook('onRequest', async (request) => {
        request.caller = { ana: ANA, bob: BOB }[String(request.headers['x-caller'])] ?? null
      })
      server.get('/form', async (request, reply) => csrf.token(request, reply))
      server.post('/form', async (request) => {
        csrf.require(request)
        posted += 1
        return 'done'
      })
      server.post('/json', async (request) => {
        csrf.requireSameOrigin(request)
        return 'done'
      })
    },
    { publicUrl },
  )
  async function form(headers: Record<string, string> = {}) {
    const answer = await served.send('/form', { headers })
    const [cookie = ''] = (answer.headers['set-cookie']?.[0] ?? '').split(';')
    return { token: answer.body, cookie, setCookie: answer.headers['set-cookie'] }
  }
  async function post(token: string | undefined, headers: Record<string, string> = {}) {
    const body = token === undefined ? 'x=1' : new URLSearchParams({ csrf: token }).toString()
    return (await served.send('/form', { method: 'POST', headers: { ...FORM, ...headers }, body })).status
  }
  return { ...served, form, post, posted: () => posted }
}

describe('the token (security §6: on every POST)', () => {
  it('below a path, too: an Origin never has one (RFC 6454 §6.1)', async () => {
    const { send } = await formServer(undefined, 'https://id.example/auth')
    const answer = await send('/auth/form')
    const [cookie = ''] = (answer.headers['set-cookie']?.[0] ?? '').split(';')
    const body = new URLSearchParams({ csrf: answer.body }).toString()
    const sent = async (origin: string) =>
      (await send('/auth/form', { method: 'POST', headers: { ...FORM, cookie, origin }, body })).status
    expect(await sent('https://id.example')).toBe(200)
    expect(await sent('https://evil.example')).toBe(403)
    const json = { method: 'POST', headers: { ...JSON_TYPE, origin: 'https://id.example' }, body: '{}' }
    expect((await send('/auth/json', json)).status).toBe(200)
  })

  it('of a visitor without a session belongs to a visit cookie of 128 random bits, and opens the form', async () => {
    const { form, post } = await formServer()
    const { token, cookie } = await form()
    expect(cookie).toMatch(/^trivet-3000-visit=[\w-]{22}$/)
    expect(await post(token, { cookie })).toBe(200)
  })

  it('stays for the visit: further pages set no other cookie, and their forms work side by side', async () => {
    const { form, post } = await formServer()
    const first = await form()
    const second = await form({ cookie: first.cookie })
    expect(second).toMatchObject({ token: first.token, setCookie: undefined })
    expect(await post(second.token, { cookie: first.cookie })).toBe(200)
  })

  it('of a session belongs to that session, and needs no cookie of its own', async () => {
    const { form, post } = await formServer()
    const { token, setCookie } = await form({ 'x-caller': 'ana' })
    expect(setCookie).toBeUndefined()
    expect(await post(token, { 'x-caller': 'ana' })).toBe(200)
  })

  it('still opens a form that was loaded before the first POST gave its browser a session', async () => {
    const { form, post } = await formServer()
    const { token, cookie } = await form()
    expect(await post(token, { cookie, 'x-caller': 'ana' })).toBe(200)
  })

  it.each([
    ['none', () => undefined],
    ['an empty one', () => ''],
    ['garbage', () => 'x'.repeat(43)],
    ['a cut one', (token: string) => token.slice(0, -1)],
    ['a longer one', (token: string) => `${token}AAAA`],
    ['one with a character changed', (token: string) => (token.startsWith('A') ? 'B' : 'A') + token.slice(1)],
  ])('is refused when it is %s, and nothing is done', async (_title, change) => {
    const { form, post, posted } = await formServer()
    const { token, cookie } = await form()
    expect(await post(change(token), { cookie })).toBe(403)
    expect(posted()).toBe(0)
  })

  it.each([
    ['of another session', { 'x-caller': 'ana' }, { 'x-caller': 'bob' }],
    ['of a session that is over (fixation: dies with it)', { 'x-caller': 'ana' }, {}],
    ['of another visit (login CSRF)', {}, { cookie: 'trivet-3000-visit=AAAAAAAAAAAAAAAAAAAAAA' }],
    ['of a visit whose cookie is gone', {}, {}],
  ])('is refused when it is one %s', async (_title, loaded, posting) => {
    const { form, post } = await formServer()
    const { token } = await form(loaded as Record<string, string>)
    expect(await post(token, posting as Record<string, string>)).toBe(403)
  })

  it('of a session id is not that of a visit of the same text', async () => {
    const { form, post } = await formServer()
    const { token } = await form({ 'x-caller': 'ana' })
    expect(await post(token, { cookie: `trivet-3000-visit=${ANA.sessionId}` })).toBe(403)
  })

  it('of another installation, or of before a key was changed, is refused', async () => {
    const [mine, other] = [await formServer(), await formServer()]
    const { token } = await other.form({ 'x-caller': 'ana' })
    expect(await mine.post(token, { 'x-caller': 'ana' })).toBe(403)
  })

  it('works at every process that has the same key: it is stateless', async () => {
    const key = randomBytes(32)
    const [one, two] = [await formServer(key), await formServer(key)]
    const { token, cookie } = await one.form()
    expect(await two.post(token, { cookie })).toBe(200)
  })

  it('is given for a new visit cookie where the one sent is not one of ours (planted, NUL, too long)', async () => {
    const { form } = await formServer()
    for (const planted of ['x', 'A'.repeat(23), 'A'.repeat(5000), '%00']) {
      expect((await form({ cookie: `trivet-3000-visit=${planted}` })).cookie).toMatch(/=[\w-]{22}$/)
    }
  })

  it('may be sent as one field of that name: arrays, objects and JSON of other types are refused', async () => {
    const { send, form } = await formServer()
    const { token, cookie } = await form()
    const twice = await send('/form', { method: 'POST', headers: { ...FORM, cookie }, body: `csrf=x&csrf=${token}` })
    expect(twice.status).toBe(403)
    for (const csrf of [[token], { 0: token }, 1, null, true]) {
      const answer = await send('/form', {
        method: 'POST',
        headers: { ...JSON_TYPE, cookie },
        body: JSON.stringify({ csrf }),
      })
      expect(answer.status).toBe(403)
    }
    for (const body of ['null', '[]', '"x"', '1']) {
      expect((await send('/form', { method: 'POST', headers: { ...JSON_TYPE, cookie }, body })).status).toBe(403)
    }
  })

  it('is refused in a body of text/plain, which another site’s form can send without asking', async () => {
    const { send, form } = await formServer()
    const { token, cookie } = await form()
    const headers = { 'content-type': 'text/plain', cookie }
    expect((await send('/form', { method: 'POST', headers, body: `csrf=${token}` })).status).toBe(403)
  })
})

/** What browsers and tools send, and whether a right token is enough with it. */
const MATRIX: readonly [Record<string, string>, number][] = [
  [{}, 200],
  [{ origin: PUBLIC_URL }, 200],
  [{ origin: 'null' }, 200],
  [{ origin: 'https://evil.example' }, 403],
  [{ origin: 'http://localhost:3001' }, 403],
  [{ origin: 'https://localhost:3000' }, 403],
  [{ origin: `${PUBLIC_URL}.evil.example` }, 403],
  [{ 'sec-fetch-site': 'same-origin' }, 200],
  [{ 'sec-fetch-site': 'none' }, 200],
  [{ 'sec-fetch-site': 'same-site' }, 403],
  [{ 'sec-fetch-site': 'cross-site' }, 403],
  [{ 'sec-fetch-site': '' }, 403],
  [{ 'sec-fetch-site': 'SAME-ORIGIN' }, 403],
  [{ 'sec-fetch-site': 'same-origin, cross-site' }, 403],
  [{ 'sec-fetch-site': 'same-origin', origin: 'null' }, 200],
  [{ 'sec-fetch-site': 'cross-site', origin: 'null' }, 403],
  [{ 'sec-fetch-site': 'cross-site', origin: PUBLIC_URL }, 403],
  [{ 'sec-fetch-site': 'same-origin', origin: PUBLIC_URL, referer: 'https://evil.example/' }, 200],
]

describe('where a POST comes from: Sec-Fetch-Site decides when present, else Origin; null alone is no refusal', () => {
  it.each(MATRIX)('%j with a right token → %i', async (headers, status) => {
    const { form, post } = await formServer()
    const { token, cookie } = await form()
    expect(await post(token, { cookie, ...headers })).toBe(status)
  })

  it.each(MATRIX)('%j without a token → 403 always', async (headers) => {
    const { form, post } = await formServer()
    const { cookie } = await form()
    expect(await post(undefined, { cookie, ...headers })).toBe(403)
  })

  it.each(MATRIX)('%j for JSON by cookie, without a token → %i, but null alone is refused', async (headers, status) => {
    const { send } = await formServer()
    const answer = await send('/json', { method: 'POST', headers: { ...JSON_TYPE, ...headers }, body: '{}' })
    // A sandboxed frame of any site sends it (WHATWG HTML §7.1.1, opaque origins).
    const isOpaque = headers['origin'] === 'null' && headers['sec-fetch-site'] === undefined
    expect(answer.status).toBe(isOpaque ? 403 : status)
  })

  it('is answered 403 forged_request, saying that nothing was done and what to do', async () => {
    const { send } = await formServer()
    const answer = await send('/form', { method: 'POST', headers: FORM, body: 'x=1' })
    expect(JSON.parse(answer.body)).toMatchObject({ status: 403, code: 'forged_request' })
    expect(JSON.parse(answer.body).detail).toContain('Nothing was done')
  })
})

describe('the log', () => {
  it('shows neither tokens nor cookies', async () => {
    const { form, post, logged } = await formServer()
    const { token, cookie } = await form()
    await post(token, { cookie })
    await post(`${token}x`, { cookie })
    expect(logged()).toContain('forged_request')
    expect(logged()).not.toContain(token)
    expect(logged()).not.toContain(cookie.split('=')[1])
  })
})
