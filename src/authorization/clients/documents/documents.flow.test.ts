import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createRig, type Rig, responseOf, type TestClient } from '../../testing/rig.fixture.ts'
import { keyPair } from '../rig.fixture.ts'

let rig: Rig
let origin: string
let host: string
let site: Server
/** Paths that were asked for. */
let asked: string[]
/** What the site answers: a document for the address that is asked for, changed by what a test says. */
let reply: { status?: number; type?: string; headers?: Record<string, string>; body?: string; changes?: object }

beforeAll(async () => {
  site = createServer((request, response) => {
    asked.push(request.url ?? '')
    const document = { client_id: `${origin}${request.url}`, client_name: 'Kite', redirect_uris: [CALLBACK], ...BASE }
    response.writeHead(reply.status ?? 200, { 'content-type': reply.type ?? 'application/json', ...reply.headers })
    response.end(reply.body ?? JSON.stringify({ ...document, ...reply.changes }))
  })
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
  host = `127.0.0.1:${(site.address() as AddressInfo).port}`
  origin = `http://${host}`
  rig = await createRig({ allow: [host] })
})
beforeEach(async () => {
  asked = []
  reply = {}
  await rig.test.shift(0)
  await rig.tables.deleteFrom('tinyoauth_count').execute()
})
afterAll(async () => {
  await rig.close()
  site.close()
})

const CALLBACK = 'https://kite.example/cb'
const BASE = { grant_types: ['authorization_code', 'refresh_token'] }

let apps = 0
/** A client that nobody here has heard of. */
function unheard(redirectUri = CALLBACK): TestClient {
  apps += 1
  const client = { id: `${origin}/apps/${apps}/client.json` } as TestClient['client']
  return { client, secret: undefined, redirectUri }
}
const isSilent = async (browser: Awaited<ReturnType<Rig['person']>>['browser'], app: TestClient) =>
  responseOf(await browser.get(rig.authorizePath(app, { prompt: 'none' }))).has('code')
const row = (id: string) =>
  rig.tables.selectFrom('tinyoauth_client').selectAll().where('id', '=', id).executeTakeFirst()

