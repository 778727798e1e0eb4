import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '#testing'
import type { AuthorizationTables } from '../store/tables.ts'
import { basic, CALLBACK, createRig, ISSUER, type Rig } from './rig.fixture.ts'

let test: TestDatabase
let rig: Rig
beforeAll(async () => {
  test = await testDatabase()
  rig = await createRig(test)
})
afterAll(async () => {
  await rig.close()
  await test.close()
})

const stored = (id: string) =>
  test.database
    .tables<AuthorizationTables>()
    .selectFrom('tinyoauth_client')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst()

describe('GET, PUT, DELETE /client/:id (RFC 7592)', () => {
  it('GET shows the registration, without a secret (§2.1)', async () => {
    const made = await rig.register(await rig.user(), { redirect_uris: [CALLBACK], client_name: 'Kite' })
    const answer = await rig.send('GET', `/client/${made.id}`, made.headers)
    const { client_secret: _secret, client_secret_expires_at: _end, ...rest } = made.answer.body
    expect(answer.status).toBe(200)
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(answer.body).toEqual(rest)
  })

  it('401 without the token, with another client’s, and for a client that is not there', async () => {
    const user = await rig.user()
    const mine = await rig.register(user)
    const other = await rig.register(user)
    const tries = [
      rig.send('GET', `/client/${mine.id}`),
      rig.send('GET', `/client/${mine.id}`, other.headers),
      rig.send('GET', `/client/${mine.id}`, user.headers),
      rig.send('GET', `/client/${mine.id}`, { authorization: `Bearer ${mine.secret}` }),
      rig.send('GET', `/client/${mine.id}`, basic(mine.id, mine.secret)),
      rig.send('GET', `/client/${mine.id}?access_token=${mine.headers.authorization.slice(7)}`),
      rig.send('GET', '/client/c_unknown', mine.headers),
      rig.json('PUT', `/client/${mine.id}`, { client_id: mine.id, redirect_uris: [CALLBACK] }, other.headers),
      rig.send('DELETE', `/client/${mine.id}`, other.headers),
    ]
    for (const answer of await Promise.all(tries)) {
      expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_token' } })
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer /)
    }
    expect(await stored(mine.id)).toBeDefined()
  })

  it('PUT has a limit of its own: each change is an event in the audit log and asks people again (§10.15)', async () => {
    const user = await rig.user()
    const made = await rig.register(user)
    const other = await rig.register(user)
    const put = ({ id, headers }: typeof made) =>
      rig.json('PUT', `/client/${id}`, { client_id: id, redirect_uris: [CALLBACK] }, headers)
    for (let count = 0; count < 60; count += 1) expect((await put(made)).status).toBe(200)
    const answer = await put(made)
    expect(answer).toMatchObject({ status: 429, body: { error: 'temporarily_unavailable' } })
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(3000)
    expect((await rig.send('GET', `/client/${made.id}`, made.headers)).status).toBe(200)
    expect((await put(other)).status).toBe(200)
  })

  it('PUT replaces: what is left out is gone (§2.2); token and secret stay', async () => {
    const made = await rig.register(await rig.user(), { redirect_uris: [CALLBACK], client_name: 'Kite', scope: 'a b' })
    const change = { client_id: made.id, redirect_uris: ['https://app.example/new'], client_secret: made.secret }
    const answer = await rig.json('PUT', `/client/${made.id}`, change, made.headers)
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({
      redirect_uris: ['https://app.example/new'],
      registration_access_token: made.headers.authorization.slice(7),
    })
    expect(answer.body).not.toHaveProperty('client_name')
    expect(answer.body).not.toHaveProperty('scope')
    expect(answer.body).not.toHaveProperty('client_secret')
    expect((await rig.whoami({}, basic(made.id, made.secret))).status).toBe(200)
    expect((await rig.clients.findClient(made.id))?.redirectUris).toEqual(['https://app.example/new'])
  })

  it.each([
    ['no client_id', { client_id: undefined }],
    ['another client_id', { client_id: 'c_other' }],
    ['a secret that it chose', { client_secret: 'my-own' }],
    ['registration_access_token', { registration_access_token: 'x' }],
    ['registration_client_uri', { registration_client_uri: 'https://x.example' }],
    ['client_secret_expires_at', { client_secret_expires_at: 0 }],
    ['client_id_issued_at', { client_id_issued_at: 0 }],
    ['a redirect URI that is none', { redirect_uris: ['javascript:alert(1)'] }],
    ['profile, which is for administrators', { profile: 'fapi2' }],
    ['consent_required, which is for administrators', { consent_required: false }],
    ['a scope of the administration', { scope: 'admin:clients' }],
  ])('PUT with %s: 400, and nothing changes (§2.2)', async (_what, wrong) => {
    const made = await rig.register(await rig.user())
    const before = await stored(made.id)
    const body = { client_id: made.id, redirect_uris: [CALLBACK], client_name: 'changed', ...wrong }
    const answer = await rig.json('PUT', `/client/${made.id}`, body, made.headers)
    expect(answer.status).toBe(400)
    expect(answer.body['error']).toMatch(/^invalid_(client_metadata|redirect_uri)$/)
    expect(await stored(made.id)).toEqual(before)
  })

  it('PUT to another method issues a secret, or ends it', async () => {
    const made = await rig.register(await rig.user(), { redirect_uris: [CALLBACK], token_endpoint_auth_method: 'none' })
    const put = (method: string) =>
      rig.json(
        'PUT',
        `/client/${made.id}`,
        { client_id: made.id, redirect_uris: [CALLBACK], token_endpoint_auth_method: method },
        made.headers,
      )
    const secret = String((await put('client_secret_basic')).body['client_secret'])
    expect(secret).toMatch(/^trc_/)
    expect((await rig.whoami({}, basic(made.id, secret))).status).toBe(200)
    expect((await put('client_secret_post')).body).not.toHaveProperty('client_secret')
    expect((await rig.whoami({ client_id: made.id, client_secret: secret })).status).toBe(200)
    await put('none')
    expect((await stored(made.id))?.secret_hash).toBeNull()
    expect((await rig.whoami({ client_id: made.id, client_secret: secret })).status).toBe(401)
    expect((await rig.whoami({ client_id: made.id })).status).toBe(200)
  })

  it('what an administrator set stays, whether a PUT repeats it or leaves it out (security §11.11)', async () => {
    const made = await rig.clients.register(
      { kind: 'admin', ownerId: null },
      { redirect_uris: [CALLBACK], client_name: 'Trivet console', consent_required: false, scope: 'admin:clients' },
    )
    const headers = { authorization: `Bearer ${made.registrationToken}` }
    const { id } = made.client
    const put = (more: object) =>
      rig.json('PUT', `/client/${id}`, { client_id: id, redirect_uris: [CALLBACK], ...more }, headers)
    const same = { client_name: 'Trivet console', scope: 'admin:clients', consent_required: false }
    expect(await put(same)).toMatchObject({ status: 200, body: same })
    expect(await put({})).toMatchObject({ status: 200, body: { consent_required: false } })
    expect(await put({ scope: 'admin:clients admin:users' })).toMatchObject({ status: 400 })
    expect(await put({ consent_required: true })).toMatchObject({ status: 400 })
  })

  it('PUT asks everybody again: remembered consent is gone (security §10.15)', async () => {
    const user = await rig.user()
    const made = await rig.register(user)
    const tables = test.database.tables<AuthorizationTables>()
    const consent = { owner_id: user.id, client_id: made.id, resource: ISSUER, scopes: ['profile'] }
    await tables.insertInto('tinyoauth_consent').values(consent).execute()
    await rig.json('PUT', `/client/${made.id}`, { client_id: made.id, redirect_uris: [CALLBACK] }, made.headers)
    const left = tables.selectFrom('tinyoauth_consent').selectAll().where('client_id', '=', made.id)
    expect(await left.execute()).toEqual([])
  })

  it('PUT ends what an administrator vouched for: it was for the old name', async () => {
    const made = await rig.register(await rig.user())
    await rig.clients.setState(made.id, { isVerified: true })
    expect((await rig.clients.findClient(made.id))?.isVerified).toBe(true)
    const change = { client_id: made.id, redirect_uris: [CALLBACK], client_name: 'Another' }
    await rig.json('PUT', `/client/${made.id}`, change, made.headers)
    expect((await rig.clients.findClient(made.id))?.isVerified).toBe(false)
  })

  it('20 PUTs at once that ask for a secret: one gets it, and it works', async () => {
    const made = await rig.register(await rig.user(), { redirect_uris: [CALLBACK], token_endpoint_auth_method: 'none' })
    const change = { client_id: made.id, redirect_uris: [CALLBACK], token_endpoint_auth_method: 'client_secret_basic' }
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => rig.json('PUT', `/client/${made.id}`, change, made.headers)),
    )
    const secrets = answers.flatMap(({ body }) => body['client_secret'] ?? [])
    expect(secrets).toHaveLength(1)
    expect((await rig.whoami({}, basic(made.id, String(secrets[0])))).status).toBe(200)
    const refused = answers.filter(({ status }) => status !== 200)
    for (const { status, body } of refused) expect([status, body['error']]).toEqual([400, 'invalid_client_metadata'])
  })

  it('DELETE: 204, then nobody knows it (§2.3)', async () => {
    const made = await rig.register(await rig.user())
    const answer = await rig.send('DELETE', `/client/${made.id}`, made.headers)
    expect(answer).toMatchObject({ status: 204, text: '' })
    expect((await rig.send('GET', `/client/${made.id}`, made.headers)).status).toBe(401)
    expect((await rig.send('DELETE', `/client/${made.id}`, made.headers)).status).toBe(401)
    expect(await rig.clients.findClient(made.id)).toBeUndefined()
    expect((await rig.whoami({}, basic(made.id, made.secret))).status).toBe(401)
  })

  it('405 with Allow for POST', async () => {
    const made = await rig.register(await rig.user())
    const answer = await rig.json('POST', `/client/${made.id}`, {}, made.headers)
    expect(answer.status).toBe(405)
    expect(answer.headers['allow']).toContain('DELETE')
  })
})
