import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRig, type Rig, type TestClient } from '../testing/rig.fixture.ts'

let rig: Rig
let app: TestClient
beforeAll(async () => {
  rig = await createRig()
  app = await rig.client(CONFIDENTIAL)
})
afterAll(() => rig.close())

const CONFIDENTIAL = { token_endpoint_auth_method: 'client_secret_post' }
const BASIC = { token_endpoint_auth_method: 'client_secret_basic' }

async function ask(by: TestClient, fields: Record<string, string> | URLSearchParams, init: RequestInit = {}) {
  const form = new URLSearchParams(fields)
  if (!('headers' in init)) {
    form.set('client_id', by.client.id)
    if (by.secret !== undefined) form.set('client_secret', by.secret)
  }
  const response = await fetch(`${rig.publicUrl}/introspect`, { method: 'POST', body: form, ...init })
  return { status: response.status, headers: response.headers, body: await response.json() }
}

describe('POST /introspect (RFC 7662)', () => {
  it('§2.2: an access token of the asker, with all that is in it', async () => {
    const { access_token: token, person } = await rig.tokens(app, { scope: 'openid profile' })
    const { status, headers, body } = await ask(app, { token, token_type_hint: 'access_token' })
    expect(status).toBe(200)
    expect(headers.get('content-type')).toMatch(/^application\/json/)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(body).toMatchObject({
      active: true,
      scope: 'openid profile',
      client_id: app.client.id,
      token_type: 'Bearer',
      sub: person.publicId,
      iss: rig.publicUrl,
      aud: rig.publicUrl,
      exp: expect.any(Number),
      iat: expect.any(Number),
      jti: expect.any(String),
    })
    expect(body).not.toHaveProperty('gid')
  })

  it('§2.2: a refresh token of the asker, whatever the hint says', async () => {
    const made = await rig.tokens(app)
    for (const hint of [{}, { token_type_hint: 'access_token' }, { token_type_hint: 'nonsense' }]) {
      const { body } = await ask(app, { token: made.refresh_token, ...hint })
      expect(body).toMatchObject({ active: true, client_id: app.client.id, sub: made.person.publicId })
    }
  })

  it('§2.2: a spent refresh token only as long as it may be repeated', async () => {
    const made = await rig.tokens(app)
    const next = (await rig.refresh(app, made.refresh_token)).body.refresh_token
    expect((await ask(app, { token: made.refresh_token })).body).toMatchObject({ active: true })
    expect((await ask(app, { token: next })).body).toMatchObject({ active: true })
    await rig.refresh(app, next)
    expect((await ask(app, { token: made.refresh_token })).body).toEqual({ active: false })
  })

  it('§2.2: nothing but active false for what is wrong, and no reason', async () => {
    const made = await rig.tokens(app, { scope: 'openid profile' })
    const tampered = `${made.access_token.slice(0, -6)}AAAAAA`
    for (const token of [
      'x',
      '.',
      'a.b.c',
      tampered,
      made.id_token,
      'trr_unknown',
      `${made.access_token}x`,
      '\u00e9',
    ]) {
      expect((await ask(app, { token })).body).toEqual({ active: false })
    }
  })

  it('§2.2: a revoked token is not active', async () => {
    const made = await rig.tokens(app)
    await fetch(`${rig.publicUrl}/revoke`, {
      method: 'POST',
      body: new URLSearchParams({
        token: made.refresh_token,
        client_id: app.client.id,
        client_secret: app.secret ?? '',
      }),
    })
    expect((await ask(app, { token: made.refresh_token })).body).toEqual({ active: false })
    await expect
      .poll(async () => (await ask(app, { token: made.access_token })).body, { timeout: 2000 })
      .toEqual({ active: false })
  })

  it('§4: tokens of other clients for other audiences are not the business of the asker', async () => {
    const other = await rig.client(CONFIDENTIAL)
    const made = await rig.tokens(other)
    expect((await ask(app, { token: made.access_token })).body).toEqual({ active: false })
    expect((await ask(app, { token: made.refresh_token })).body).toEqual({ active: false })
  })

  it('§4: a resource server learns of tokens for what it is registered as', async () => {
    const api = 'https://api.example/orders'
    const server = await rig.client({ ...BASIC, default_resource: api })
    const made = await rig.tokens(app, { resource: api })
    const headers = { authorization: `Basic ${btoa(`${server.client.id}:${server.secret}`)}` }
    expect((await ask(server, { token: made.access_token }, { headers })).body).toMatchObject({
      active: true,
      aud: api,
      client_id: app.client.id,
    })
    // The refresh token is for this server alone.
    expect((await ask(server, { token: made.refresh_token }, { headers })).body).toEqual({ active: false })
    const elsewhere = await rig.tokens(app, { resource: `${api}/2` })
    expect((await ask(server, { token: elsewhere.access_token }, { headers })).body).toEqual({ active: false })
  })

  it('§2.1: who does not authenticate is refused before the token is looked at', async () => {
    const made = await rig.tokens(app)
    const open = await rig.client()
    for (const by of [
      open,
      { ...app, secret: undefined },
      { ...app, secret: 'wrong' },
      { ...app, client: { ...app.client, id: 'c_nobody' } },
    ]) {
      const { status, headers, body } = await ask(by, { token: made.access_token })
      expect(status).toBe(401)
      expect(headers.get('www-authenticate')).toMatch(/^Basic /)
      expect(body).toMatchObject({ error: 'invalid_client' })
      expect(body).not.toHaveProperty('active')
    }
  })

  it('§2.1: a bearer token does not authenticate a client here', async () => {
    const made = await rig.tokens(app)
    const headers = { authorization: `Bearer ${made.access_token}` }
    expect((await ask(app, { token: made.access_token }, { headers })).status).toBeGreaterThanOrEqual(400)
  })

  it('RFC 6749 §5.2: malformed requests', async () => {
    expect(await ask(app, {})).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
    expect(await ask(app, { token: '' })).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
    const twice = new URLSearchParams([
      ['token', 'a'],
      ['token', 'b'],
    ])
    expect(await ask(app, twice)).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
    expect(await ask(app, { token: 'a\0b' })).toMatchObject({ status: 400 })
    const json = { headers: { 'content-type': 'application/json' }, body: '{"token":"x"}' }
    expect(await ask(app, {}, json)).toMatchObject({ status: 415, body: { error: 'invalid_request' } })
    const get = await fetch(`${rig.publicUrl}/introspect?token=x`)
    expect(get.status).toBe(405)
    expect(get.headers.get('allow')).toContain('POST')
  })

  it('no page of another origin may ask (decision "CORS")', async () => {
    const { headers } = await ask(app, { token: 'x' })
    expect(headers.get('access-control-allow-origin')).toBeNull()
  })
})