describe('a client that is known by a document (OAuth Client ID Metadata Document, MCP)', () => {
  it('is looked up when somebody signed in comes from it; code, tokens and refresh name its address', async () => {
    const app = unheard()
    const { body, status } = await rig.redeem(app, await rig.code(app, (await rig.person()).browser))
    expect(status).toBe(200)
    expect(JSON.parse(Buffer.from(body.access_token.split('.')[1] ?? '', 'base64url').toString())).toMatchObject({
      client_id: app.client.id,
    })
    expect((await rig.refresh(app, body.refresh_token)).status).toBe(200)
    expect(asked).toHaveLength(1)
    expect(await row(app.client.id)).toMatchObject({ owner_id: null, registered_by: 'document', is_verified: false })
  })

  it('is not looked up for who is not signed in: they sign in first, and go on (security.md §10.14)', async () => {
    const app = unheard()
    const browser = rig.browser()
    const first = await browser.get(rig.authorizePath(app, { login_hint: 'ana' }))
    expect(first).toMatchObject({
      status: 303,
      location: expect.stringMatching(/^\/login\?interaction=[\w-]+&login_hint=ana$/),
    })
    expect(asked).toEqual([])
    const interaction = new URL(first.location, rig.publicUrl).searchParams.get('interaction') ?? ''
    await rig.people.signIn(browser, await rig.people.create())
    const next = await browser.get(`/authorize?interaction=${interaction}`)
    expect(next.location).toBe(`/consent?interaction=${interaction}`)
    expect(asked).toHaveLength(1)
    expect(responseOf(await browser.press(next.location, 'consent-allow')).get('state')).toBe('st')
  })

  it('the same by POST from another site, which brings no cookies (OpenID Connect Core §3.1.2.1)', async () => {
    const app = unheard()
    const { browser } = await rig.person()
    const stranger = await rig.browser().post('/authorize', rig.request(app))
    expect(stranger.location).toMatch(/^\/authorize\?interaction=/)
    expect(asked).toEqual([])
    expect((await browser.get(stranger.location)).location).toMatch(/^\/consent\?/)
  })

  it('without a person and with prompt=none, or when they do not sign in, nothing is redirected anywhere', async () => {
    const app = unheard()
    const silent = await rig.browser().get(rig.authorizePath(app, { prompt: 'none' }))
    expect(silent).toMatchObject({ status: 400, location: '' })
    const first = await rig.browser().get(rig.authorizePath(app))
    const interaction = new URL(first.location, rig.publicUrl).searchParams.get('interaction') ?? ''
    const cancelled = await rig.browser().get(`/authorize?interaction=${interaction}&login=cancelled`)
    expect(cancelled).toMatchObject({ status: 403, location: '' })
    expect(asked).toEqual([])
  })

  it('a redirect URI that is not in its document is refused, and nothing is redirected (security.md §7)', async () => {
    const { browser } = await rig.person()
    for (const uri of ['https://evil.example/cb', `${CALLBACK}/`, 'http://localhost/cb']) {
      const answer = await browser.get(rig.authorizePath(unheard(uri)))
      expect(answer).toMatchObject({ status: 400, location: '' })
    }
  })

  it('its loopback redirect URI has any port (MCP: the document names none)', async () => {
    reply = { changes: { redirect_uris: ['http://localhost/callback'] } }
    const app = unheard('http://localhost:51234/callback')
    const { browser } = await rig.person()
    const { location } = await browser.get(rig.authorizePath(app))
    const { body } = await browser.get(location)
    for (const text of ['id="local-only"', 'id="unverified"', 'id="client-host"', host]) expect(body).toContain(text)
    expect((await browser.press(location, 'consent-allow')).location).toMatch(
      /^http:\/\/localhost:51234\/callback\?code=/,
    )
    expect((await browser.get(rig.authorizePath(app))).location).toMatch(/^\/consent\?/)
  })

  it('authenticates by a key of its document (private_key_jwt)', async () => {
    const pair = keyPair('ES256')
    reply = { changes: { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [pair.jwk] } } }
    const app = unheard()
    const code = await rig.code(app, (await rig.person()).browser)
    expect((await rig.redeem(app, code)).body.error).toBe('invalid_client')
    const claims = { iss: app.client.id, sub: app.client.id, aud: rig.publicUrl, jti: code }
    const assertion = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256' })
      .setExpirationTime('1 minute')
      .setIssuedAt()
      .sign(pair.key)
    const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
    const made = await rig.redeem(app, code, { client_assertion: assertion, client_assertion_type: type })
    expect(made.status).toBe(200)
  })

  it('by a login token, too: the holder is signed in', async () => {
    const { bearer } = await rig.person()
    const answer = await fetch(`${rig.publicUrl}${rig.authorizePath(unheard())}`, {
      headers: bearer,
      redirect: 'manual',
    })
    expect(answer.headers.get('location')).toContain('error=consent_required')
    expect(asked).toHaveLength(1)
  })
})

