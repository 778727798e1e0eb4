import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { claimsOf, createRig, type Rig, type TestClient } from '../testing/rig.fixture.ts'

let rig: Rig
let app: TestClient
beforeAll(async () => {
  rig = await createRig()
  app = await service({})
})
afterAll(() => rig.close())

const service = (metadata: Record<string, unknown>) =>
  rig.client({
    redirect_uris: [],
    response_types: [],
    grant_types: ['client_credentials'],
    token_endpoint_auth_method: 'client_secret_post',
    scope: 'api:read api:write',
    ...metadata,
  })
const ask = (of: TestClient, fields: Record<string, string> = {}) =>
  rig.token(of, { grant_type: 'client_credentials', ...fields })

describe('client credentials (RFC 6749 §4.4)', () => {
  it('give an access token of the client itself, and no refresh token (§4.4.3)', async () => {
    const { status, headers, body } = await ask(app, { scope: 'api:read' })
    expect(status, JSON.stringify(body)).toBe(200)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(Object.keys(body).sort()).toEqual(['access_token', 'expires_in', 'scope', 'token_type'])
    expect(claimsOf(body.access_token)).toMatchObject({
      sub: app.client.id,
      client_id: app.client.id,
      aud: rig.publicUrl,
      scope: 'api:read',
    })
    for (const claim of ['auth_time', 'acr', 'amr', 'sid'])
      expect(claimsOf(body.access_token)).not.toHaveProperty(claim)
  })

  it('write nothing', async () => {
    const count = async () => (await rig.tables.selectFrom('tinyoauth_grant').select('id').execute()).length
    const before = await count()
    for (const _time of [1, 2, 3]) await ask(app)
    expect(await count()).toBe(before)
  })

  it('each token can be revoked alone', async () => {
    const [one, two] = [(await ask(app)).body.access_token, (await ask(app)).body.access_token]
    const works = async (token: string) => (await rig.authorization.tokens.verifyAccessToken(token)) !== undefined
    const grantId = String(claimsOf(one)['gid'])
    await rig.authorization.tokens.revokeGrant({ id: grantId, clientId: app.client.id })
    await expect.poll(() => works(one)).toBe(false)
    expect(await works(two)).toBe(true)
    expect((await ask(app)).status).toBe(200)
  })

  it.each([
    ['openid', 'invalid_scope'],
    ['api:read offline_access', 'invalid_scope'],
    ['api:delete', 'invalid_scope'],
    ['email', 'invalid_scope'],
  ])('have no scope %s', async (scope, error) => {
    expect(await ask(app, { scope })).toMatchObject({ status: 400, body: { error } })
  })

  it('without scope give the client’s default, else what it registered', async () => {
    expect((await ask(await service({ default_scope: 'api:write' }))).body.scope).toBe('api:write')
    expect((await ask(app)).body.scope).toBe('api:read api:write')
  })

  it('are for the resource asked for, else the client’s default (RFC 8707 §2)', async () => {
    const withDefault = await service({ default_resource: 'https://api.example' })
    expect(claimsOf((await ask(withDefault)).body.access_token)['aud']).toBe('https://api.example')
    const other = await ask(withDefault, { resource: 'https://other.example' })
    expect(claimsOf(other.body.access_token)['aud']).toBe('https://other.example')
    expect((await ask(app, { resource: 'internal:vault' })).body.error).toBe('invalid_target')
  })

  it('are for clients that registered them (ASVS 5.0, 10.4.4)', async () => {
    expect((await ask(await rig.client())).body.error).toBe('unauthorized_client')
  })
})
