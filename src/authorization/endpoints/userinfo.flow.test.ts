import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { USER_CLAIMS } from '#accounts'
import { createRig, type Rig, type TestClient } from '../testing/rig.fixture.ts'

let rig: Rig
let app: TestClient
beforeAll(async () => {
  rig = await createRig()
  app = await rig.client()
})
afterAll(() => rig.close())

async function ask(init: RequestInit & { query?: string } = {}) {
  const { query = '', ...more } = init
  const response = await fetch(`${rig.publicUrl}/userinfo${query}`, more)
  return {
    status: response.status,
    challenge: response.headers.get('www-authenticate') ?? '',
    headers: response.headers,
    body: await response.json(),
  }
}
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })
const form = (token: string, more: Record<string, string> = {}) => ({
  method: 'POST',
  body: new URLSearchParams({ access_token: token, ...more }),
})

describe('/userinfo (OpenID Connect Core §5.3)', () => {
  it('§5.3.1: by GET, by POST with the header, by POST with the form', async () => {
    const { access_token: token, person } = await rig.tokens(app, { scope: 'openid profile' })
    const expected = { sub: person.publicId, preferred_username: person.username, updated_at: expect.any(Number) }
    for (const init of [bearer(token), { method: 'POST', ...bearer(token) }, form(token)]) {
      const { status, body, headers } = await ask(init)
      expect({ status, body }).toEqual({ status: 200, body: expected })
      expect(headers.get('content-type')).toMatch(/^application\/json/)
      expect(headers.get('cache-control')).toBe('no-store')
    }
  })

  it('§5.4: openid alone tells sub and nothing else', async () => {
    const { access_token: token, person } = await rig.tokens(app, { scope: 'openid' })
    expect((await ask(bearer(token))).body).toEqual({ sub: person.publicId })
  })

  it('§5.5: the claims parameter brings nothing that the person was not shown, and never another sub', async () => {
    const { access_token: token, person } = await rig.tokens(app, {
      scope: 'openid',
      claims: JSON.stringify({ userinfo: { preferred_username: { essential: true }, email: null, iss: null } }),
    })
    expect((await ask(bearer(token))).body).toEqual({ sub: person.publicId })
  })

  it('§5.1, §5.4: everything that people can say about themselves, each claim under its scope', async () => {
    const made = await rig.tokens(app, { scope: 'openid profile email address phone' })
    const profile = {
      ...{ name: 'Jane Q. Doe', given_name: 'Jane', middle_name: 'Q.', family_name: 'Doe', nickname: 'JD' },
      ...{ profile: 'https://a.example/p', picture: 'https://a.example/i', website: 'https://a.example', gender: 'f' },
      ...{ birthdate: '1990-01-31', zoneinfo: 'Europe/Paris', locale: 'fr-CA', phone_number: '+1 555 0100' },
      address: { street_address: '1 Main St', locality: 'Paris', postal_code: '75001', country: 'France' },
    }
    await sql`update trivet.user_account set profile = ${JSON.stringify(profile)}::jsonb, email = 'jane@example.com'
      where id = ${made.person.id}`.execute(rig.tables)
    const { body } = await ask(bearer(made.access_token))
    expect(body).toMatchObject({ ...profile, email: 'jane@example.com', email_verified: false })
    expect(Object.keys(body).toSorted()).toEqual([...USER_CLAIMS, 'sub'].toSorted())
    const only = await rig.tokens(app, { scope: 'openid email' })
    expect(Object.keys((await ask(bearer(only.access_token))).body)).not.toContain('name')
  })

  it('a token without openid: 403 insufficient_scope, naming the scope (RFC 6750 §3.1)', async () => {
    const { access_token: token } = await rig.tokens(app, { scope: 'profile' })
    const { status, challenge, body } = await ask(bearer(token))
    expect({ status, error: body.error }).toEqual({ status: 403, error: 'insufficient_scope' })
    expect(challenge).toMatch(/^Bearer realm="trivet", error="insufficient_scope".*scope="openid"/)
  })

  it('a token for another audience is none for here (RFC 9068 §4)', async () => {
    const { access_token: token } = await rig.tokens(app, { scope: 'openid', resource: 'https://api.example/' })
    expect(await ask(bearer(token))).toMatchObject({ status: 401, body: { error: 'invalid_token' } })
  })

  it('the token of somebody who was switched off, of a client that was', async () => {
    const own = await rig.client()
    const [a, b] = [await rig.tokens(app, { scope: 'openid' }), await rig.tokens(own, { scope: 'openid' })]
    await rig.people.disable(a.person)
    await rig.authorization.clients.setState(own.client.id, { isDisabled: true })
    for (const { access_token: token } of [a, b]) expect((await ask(bearer(token))).status).toBe(401)
  })

  it('a revoked grant is seen here at once, without waiting for the message', async () => {
    const { access_token: token } = await rig.tokens(app, { scope: 'openid' })
    await rig.tables.updateTable('tinyoauth_grant').set({ revoked_at: new Date() }).execute()
    expect((await ask(bearer(token))).status).toBe(401)
  })
})

