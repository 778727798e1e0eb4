import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { claimsOf, createRig, LEFT_OUT, type Rig, type TestClient } from '../testing/rig.fixture.ts'

let rig: Rig
let app: TestClient
beforeAll(async () => {
  rig = await createRig()
  app = await rig.client()
})
afterAll(() => rig.close())
afterEach(() => rig.test.shift(0))

const DAY = 24 * 3600
const GRANT = [400, 'invalid_grant']
const OK = [200, undefined]
const errorOf = async (answer: ReturnType<Rig['refresh']>) => {
  const { status, body } = await answer
  return [status, body.error]
}
const next = async (token: string, of = app) => (await rig.refresh(of, token)).body.refresh_token

describe('rotation (RFC 9700 §4.14.2)', () => {
  it('gives a new refresh token each time, and a new access token of the same grant', async () => {
    const first = await rig.tokens(app, { scope: 'profile email' })
    const { status, headers, body } = await rig.refresh(app, first.refresh_token)
    expect(status).toBe(200)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(body.refresh_token).not.toBe(first.refresh_token)
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 600, scope: 'profile email' })
    const [old, young] = [claimsOf(first.access_token), claimsOf(body.access_token)]
    expect(young).toMatchObject({ sub: old['sub'], gid: old['gid'], auth_time: old['auth_time'] })
    expect(young['jti']).not.toBe(old['jti'])
  })

  it('a repeat gives the same successor: the answer may have been lost', async () => {
    const { refresh_token: token } = await rig.tokens(app)
    const successor = await next(token)
    expect(await next(token)).toBe(successor)
    await rig.test.shift(118)
    expect(await next(token)).toBe(successor)
    expect(await errorOf(rig.refresh(app, successor))).toEqual(OK)
  })

  it('until the successor was first used: then its use ends the family', async () => {
    const { refresh_token: token } = await rig.tokens(app)
    const second = await next(token)
    const third = await next(second)
    expect(await errorOf(rig.refresh(app, token))).toEqual(GRANT)
    for (const one of [second, third]) expect(await errorOf(rig.refresh(app, one))).toEqual(GRANT)
    expect(rig.logged()).toContain('A spent refresh token came again')
  })

  it('or 120 s have passed: then its use ends the family', async () => {
    const { refresh_token: token, access_token: access } = await rig.tokens(app)
    const successor = await next(token)
    await rig.test.shift(121)
    expect(await errorOf(rig.refresh(app, token))).toEqual(GRANT)
    expect(await errorOf(rig.refresh(app, successor))).toEqual(GRANT)
    await expect.poll(() => rig.authorization.tokens.verifyAccessToken(access)).toBeUndefined()
  })

  it('the database does not hold what would open the successor', async () => {
    const { refresh_token: token } = await rig.tokens(app)
    const successor = await next(token)
    const rows = JSON.stringify(await rig.tables.selectFrom('tinyoauth_refresh_token').selectAll().execute())
    for (const secret of [token, successor, token.slice(4), successor.slice(4)]) expect(rows).not.toContain(secret)
    expect(rig.logged()).not.toMatch(/trr_|tra_/)
  })

  it('200 at the same time give one successor', async () => {
    const { refresh_token: token } = await rig.tokens(app)
    const answers = await Promise.all(Array.from({ length: 200 }, () => rig.refresh(app, token)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    const [successor = '', ...others] = new Set(answers.map(({ body }) => body.refresh_token))
    expect(others).toEqual([])
    expect(await errorOf(rig.refresh(app, successor))).toEqual(OK)
  })

  it('two processes on one database behave as one', async () => {
    const { refresh_token: token } = await rig.tokens(app)
    const { url } = await rig.another()
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => rig.refresh(app, token, {}, index % 2 === 0 ? url : undefined)),
    )
    expect(new Set(answers.map(({ body }) => body.refresh_token)).size).toBe(1)
  })
})

describe('without rotation, for a confidential client that registered so', () => {
  it('the token stays, and none is sent', async () => {
    const steady = await rig.client({
      token_endpoint_auth_method: 'client_secret_basic',
      refresh_token_rotation: false,
    })
    expect(steady.client.rotatesRefreshTokens).toBe(false)
    const basic = { authorization: `Basic ${btoa(`${steady.client.id}:${steady.secret}`)}` }
    const fields = { client_id: LEFT_OUT, client_secret: LEFT_OUT }
    const { browser } = await rig.person()
    const redeemed = await rig.redeem(steady, await rig.code(steady, browser), fields, basic)
    expect(redeemed.status, JSON.stringify(redeemed.body)).toBe(200)
    for (const _time of [1, 2]) {
      const { status, body } = await rig.refresh(steady, redeemed.body.refresh_token, fields, undefined, basic)
      expect([status, body.refresh_token]).toEqual([200, undefined])
    }
  })
})

