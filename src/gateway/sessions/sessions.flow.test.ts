import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { User } from '#accounts'
import { createTown, type Town } from '../testing/town.fixture.ts'
import { createVisitor, type Visitor } from '../testing/visitor.fixture.ts'

const HOST = 'app.example'
const OTHER = 'other.example'
/** Of nobody; somebody could choose it for a name. */
const NAMED_ID = 'u_Somebody'
let town: Town
beforeAll(async () => {
  town = await createTown({
    file: (origin) => `
gateway:
  routes:
    - { path: /, host: ${HOST}, upstream: "${origin}", access: session }
    - { path: /strict, host: ${HOST}, upstream: "${origin}", access: session, max_age: 300 }
    - { path: /strong, host: ${HOST}, upstream: "${origin}", access: session, acr_values: "urn:trivet:acr:mfa" }
    - { path: /, host: ${OTHER}, upstream: "${origin}", access: session }
    - { path: /ours, host: ${HOST}, upstream: "${origin}", access: session, users: [Grace-Of-Ours, ${NAMED_ID}] }
    - { path: /api, host: ${HOST}, upstream: "${origin}" }
    - { path: /, host: tokens.example, upstream: "${origin}" }
`,
  })
})
afterAll(() => town.close())

let person: User
let visitor: Visitor
beforeEach(async () => {
  await town.shift(0)
  person = await town.user()
  visitor = createVisitor(town)
})