describe('bearer tokens (RFC 6750)', () => {
  it('§3.1: who brings none is told the scheme and no error', async () => {
    for (const init of [{}, { method: 'POST' }, { headers: { authorization: 'Basic YTpi' } }, form('')]) {
      const { status, challenge } = await ask(init)
      expect({ status, challenge }).toEqual({ status: 401, challenge: 'Bearer realm="trivet"' })
    }
  })

  it.each(['x', 'a.b.c', `${'a'.repeat(5000)}`, '../../etc/passwd', "'or'1'='1"])(
    '§3.1: %j is 401 invalid_token or 400, with a challenge, and never repeated in the answer',
    async (token) => {
      const { status, challenge, body } = await ask(bearer(token))
      expect([400, 401]).toContain(status)
      expect(challenge).toMatch(/^Bearer realm="trivet", error="invalid_(token|request)"/)
      expect(JSON.stringify(body) + challenge).not.toContain(token)
    },
  )

  it.each(['Bearer', 'Bearer ', 'Bearer a b', 'Bearer "x"', 'Bearer x,y', 'bearer=x'])(
    '§2.1: the header %j is malformed',
    async (authorization) => {
      const { status, challenge } = await ask({ headers: { authorization } })
      expect(status).toBe(400)
      expect(challenge).toContain('error="invalid_request"')
    },
  )

  it('§2.1: the scheme is read in any case', async () => {
    const { access_token: token } = await rig.tokens(app, { scope: 'openid' })
    for (const scheme of ['bearer', 'BEARER', 'Bearer  ']) {
      expect((await ask({ headers: { authorization: `${scheme} ${token}` } })).status).toBe(200)
    }
  })

  it('§2.3, RFC 9700 §4.3.2: never in the query, not beside the header either', async () => {
    const { access_token: token } = await rig.tokens(app, { scope: 'openid' })
    const query = `?access_token=${token}`
    for (const init of [{}, bearer(token), { method: 'POST' }]) {
      const { status, challenge } = await ask({ query, ...init })
      expect(status).toBe(400)
      expect(challenge).toContain('error="invalid_request"')
    }
    expect(rig.logged()).not.toContain(token)
  })

  it('§2: one way at a time, one token', async () => {
    const { access_token: token } = await rig.tokens(app, { scope: 'openid' })
    expect((await ask({ ...form(token), ...bearer(token) })).status).toBe(400)
    const twice = new URLSearchParams([
      ['access_token', token],
      ['access_token', token],
    ])
    expect((await ask({ method: 'POST', body: twice })).status).toBe(400)
  })

  it('§2.2: a body that is no form holds no token', async () => {
    const { access_token: token } = await rig.tokens(app, { scope: 'openid' })
    const json = JSON.stringify({ access_token: token })
    const { status } = await ask({ method: 'POST', body: json, headers: { 'content-type': 'application/json' } })
    expect(status).toBe(401)
  })

  it('pages of any origin may ask, by Authorization, without cookies', async () => {
    const preflight = await fetch(`${rig.publicUrl}/userinfo`, { method: 'OPTIONS' })
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*')
    expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization')
    const { headers } = await ask()
    expect(headers.get('access-control-allow-origin')).toBe('*')
    expect(headers.get('access-control-expose-headers')).toContain('WWW-Authenticate')
    expect(headers.get('access-control-allow-credentials')).toBeNull()
  })

  it('a session cookie opens nothing here', async () => {
    const { browser } = await rig.person()
    expect((await browser.get('/userinfo')).status).toBe(401)
  })
})
