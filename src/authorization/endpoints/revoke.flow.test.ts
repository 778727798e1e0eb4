import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRig, type Rig, type TestClient } from '../testing/rig.fixture.ts'

let rig: Rig
beforeAll(async () => {
  rig = await createRig()
})
afterAll(() => rig.close())

const CONFIDENTIAL = { token_endpoint_auth_method: 'client_secret_post' }

async function revoke(by: TestClient, fields: Record<string, string>, init: RequestInit = {}) {
  const form = new URLSearchParams({ client_id: by.client.id, ...fields })
  if (by.secret !== undefined) form.set('client_secret', by.secret)
  const response = await fetch(`${rig.publicUrl}/revoke`, { method: 'POST', body: form, ...init })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: text === '' ? {} : JSON.parse(text) }
}

const userinfo = async (token: string) =>
  (await fetch(`${rig.publicUrl}/userinfo`, { headers: { authorization: `Bearer ${token}` } })).status
const dead = (token: string) => expect.poll(() => userinfo(token), { timeout: 2000, interval: 20 }).toBe(401)

describe('POST /revoke (RFC 7009)', () => {
  it.each([
    ['a public client', {}],
    ['a confidential one', CONFIDENTIAL],
  ])('§2.1: a refresh token of %s ends with all access tokens of its grant', async (_title, metadata) => {
    const app = await rig.client(metadata)
    const made = await rig.tokens(app, { scope: 'openid offline_access', prompt: 'consent' })
    const second = (await rig.refresh(app, made.refresh_token)).body
    const { status, text, headers } = await revoke(app, {
      token: second.refresh_token,
      token_type_hint: 'refresh_token',
    })
    expect({ status, text }).toEqual({ status: 200, text: '' })
    expect(headers.get('cache-control')).toBe('no-store')
    expect((await rig.refresh(app, second.refresh_token)).body.error).toBe('invalid_grant')
    await dead(made.access_token)
    await dead(second.access_token)
  })

  it('§2.1: an access token takes its grant along: the refresh token would bring it back', async () => {
    const app = await rig.client()
    const made = await rig.tokens(app, { scope: 'openid offline_access', prompt: 'consent' })
    expect((await revoke(app, { token: made.access_token })).status).toBe(200)
    await dead(made.access_token)
    expect((await rig.refresh(app, made.refresh_token)).body.error).toBe('invalid_grant')
  })

  it('a grant of the same client and person that was given another time lives on', async () => {
    const app = await rig.client()
    const { browser } = await rig.person()
    const [a, b] = [
      (await rig.redeem(app, await rig.code(app, browser, { scope: 'openid' }))).body,
      (await rig.redeem(app, await rig.code(app, browser, { scope: 'openid' }))).body,
    ]
    await revoke(app, { token: a.access_token })
    await dead(a.access_token)
    expect(await userinfo(b.access_token)).toBe(200)
  })

  it('client credentials: this one token ends, in every process within 2 s', async () => {
    const app = await rig.client({ ...CONFIDENTIAL, grant_types: ['client_credentials'], redirect_uris: undefined })
    const other = await rig.another()
    const [a, b] = [
      (await rig.token(app, { grant_type: 'client_credentials' })).body.access_token,
      (await rig.token(app, { grant_type: 'client_credentials' })).body.access_token,
    ]
    expect(await other.authorization.tokens.verifyAccessToken(a)).toBeDefined()
    await revoke(app, { token: a })
    await expect
      .poll(() => other.authorization.tokens.verifyAccessToken(a), { timeout: 2000, interval: 20 })
      .toBeUndefined()
    expect(await other.authorization.tokens.verifyAccessToken(b)).toBeDefined()
  })

  it('§2.2: 200 for what is unknown, malformed, over or revoked already', async () => {
    const app = await rig.client()
    const made = await rig.tokens(app)
    for (const token of ['x', 'a.b.c', 'trr_unknown', made.refresh_token, made.refresh_token, made.access_token]) {
      expect((await revoke(app, { token })).status).toBe(200)
      expect((await revoke(app, { token, token_type_hint: 'nonsense' })).status).toBe(200)
    }
  })

  it('§2.1: a token of another client is refused, and stays', async () => {
    const [app, other] = [await rig.client(), await rig.client()]
    const made = await rig.tokens(app, { scope: 'openid offline_access', prompt: 'consent' })
    for (const token of [made.refresh_token, made.access_token]) {
      expect(await revoke(other, { token })).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    }
    expect(await userinfo(made.access_token)).toBe(200)
    expect((await rig.refresh(app, made.refresh_token)).status).toBe(200)
  })

  it('§2.1: a confidential client has to authenticate', async () => {
    const app = await rig.client(CONFIDENTIAL)
    const made = await rig.tokens(app, { scope: 'openid' })
    for (const secret of [undefined, 'wrong']) {
      expect(await revoke({ ...app, secret }, { token: made.access_token })).toMatchObject({
        status: 401,
        body: { error: 'invalid_client' },
      })
    }
    expect(await userinfo(made.access_token)).toBe(200)
  })

  it('RFC 6749 §5.2: malformed requests', async () => {
    const app = await rig.client()
    expect(await revoke(app, {})).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
    const json = { headers: { 'content-type': 'application/json' }, body: '{"token":"x"}' }
    expect(await revoke(app, {}, json)).toMatchObject({ status: 415, body: { error: 'invalid_request' } })
    const body = `client_id=${app.client.id}&token=a&token=b`
    const twice = { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body }
    expect(await revoke(app, {}, twice)).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
    expect((await fetch(`${rig.publicUrl}/revoke?token=x`)).status).toBe(405)
  })

  it('§2.3: pages of any origin may call it, without credentials', async () => {
    const app = await rig.client()
    const { headers } = await revoke(app, { token: 'x' })
    expect(headers.get('access-control-allow-origin')).toBe('*')
    expect(headers.get('access-control-allow-credentials')).toBeNull()
    const preflight = await fetch(`${rig.publicUrl}/revoke`, { method: 'OPTIONS' })
    expect(preflight.headers.get('access-control-allow-methods')).toContain('POST')
  })
})