describe('what is kept of a document', () => {
  it('is asked for again when it is out of date, once for all who come', async () => {
    reply = { headers: { 'cache-control': 'max-age=600' } }
    const app = unheard()
    const people = await Promise.all([1, 2, 3, 4].map(() => rig.person()))
    await Promise.all(people.map(({ browser }) => browser.get(rig.authorizePath(app))))
    expect(asked).toHaveLength(1)
    await rig.test.shift(599)
    await people[0]?.browser.get(rig.authorizePath(app))
    expect(asked).toHaveLength(1)
    await rig.test.shift(601)
    await people[0]?.browser.get(rig.authorizePath(app))
    expect(asked).toHaveLength(2)
  })

  it('two processes that read it at the same time keep one client', async () => {
    const other = await rig.another()
    const app = unheard()
    const { bearer } = await rig.person()
    const ask = (at: string) => {
      const headers = { ...bearer, 'x-forwarded-host': new URL(rig.publicUrl).host }
      return fetch(at + rig.authorizePath(app), { headers, redirect: 'manual' })
    }
    const answers = await Promise.all([rig.publicUrl, other.url, rig.publicUrl, other.url].map(ask))
    expect(answers.map(({ status }) => status)).toEqual([302, 302, 302, 302])
    expect(asked.length).toBeLessThanOrEqual(2)
    const events = await rig.accounts.audit.list({ most: 10, target: app.client.id })
    expect(events.map(({ action }) => action)).toEqual(['client.registered'])
  })

  it.each([
    ['redirect_uris', { redirect_uris: [CALLBACK, 'https://kite.example/other'] }],
    ['name', { client_name: 'Another' }],
    ['key', { jwks: { keys: [keyPair('ES256').jwk] } }],
    ['logo', { logo_uri: 'https://kite.example/logo.png' }],
  ])('another %s voids consent and the verified mark (security.md §10.14)', async (_what, changes) => {
    const app = unheard()
    const { browser } = await rig.person()
    await rig.allow(browser, rig.authorizePath(app))
    await rig.authorization.clients.setState(app.client.id, { isVerified: true })
    await rig.test.shift(3700)
    expect(await isSilent(browser, app)).toBe(true)
    expect(await row(app.client.id)).toMatchObject({ is_verified: true })
    reply = { changes }
    await rig.test.shift(7500)
    expect(await isSilent(browser, app)).toBe(false)
    expect(await row(app.client.id)).toMatchObject({ is_verified: false })
  })

  it('lasts over an outage of its server for a day, and no longer', async () => {
    const app = unheard()
    const { browser } = await rig.person()
    await browser.get(rig.authorizePath(app))
    reply = { status: 503 }
    await rig.test.shift(3700)
    expect((await browser.get(rig.authorizePath(app))).location).toMatch(/^\/consent\?/)
    await rig.test.shift(3600 + 86_400 + 60)
    const { browser: later } = await rig.person()
    expect(await later.get(rig.authorizePath(app))).toMatchObject({ status: 400, location: '' })
  })

  it('one that is switched off stays off, whatever its document says', async () => {
    const app = unheard()
    const { browser } = await rig.person()
    await browser.get(rig.authorizePath(app))
    await rig.authorization.clients.setState(app.client.id, { isDisabled: true })
    await rig.test.shift(90_000)
    expect(await browser.get(rig.authorizePath(app))).toMatchObject({ status: 400, location: '' })
    expect(asked).toHaveLength(1)
  })

  it('has no registration token: RFC 7592 does not open it', async () => {
    const app = unheard()
    await (await rig.person()).browser.get(rig.authorizePath(app))
    const address = `${rig.publicUrl}/client/${encodeURIComponent(app.client.id)}`
    const answer = await fetch(address, { method: 'DELETE', headers: { authorization: 'Bearer trg_x' } })
    expect([401, 404]).toContain(answer.status)
    expect(await row(app.client.id)).toBeDefined()
  })

  it('one that nobody used for 30 days is forgotten (security.md §10.15), and known again when it comes', async () => {
    const [unused, used, marked] = [unheard(), unheard(), unheard()]
    const { browser } = await rig.person()
    for (const app of [unused, used, marked]) await browser.get(rig.authorizePath(app))
    await rig.authorization.clients.setState(marked.client.id, { isVerified: true })
    const day = 86_400
    await rig.test.shift(20 * day)
    expect((await rig.redeem(used, await rig.code(used, (await rig.person()).browser))).status).toBe(200)
    await rig.test.shift(29 * day)
    await rig.authorization.sweep()
    expect(await row(unused.client.id)).toBeDefined()
    await rig.test.shift(31 * day)
    await rig.authorization.sweep()
    expect(await row(unused.client.id)).toBeUndefined()
    for (const app of [used, marked]) expect(await row(app.client.id)).toBeDefined()
    const calls = asked.length
    const { browser: later } = await rig.person()
    expect((await later.get(rig.authorizePath(unused))).location).toMatch(/^\/consent\?/)
    expect(asked).toHaveLength(calls + 1)
    expect(await row(unused.client.id)).toMatchObject({ registered_by: 'document' })
  })

  it('is in the audit log: when it came, and when it became another', async () => {
    const app = unheard()
    const { browser } = await rig.person()
    await browser.get(rig.authorizePath(app))
    reply = { changes: { client_name: 'Another' } }
    await rig.test.shift(3700)
    await browser.get(rig.authorizePath(app))
    const events = await rig.accounts.audit.list({ most: 10, target: app.client.id })
    expect(events.map(({ action, actor }) => [action, actor])).toEqual([
      ['client.changed', app.client.id],
      ['client.registered', app.client.id],
    ])
  })
})

