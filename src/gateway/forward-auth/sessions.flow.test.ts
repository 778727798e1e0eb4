import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { User } from '#accounts'
import { createPeers } from '#http'
import { createTown, type Town } from '../testing/town.fixture.ts'
import { createVisitor, type Visitor } from '../testing/visitor.fixture.ts'

/** Another proxy forwards to it, and asks. */
const HOST = 'wiki.example'
let town: Town
let person: User
let visitor: Visitor
beforeAll(async () => {
  town = await createTown({
    file: () => `
gateway:
  routes:
    - { path: /, host: ${HOST}, access: session }
    - { path: /strict, host: ${HOST}, access: session, max_age: 300 }
    - { path: /open, host: ${HOST}, access: public }
    - { path: /, host: api.example }
`,
    deps: { peers: createPeers(['loopback']) },
  })
  person = await town.user()
})
afterAll(() => town.close())
beforeEach(() => {
  visitor = createVisitor(town)
})

const PAGE = { accept: 'text/html' }
/** How proxies ask: those that hand the answer on as it is, and those that know 401 and 403 only. */
const PROXIES = [
  { query: '', family: 'forwarded' },
  { query: '?proxy=nginx', family: 'original' },
  { query: '?proxy=haproxy', family: 'original' },
]

function about(
  headers: Record<string, string | string[]>,
  { query, family } = PROXIES[0] ?? { query: '', family: '' },
  asked: { method?: string; host?: string; uri?: string } = {},
) {
  const { method = 'GET', host = HOST, uri = '/notes?a=1&b=%2F' } = asked
  const said = { [`x-${family}-method`]: method, [`x-${family}-host`]: host, [`x-${family}-uri`]: uri }
  return town.ask(`/gateway/auth${query}`, { headers: { ...said, ...headers } })
}

/** Signs in, on the host that the proxy hands on. @returns what a browser sends there from then on */
async function enter(): Promise<string> {
  await visitor.signIn(person)
  // The last hop is the page itself, which nobody forwards here.
  expect((await visitor.follow(HOST, '/.trivet/sign-in?return_to=%2F')).status).toBe(404)
  return visitor.cookieHeader(HOST)
}

describe('GET /gateway/auth about a route with access: session', () => {
  it('the cookie of the host is enough, and says who it is', async () => {
    const { status, headers } = await about({ cookie: await enter() })
    expect([status, headers['x-trivet-user'], headers['x-trivet-username']]).toEqual([
      ...[200, person.publicId, person.username],
    ])
  })

  it.each(PROXIES)(
    'a browser that wants a page is told where to sign in, and comes back to all of it: %o',
    async (proxy) => {
      const { status, headers } = await about(PAGE, proxy)
      expect([status, headers.location]).toEqual([
        proxy.query === '' ? 302 : 401,
        `http://${HOST}/.trivet/sign-in?return_to=%2Fnotes%3Fa%3D1%26b%3D%252F`,
      ])
      const strict = await about(PAGE, proxy, { uri: '/strict' })
      expect(strict.headers.location).toBe(`http://${HOST}/.trivet/sign-in?return_to=%2Fstrict&max_age=300`)
    },
  )

  it.each(PROXIES)('what is no page is told so, and sent nowhere: %o', async (proxy) => {
    const script = { ...PAGE, 'sec-fetch-mode': 'cors' }
    const socket = { ...PAGE, 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' }
    const answers = [
      await about({}, proxy),
      await about(script, proxy),
      await about(socket, proxy),
      await about(PAGE, proxy, { method: 'POST' }),
    ]
    for (const { status, headers, json } of answers) {
      expect([status, headers.location, json['code']]).toEqual([401, undefined, 'route_sign_in_needed'])
      expect(headers['www-authenticate']).toBe(`Session realm="trivet", sign_in="/.trivet/sign-in?return_to=%2F"`)
    }
  })

  it.each(['other.example', 'wiki.example:1', 'evil.example/', 'wiki.example@evil.example', 'wiki.example.'])(
    'leads to no host that the file does not name: %s (RFC 9700 §4.11)',
    async (host) => {
      const { status, headers } = await about(PAGE, PROXIES[0], { host })
      expect([status, headers.location]).toEqual([403, undefined])
    },
  )

  it('a cookie does nothing from pages of elsewhere: neither a form nor a WebSocket (security §10.1)', async () => {
    const cookie = await enter()
    const evil = { cookie, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
    const own = { cookie, origin: `http://${HOST}`, 'sec-fetch-site': 'same-origin' }
    // nginx leaves `Upgrade` out of its question; the rest of a handshake is there.
    const shakes: Record<string, string>[] = [
      { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' },
      { 'sec-websocket-version': '13' },
      { connection: 'Upgrade', upgrade: 'websocket' },
    ]
    for (const shake of shakes) {
      expect((await about({ ...evil, ...shake })).json['code']).toBe('route_forged')
      expect((await about({ cookie, ...shake })).json['code']).toBe('route_forged')
      expect((await about({ ...own, ...shake })).status).toBe(200)
    }
    const post = { method: 'POST' }
    expect((await about(evil, PROXIES[1], post)).json).toMatchObject({ status: 403, code: 'route_forged' })
    expect((await about(own, PROXIES[1], post)).status).toBe(200)
  })

  it('the cookies that go on are those of the app, in every answer; Trivet’s are not among them', async () => {
    const session = await enter()
    const kept = async (cookie: string | string[], uri = '/') =>
      (await about({ cookie }, PROXIES[0], { uri })).headers.cookie
    expect(await kept(`a=1; ${session}; b="2 3"; __Host-trivet-gateway=x`)).toBe('a=1; b="2 3"')
    expect(await kept([`a=1; ${session}`, 'b=2'])).toBe('a=1; b=2')
    expect(await kept(session)).toBe('')
    expect(await kept(`a=1; ${session}`, '/open')).toBe('a=1')
  })

  it('/.trivet/ belongs to Trivet: a proxy that asks about it is told so, and nobody goes round in circles', async () => {
    for (const headers of [PAGE, { cookie: await enter() }]) {
      const { status, headers: answered, json } = await about(headers, PROXIES[0], { uri: '/.trivet/sign-in' })
      expect([status, answered.location]).toEqual([403, undefined])
      expect(json['detail']).toBe('The proxy has to hand /.trivet/ on to Trivet, without asking.')
    }
    expect((await about({}, PROXIES[0], { host: 'api.example', uri: '/.trivet/x' })).status).toBe(401)
  })

  it('a session that ended opens nothing after 2 s', async () => {
    const cookie = await enter()
    expect((await about({ cookie })).status).toBe(200)
    await town.accounts.setDisabled(person.username, true)
    await expect.poll(async () => (await about({ cookie })).status, { timeout: 2000 }).toBe(401)
    await town.accounts.setDisabled(person.username, false)
  })
})