const PAGE = { accept: 'text/html' }
const gatewayCookie = () => `trivet-${town.port}-gateway`
const within2s = async (check: () => Promise<boolean>) => {
  const until = performance.now() + 2000
  while (performance.now() < until) {
    if (await check()) return true
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return false
}

/** Through the authorization server, as a browser goes. @returns the answer at the page that was wanted */
async function enter(path = '/', host = HOST, who = visitor) {
  if (!who.isSignedIn()) await who.signIn(person)
  return who.follow(host, path)
}

describe('access: session', () => {
  it('a browser is sent to the authorization server and back, and the upstream is told who it is', async () => {
    const answer = await enter('/notes?of=today')
    expect(answer.status).toBe(200)
    const { url, headers } = JSON.parse(answer.text)
    expect(url).toBe('/notes?of=today')
    expect(headers).toMatchObject({
      'x-trivet-user': person.publicId,
      'x-trivet-username': person.username,
      'x-trivet-client': '',
      'x-trivet-scope': '',
      'x-trivet-issuer': town.publicUrl,
    })
  })

  it('asks with state, nonce, PKCE and its own callback, and never for consent (security §1 C1, C2)', async () => {
    const first = await visitor.ask(HOST, '/notes', { headers: PAGE })
    expect(first.status).toBe(302)
    expect(first.location).toBe('/.trivet/sign-in?return_to=%2Fnotes')
    const { location } = await visitor.ask(HOST, first.location)
    const asked = new URL(location)
    expect(`${asked.origin}${asked.pathname}`).toBe(`${town.publicUrl}/authorize`)
    expect(Object.fromEntries(asked.searchParams)).toMatchObject({
      ...{ response_type: 'code', client_id: 'trivet-gateway', redirect_uri: `http://${HOST}/.trivet/callback` },
      ...{ scope: 'openid profile', code_challenge_method: 'S256' },
    })
    for (const name of ['state', 'nonce', 'code_challenge']) expect(asked.searchParams.get(name)).toMatch(/.{40}/)
    expect(asked.searchParams.get('state')).not.toContain('notes')
  })

  it('a caller that is no page gets 401 and the address, and no redirect', async () => {
    for (const headers of [{ accept: 'application/json' }, { ...PAGE, 'sec-fetch-mode': 'cors' }]) {
      const answer = await visitor.ask(HOST, '/data', { headers })
      expect(answer.status).toBe(401)
      expect(answer.headers['www-authenticate']).toBe(
        'Session realm="trivet", sign_in="/.trivet/sign-in?return_to=%2F"',
      )
      expect(JSON.parse(answer.text)).toMatchObject({ code: 'route_sign_in_needed' })
    }
    expect((await visitor.ask(HOST, '/data', { method: 'POST', headers: PAGE })).status).toBe(401)
  })

  it('cookies of Trivet reach no upstream, those of the app do (security §10.1)', async () => {
    await enter()
    const headers = { cookie: `theirs=1; ${visitor.cookieHeader(HOST)}; __Host-trivet=x; trivet-1=y` }
    const answer = await visitor.ask(HOST, '/', { headers })
    const seen = JSON.parse(answer.text).headers
    expect(seen.cookie).toBe('theirs=1')
    expect(answer.text).not.toContain(visitor.cookies(HOST).get(gatewayCookie()))
  })

  it('a session of one host opens no other one, and no route for tokens', async () => {
    await enter()
    const cookie = visitor.cookieHeader(HOST)
    expect((await visitor.ask(OTHER, '/', { headers: { cookie } })).status).toBe(401)
    expect((await visitor.ask(HOST, '/api', { headers: { cookie } })).status).toBe(401)
    expect((await visitor.ask('tokens.example', '/', { headers: { cookie } })).status).toBe(401)
  })

  it('a token opens no route for sessions, nor does the session cookie of the server itself', async () => {
    const token = (await town.tokens(person, await town.app(), { scope: 'openid profile' })).access_token
    expect((await visitor.ask(HOST, '/', { headers: { authorization: `Bearer ${token}` } })).status).toBe(401)
    await visitor.signIn(person)
    const own = visitor.cookies(`localhost:${town.port}`).get(`trivet-${town.port}`)
    for (const name of [`trivet-${town.port}`, gatewayCookie()]) {
      expect((await visitor.ask(HOST, '/', { headers: { cookie: `${name}=${own}` } })).status).toBe(401)
    }
  })

  it('a cookie that was changed in any place opens nothing', async () => {
    await enter()
    const value = visitor.cookies(HOST).get(gatewayCookie()) ?? ''
    const changed = [value.slice(0, -1), `${value}A`, value.replace(/^v1/, 'v2'), `${value.slice(0, -2)}AA`, 'x', '']
    for (const one of changed) {
      expect((await visitor.ask(HOST, '/', { headers: { cookie: `${gatewayCookie()}=${one}` } })).status).toBe(401)
    }
  })
})

describe('users: who may come in', () => {
  it('a route is for those that it names, however their name is written; others stay out, and are not sent to sign in', async () => {
    expect((await enter('/')).status).toBe(200)
    for (const headers of [PAGE, {}]) {
      const answer = await visitor.ask(HOST, '/ours', { headers })
      expect([answer.status, JSON.parse(answer.text).code]).toEqual([403, 'route_not_for_you'])
    }
    person = await town.user('grace-of-ours')
    const named = createVisitor(town)
    expect((await enter('/ours', HOST, named)).status).toBe(200)
  })

  it('a username in the form of an id is none', async () => {
    person = await town.user(NAMED_ID)
    expect((await enter('/ours')).status).toBe(403)
  })

  it('nobody is told before they have signed in', async () => {
    expect((await visitor.ask(HOST, '/ours', { headers: PAGE })).status).toBe(302)
    expect((await visitor.ask(HOST, '/ours')).status).toBe(401)
  })
})

describe('the end of a session reaches the gateway within 2 s', () => {
  const isOut = async () => (await visitor.ask(HOST, '/', { headers: {} })).status === 401
  beforeEach(async () => {
    expect((await enter()).status).toBe(200)
    expect(await isOut()).toBe(false)
  })

  it('when the person signs out of Trivet', async () => {
    await visitor.signOut()
    expect(await within2s(isOut)).toBe(true)
  })

  it('when the person takes the access away from the gateway', async () => {
    await town.authorization.tokens.revokeGrantsOf({ ownerId: person.id, clientId: 'trivet-gateway' })
    expect(await within2s(isOut)).toBe(true)
  })

  it('when the person is disabled, also for the other process', async () => {
    const there = async () => (await visitor.ask(HOST, '/', { at: town.second.port })).status
    expect(await there()).toBe(200)
    await town.accounts.setDisabled(person.username, true)
    expect(await within2s(isOut)).toBe(true)
    expect(await within2s(async () => (await there()) === 401)).toBe(true)
  })

  it('when the client is switched off', async () => {
    const { clients } = town.authorization
    onTestFinished(async () => void (await clients.setState('trivet-gateway', { isDisabled: false })))
    await clients.setState('trivet-gateway', { isDisabled: true })
    expect(await within2s(isOut)).toBe(true)
  })

  it('after 12 idle hours, and not while it is used', async () => {
    await town.shift(11 * 3600)
    await new Promise((resolve) => setTimeout(resolve, 1100))
    expect(await isOut()).toBe(false)
    await town.shift(22 * 3600)
    await new Promise((resolve) => setTimeout(resolve, 1100))
    expect(await isOut()).toBe(false)
    await town.shift(35 * 3600)
    expect(await within2s(isOut)).toBe(true)
  })
})

describe('what a cookie does not do by itself (security §10.1)', () => {
  beforeEach(async () => void (await enter()))
  const post = (headers: Record<string, string>) => visitor.ask(HOST, '/', { method: 'POST', headers })

  it('a POST has to come from a page of the same origin: not from another site, another host of the site, or nowhere', async () => {
    for (const headers of [
      { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
      { 'sec-fetch-site': 'same-site', origin: `http://sub.${HOST}` },
      { 'sec-fetch-site': 'cross-site', origin: `http://${HOST}` },
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: `https://${HOST}` },
      {},
    ] as Record<string, string>[]) {
      const answer = await post(headers)
      expect([headers, answer.status]).toEqual([headers, 403])
      expect(JSON.parse(answer.text)).toMatchObject({ code: 'route_forged' })
    }
    expect((await post({ 'sec-fetch-site': 'same-origin' })).status).toBe(200)
    expect((await post({ origin: `http://${HOST}` })).status).toBe(200)
  })

  it('a WebSocket needs the Origin of the host: SameSite and CORS do not protect it (RFC 6455 §10.2)', async () => {
    const shake = (origin?: string) => visitor.upgrade(HOST, '/socket', origin === undefined ? {} : { origin })
    expect(await shake()).toBe(403)
    expect(await shake('https://evil.example')).toBe(403)
    expect(await shake('null')).toBe(403)
    // The service behind it speaks no WebSocket and says so; it was asked.
    expect(await shake(`http://${HOST}`)).toBe(200)
  })

  it('a link from another site signs nobody out, it asks; a form of another site does not either', async () => {
    const link = await visitor.ask(HOST, '/.trivet/sign-out', { headers: PAGE })
    expect([link.status, link.location]).toEqual([303, `${town.publicUrl}/end_session`])
    const forged = await visitor.ask(HOST, '/.trivet/sign-out', {
      method: 'POST',
      headers: { origin: 'https://evil.example' },
    })
    expect(forged.status).toBe(403)
    expect((await visitor.ask(HOST, '/')).status).toBe(200)
  })

  it('POST /.trivet/sign-out of a page of the host ends it, here and at Trivet', async () => {
    const answer = await visitor.ask(HOST, '/.trivet/sign-out', {
      method: 'POST',
      headers: { origin: `http://${HOST}` },
    })
    expect([answer.status, answer.location]).toEqual([303, `${town.publicUrl}/login?notice=signed_out`])
    expect(visitor.cookies(HOST).has(gatewayCookie())).toBe(false)
    const home = await visitor.ask(`localhost:${town.port}`, '/account', { headers: PAGE })
    expect([home.status, home.location]).toEqual([303, '/login?return_to=%2Faccount'])
  })
})

describe('a sign-in that somebody interferes with', () => {
  /** As far as the answer of the authorization server. */
  async function answerFor(who: Visitor, path = '/') {
    if (!who.isSignedIn()) await who.signIn(person)
    const begun = await who.ask(HOST, `/.trivet/sign-in?return_to=${encodeURIComponent(path)}`)
    const { location } = await who.ask(`localhost:${town.port}`, begun.location.slice(town.publicUrl.length))
    return new URL(location)
  }
  const deliver = (who: Visitor, answer: URL, host = HOST) => who.ask(host, `${answer.pathname}${answer.search}`)

  it('the answer of another browser is not taken (login CSRF, security §1 C1)', async () => {
    const answer = await answerFor(visitor)
    const other = createVisitor(town)
    expect((await deliver(other, answer)).status).toBe(400)
    await other.ask(HOST, '/.trivet/sign-in')
    const planted = await deliver(other, answer)
    expect(planted.status).toBe(400)
    expect(other.cookies(HOST).has(gatewayCookie())).toBe(false)
    expect((await deliver(visitor, answer)).status).toBe(303)
  })

  it('an answer works once; a state of another host, none, or another issuer’s answer never', async () => {
    const used = await answerFor(visitor)
    expect((await deliver(visitor, used)).status).toBe(303)
    expect((await deliver(visitor, used)).status).toBe(400)
    const change = async (edit: (query: URLSearchParams) => void, host = HOST) => {
      const answer = await answerFor(visitor)
      edit(answer.searchParams)
      return (await deliver(visitor, answer, host)).status
    }
    expect(await change((query) => query.delete('state'))).toBe(400)
    expect(await change((query) => query.set('state', 'v1.k1.AAAA.AAAA'))).toBe(400)
    expect(await change((query) => query.set('iss', 'https://evil.example'))).toBe(400)
    expect(await change((query) => query.delete('iss'))).toBe(400)
    expect(await change((query) => query.set('code', 'tra_wrong'))).toBe(400)
    expect(await change(() => undefined, OTHER)).toBe(400)
  })

  it('two tabs at once both get through', async () => {
    const [first, second] = [await answerFor(visitor, '/one'), await answerFor(visitor, '/two')]
    expect((await deliver(visitor, first)).location).toBe('/one')
    expect((await deliver(visitor, second)).location).toBe('/two')
  })

  it('too late is too late, and says no to a person is told to them', async () => {
    const answer = await answerFor(visitor)
    await town.shift(16 * 60)
    expect((await deliver(visitor, answer)).status).toBe(400)
    await town.shift(0)
    const refused = await answerFor(visitor)
    refused.searchParams.delete('code')
    refused.searchParams.set('error', 'access_denied')
    const told = await deliver(visitor, refused)
    expect(told.status).toBe(403)
    expect(told.text).toContain('You were not signed in.')
  })

  it.each([
    '//evil.example/',
    '/\\evil.example',
    'https://evil.example/',
    '/a/../../b',
    '/%2f%2fevil.example',
    '/.trivet/sign-in',
    '/a\r\nset-cookie: x=1',
    'javascript:alert(1)',
  ])('leads back to no other host: return_to %j', async (path) => {
    const answer = await answerFor(visitor, path)
    expect((await deliver(visitor, answer)).location).toBe('/')
  })

  it('codes of the gateway are worth nothing at /token, whatever proof comes with them (RFC 8252 §8.6)', async () => {
    await visitor.signIn(person)
    const { createHash, randomBytes } = await import('node:crypto')
    const verifier = randomBytes(32).toString('base64url')
    const query = new URLSearchParams({
      ...{ response_type: 'code', client_id: 'trivet-gateway', redirect_uri: `http://${HOST}/.trivet/callback` },
      ...{ scope: 'openid', code_challenge_method: 'S256' },
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    })
    // Makes the row, should this be the first test that runs.
    await visitor.ask(HOST, '/.trivet/sign-in')
    const { location } = await visitor.ask(`localhost:${town.port}`, `/authorize?${query}`)
    const code = new URL(location).searchParams.get('code') ?? ''
    expect(code).toMatch(/^tra_/)
    for (const proof of [{}, { client_secret: 'x' }]) {
      const answer = await town.form('/token', {
        ...{ grant_type: 'authorization_code', client_id: 'trivet-gateway', code, code_verifier: verifier },
        ...proof,
      })
      expect([answer.status, answer.json['error']]).toEqual([401, 'invalid_client'])
    }
  })

  it('what happens at its own addresses is in the access log, without what stands in the query', async () => {
    const { headers } = await visitor.ask(HOST, '/.trivet/sign-in?return_to=/secret-page')
    const line = town.lines().find(({ id }) => id === headers['x-request-id'])
    expect(line).toMatchObject({ method: 'GET', path: '/.trivet/sign-in', status: 302, address: '127.0.0.1' })
    await visitor.ask(HOST, '/.trivet/callback?code=tra_secret&state=secret-state')
    expect(town.lines()).toContainEqual(expect.objectContaining({ path: '/.trivet/callback', status: 400 }))
    for (const secret of ['secret-page', 'tra_secret', 'secret-state']) expect(town.logged()).not.toContain(secret)
  })

  it('the gateway’s own addresses are there on hosts with sessions only', async () => {
    expect((await visitor.ask(HOST, '/.trivet/nothing')).status).toBe(404)
    const own = await visitor.ask('tokens.example', '/.trivet/sign-in')
    expect(own.status).toBe(401)
  })
})

describe('step-up (RFC 9470, for browsers)', () => {
  it('max_age: who signed in too long ago signs in again, and comes back to the page', async () => {
    expect((await enter('/strict')).status).toBe(200)
    await town.shift(600)
    const old = await visitor.ask(HOST, '/strict/page', { headers: PAGE })
    expect([old.status, old.location]).toEqual([302, '/.trivet/sign-in?return_to=%2Fstrict%2Fpage&max_age=300'])
    const script = await visitor.ask(HOST, '/strict/data')
    expect(script.status).toBe(401)
    expect(script.headers['www-authenticate']).toContain('error="insufficient_user_authentication", max_age="300"')
    // Another page of the host does not mind.
    expect((await visitor.ask(HOST, '/')).status).toBe(200)
    const asked = await visitor.ask(HOST, old.location)
    const login = await visitor.ask(`localhost:${town.port}`, asked.location.slice(town.publicUrl.length))
    expect(login.location).toMatch(/^\/login\?interaction=/)
    const back = await visitor.signIn(person, login.location)
    const page = await visitor.follow(`localhost:${town.port}`, back)
    expect([page.status, JSON.parse(page.text).url]).toEqual([200, '/strict/page'])
  })

  it('acr_values: who has no second factor is told so, and does not go round in circles', async () => {
    await visitor.signIn(person)
    const asked = await visitor.ask(HOST, (await enterAt('/strong')).location)
    expect(new URL(asked.location).searchParams.get('claims')).toBe(
      '{"id_token":{"acr":{"essential":true,"values":["urn:trivet:acr:mfa"]}}}',
    )
    const step = await visitor.ask(`localhost:${town.port}`, asked.location.slice(town.publicUrl.length))
    expect(step.location).toMatch(/^\/login\?interaction=/)
    const back = await visitor.ask(`localhost:${town.port}`, await visitor.signIn(person, step.location))
    const answer = new URL(back.location)
    expect(answer.searchParams.get('error')).toBe('unmet_authentication_requirements')
    const told = await visitor.ask(HOST, `${answer.pathname}${answer.search}`)
    expect([told.status, /stronger sign-in/.test(told.text)]).toEqual([403, true])
  })
  const enterAt = (path: string) => visitor.ask(HOST, path, { headers: PAGE })
})