describe('what is no document', () => {
  const descriptions = new Set<string>()

  it.each<[string, typeof reply]>([
    ['404', { status: 404 }],
    ['a redirect, which is not followed', { status: 302, headers: { location: '/elsewhere' } }],
    ['HTML', { type: 'text/html' }],
    ['no type', { type: '' }],
    ['no JSON', { body: '{' }],
    ['an array', { body: '[]' }],
    ['more than 5 kB', { changes: { more: 'x'.repeat(5200) } }],
    ['1,000 deep', { body: `${'['.repeat(1000)}${']'.repeat(1000)}` }],
    ['of somebody else', { changes: { client_id: 'https://kite.example/client.json' } }],
    ['with NUL in a name', { changes: { client_name: 'a\u0000b' } }],
    ['with half a character in a key', { changes: { jwks: { keys: [{ ...keyPair('ES256').jwk, kid: '\ud800' }] } } }],
    ['null', { body: 'null' }],
  ])('%s: 400 on a page of ours, with the same words each time, and asked for once a minute', async (_what, wrong) => {
    reply = wrong
    const app = unheard()
    const { browser } = await rig.person()
    for (const _time of [1, 2]) {
      const { status, location, body } = await browser.get(rig.authorizePath(app))
      expect({ status, location }).toEqual({ status: 400, location: '' })
      descriptions.add(/<p>([^<]*client_id[^<]*)</.exec(body)?.[1] ?? body)
    }
    expect(descriptions.size).toBe(1)
    expect(asked).toHaveLength(1)
    expect(await row(app.client.id)).toBeUndefined()
  })

  it('an address that may not be called is refused with the same words (SSRF, security.md §10.14)', async () => {
    const { browser } = await rig.person()
    for (const id of ['http://127.0.0.1:9/c', 'https://localhost/c', 'https://10.0.0.1/c', 'https://[::1]/c']) {
      const app = { client: { id } as TestClient['client'], secret: undefined, redirectUri: CALLBACK }
      const { status, body } = await browser.get(rig.authorizePath(app))
      expect(status).toBe(400)
      descriptions.add(/<p>([^<]*client_id[^<]*)</.exec(body)?.[1] ?? body)
    }
    expect(descriptions.size).toBe(1)
  })

  it('30 an hour from one network, and then none, with the same words; known ones go on', async () => {
    const known = unheard()
    const { browser } = await rig.person()
    await browser.get(rig.authorizePath(known))
    for (let n = 1; n < 30; n += 1) await browser.get(rig.authorizePath(unheard()))
    expect(asked).toHaveLength(30)
    const { status, body } = await browser.get(rig.authorizePath(unheard()))
    expect(status).toBe(400)
    expect(descriptions).toContain(/<p>([^<]*client_id[^<]*)</.exec(body)?.[1])
    expect(asked).toHaveLength(30)
    expect((await browser.get(rig.authorizePath(known))).location).toMatch(/^\/consent\?/)
  })
})

it('one host is asked 120 times an hour, for whichever addresses and networks (security.md §10.14)', async () => {
  const { browser } = await rig.person()
  await browser.get(rig.authorizePath(unheard()))
  const key = `document at ${host}`
  await rig.tables.updateTable('tinyoauth_count').set({ count: 119 }).where('key', '=', key).execute()
  const from = (network: string) => browser.get(rig.authorizePath(unheard()), { 'x-forwarded-for': network })
  expect((await from('203.0.113.1')).status).toBe(303)
  expect((await from('203.0.113.2')).status).toBe(400)
  expect(asked).toHaveLength(2)
  await rig.test.shift(3601)
  expect((await from('203.0.113.3')).status).toBe(303)
})

it('TRIVET_CIMD=off: no address is called, and metadata say so', async () => {
  const off = await createRig({ allow: [host], settings: { clientDocuments: false } })
  try {
    const { browser } = await off.person()
    const { status } = await browser.get(off.authorizePath(unheard()))
    expect([status, asked]).toEqual([400, []])
    const metadata = await (await fetch(`${off.publicUrl}/.well-known/oauth-authorization-server`)).json()
    expect(metadata).toMatchObject({ client_id_metadata_document_supported: false })
  } finally {
    await off.close()
  }
})