describe('limits', () => {
  it('30 days without use end it (RFC 9700 §4.14.2), use moves that end', async () => {
    const { refresh_token: token } = await rig.tokens(app)
    await rig.test.shift(29 * DAY)
    const second = await next(token)
    await rig.test.shift(58 * DAY)
    const third = await next(second)
    expect(third).toMatch(/^trr_/)
    await rig.test.shift(89 * DAY)
    expect(await errorOf(rig.refresh(app, third))).toEqual(GRANT)
  })

  it('90 days end it however often it was used (ASVS 5.0, 10.4.8)', async () => {
    let { refresh_token: token } = await rig.tokens(app)
    for (const day of [25, 50, 75]) {
      await rig.test.shift(day * DAY)
      token = await next(token)
    }
    await rig.test.shift(90 * DAY + 60)
    expect(await errorOf(rig.refresh(app, token))).toEqual(GRANT)
  })
})

describe('what a refresh token is bound to', () => {
  it('its client: another one gets nothing, and ends nothing', async () => {
    const [{ refresh_token: token }, other] = [await rig.tokens(app), await rig.client()]
    expect(await errorOf(rig.refresh(other, token))).toEqual(GRANT)
    const successor = await next(token)
    expect(await errorOf(rig.refresh(other, token))).toEqual(GRANT)
    expect(await errorOf(rig.refresh(app, successor))).toEqual(OK)
  })

  it('its scopes: fewer for one access token, never more (RFC 6749 §6)', async () => {
    const first = await rig.tokens(app, { scope: 'profile email' })
    const narrow = await rig.refresh(app, first.refresh_token, { scope: 'email' })
    expect(narrow.body.scope).toBe('email')
    expect(claimsOf(narrow.body.access_token)['scope']).toBe('email')
    const again = await rig.refresh(app, narrow.body.refresh_token)
    expect(again.body.scope).toBe('profile email')
    expect(await errorOf(rig.refresh(app, again.body.refresh_token, { scope: 'email phone' }))).toEqual([
      400,
      'invalid_scope',
    ])
    expect(await errorOf(rig.refresh(app, again.body.refresh_token))).toEqual(OK)
  })

  it('its resources (RFC 8707 §2.2)', async () => {
    const { refresh_token: token } = await rig.tokens(app, { resource: 'https://a.example' })
    expect(await errorOf(rig.refresh(app, token, { resource: 'https://b.example' }))).toEqual([400, 'invalid_target'])
    expect(await errorOf(rig.refresh(app, token, { resource: 'https://a.example' }))).toEqual(OK)
  })

  it('its person: who is disabled has ended it', async () => {
    const { refresh_token: token, person } = await rig.tokens(app)
    await rig.people.disable(person)
    expect(await errorOf(rig.refresh(app, token))).toEqual(GRANT)
  })

  it('its grant: a client that may not refresh any more is told so', async () => {
    expect(await errorOf(rig.refresh(app, ''))).toEqual([400, 'invalid_request'])
    expect(await errorOf(rig.refresh(app, 'trr_nothing'))).toEqual(GRANT)
    const without = await rig.client({ grant_types: ['authorization_code'] })
    expect(await errorOf(rig.refresh(without, 'trr_nothing'))).toEqual([400, 'unauthorized_client'])
  })

  it('a new ID token has the first sign-in’s time and no nonce (OpenID Connect Core §12.2)', async () => {
    const first = await rig.tokens(app, { scope: 'openid offline_access', nonce: 'n' })
    await rig.test.shift(60)
    const { body } = await rig.refresh(app, first.refresh_token)
    const [old, young] = [claimsOf(first.id_token), claimsOf(body.id_token)]
    expect(old['nonce']).toBe('n')
    expect(young).toMatchObject({ sub: old['sub'], aud: old['aud'], iss: old['iss'], auth_time: old['auth_time'] })
    expect(young['nonce']).toBeUndefined()
  })
})
