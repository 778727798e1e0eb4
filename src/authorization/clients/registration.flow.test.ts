import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '#testing'
import type { AuthorizationTables } from '../store/tables.ts'
import { anyNetwork, CALLBACK, createRig, ISSUER, type Rig } from './rig.fixture.ts'

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

describe('POST /client (RFC 7591 §3)', () => {
  it('answers 201 with all that is stored, and what is shown only once', async () => {
    const user = await rig.user()
    const { answer } = await rig.register(user, {
      redirect_uris: [CALLBACK],
      client_name: 'Kite',
      scope: 'openid  profile openid',
      contacts: ['kite@app.example'],
      unheard_of: 'ignored',
      is_verified: true,
      owner_id: 'somebody',
    })
    expect(answer.status).toBe(201)
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(answer.headers['access-control-allow-origin']).toBe('*')
    const id = answer.body['client_id']
    expect(answer.body).toEqual({
      client_id: expect.stringMatching(/^c_[\w-]{22}$/),
      client_id_issued_at: expect.any(Number),
      client_secret: expect.stringMatching(/^trc_[\w-]{43}$/),
      client_secret_expires_at: 0,
      registration_client_uri: `${ISSUER}/client/${id}`,
      registration_access_token: expect.stringMatching(/^trg_[\w-]{43}$/),
      redirect_uris: [CALLBACK],
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['authorization_code'],
      response_types: ['code'],
      application_type: 'web',
      client_name: 'Kite',
      scope: 'openid profile',
      contacts: ['kite@app.example'],
      subject_type: 'public',
      id_token_signed_response_alg: 'RS256',
      require_pkce: true,
      consent_required: true,
      profile: 'standard',
      client_assertion_audience: 'issuer',
      refresh_token_rotation: true,
    })
    expect(Math.abs(Number(answer.body['client_id_issued_at']) - Date.now() / 1000)).toBeLessThan(10)
  })

  it('stores secret and registration token as hashes only, and logs neither', async () => {
    const user = await rig.user()
    const { id, secret, answer } = await rig.register(user)
    const row = await stored(id)
    const token = String(answer.body['registration_access_token'])
    expect(row?.secret_hash).toEqual(createHash('sha256').update(secret).digest())
    expect(row?.registration_token_hash).toEqual(createHash('sha256').update(token).digest())
    expect(JSON.stringify(row)).not.toContain(secret)
    expect(row).toMatchObject({ owner_id: user.id, is_verified: false, registered_by: 'user' })
    expect(rig.logged()).not.toMatch(/trc_|trg_/)
  })

  it('issues no secret where none is used', async () => {
    const { answer } = await rig.register(await rig.user(), {
      redirect_uris: ['http://127.0.0.1/cb'],
      token_endpoint_auth_method: 'none',
    })
    expect(answer.body).not.toHaveProperty('client_secret')
    expect(answer.body).not.toHaveProperty('client_secret_expires_at')
    expect(answer.body).toMatchObject({ application_type: 'native', require_pkce: true })
  })

  it('is found by what was registered', async () => {
    const user = await rig.user()
    const { id } = await rig.register(user, { redirect_uris: [CALLBACK], client_name: 'Kite', scope: 'notes:read' })
    expect(await rig.clients.findClient(id)).toMatchObject({
      ...{ id, ownerId: user.id, name: 'Kite', redirectUris: [CALLBACK], scope: ['notes:read'] },
      ...{ isConfidential: true, isVerified: false, requirePkce: true, consentRequired: true },
      ...{
        rotatesRefreshTokens: true,
        idTokenAlg: 'RS256',
        defaultScope: undefined,
        authMethod: 'client_secret_basic',
      },
    })
    expect(await rig.clients.findClient('c_nobody')).toBeUndefined()
    expect(await rig.clients.findClient('')).toBeUndefined()
    expect(await rig.clients.findClient('x'.repeat(100_000))).toBeUndefined()
  })

  it('405 with Allow for other methods, a preflight for pages of other origins', async () => {
    const get = await rig.send('GET', '/client')
    expect(get).toMatchObject({ status: 405, body: { error: 'invalid_request' } })
    expect(get.headers['allow']).toContain('POST')
    expect((await rig.send('OPTIONS', '/client')).headers['access-control-allow-headers']).toContain('authorization')
  })
})

describe('POST /client, who may (interfaces, "Clients")', () => {
  const metadata = { redirect_uris: ['http://127.0.0.1/cb'], token_endpoint_auth_method: 'none' }

  it('401 without signing in', async () => {
    const answer = await rig.json('POST', '/client', metadata)
    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_token' } })
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer /)
  })

  it.each(['Bearer nonsense', 'Bearer ', 'Basic dTpw', 'Bearer tri_unknown', 'Bearer a b'])(
    '401 for %j',
    async (authorization) => {
      const answer = await rig.json('POST', '/client', metadata, { authorization })
      expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_token' } })
    },
  )

  it('a session alone is nobody; with the CSRF token it is its user (security §10.15)', async () => {
    const { id } = await rig.user()
    const session = { session: id }
    expect((await rig.json('POST', '/client', metadata, session)).status).toBe(401)
    expect((await rig.json('POST', '/client', { ...metadata, csrf: 'guess' }, session)).status).toBe(401)
    const { token } = (await rig.send('GET', '/csrf', session)).body
    const inHeader = await rig.json('POST', '/client', metadata, { ...session, 'x-csrf-token': String(token) })
    expect(inHeader.status).toBe(201)
    const inBody = await rig.json('POST', '/client', { ...metadata, csrf: token }, session)
    expect(inBody.status).toBe(201)
    expect(inBody.body).not.toHaveProperty('csrf')
    expect((await stored(String(inBody.body['client_id'])))?.owner_id).toBe(id)
    const foreign = { ...session, 'x-csrf-token': String(token), 'sec-fetch-site': 'cross-site' }
    expect((await rig.json('POST', '/client', metadata, foreign)).status).toBe(401)
    const other = { session: (await rig.user()).id, 'x-csrf-token': String(token) }
    expect((await rig.json('POST', '/client', metadata, other)).status).toBe(401)
  })

  it('a session does not help a wrong token out', async () => {
    const { id } = await rig.user()
    const session = { session: id }
    const { token } = (await rig.send('GET', '/csrf', session)).body
    const headers = { ...session, 'x-csrf-token': String(token), authorization: 'Bearer nonsense' }
    expect((await rig.json('POST', '/client', metadata, headers)).status).toBe(401)
  })

  it('JSON only: forms and text/plain are refused before anything else', async () => {
    const user = await rig.user()
    for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x']) {
      const answer = await rig.send('POST', '/client', { ...user.headers, 'content-type': type }, 'redirect_uris=x')
      expect(answer.status).toBe(415)
      expect(answer.body['error']).toBeDefined()
    }
  })

  it('policy open and mcp take callers who are not signed in; mcp only while a route is for MCP', async () => {
    let hasRoute = false
    const mcp = await createRig(test, { policy: 'mcp', hasMcpRoute: () => hasRoute })
    const from = () => ({ 'x-forwarded-for': anyNetwork() })
    expect((await mcp.json('POST', '/client', metadata, from())).status).toBe(401)
    hasRoute = true
    const taken = await mcp.json('POST', '/client', metadata, from())
    expect(taken.status).toBe(201)
    expect(await stored(String(taken.body['client_id']))).toMatchObject({ owner_id: null, registered_by: 'anonymous' })
    // A wish for a secret is replaced, so that clients which always ask get on (RFC 7591 §3.2.1).
    const asks = { redirect_uris: ['http://localhost/cb'], token_endpoint_auth_method: 'client_secret_post' }
    const replaced = await mcp.json('POST', '/client', asks, from())
    expect(replaced.body).toMatchObject({ token_endpoint_auth_method: 'none', require_pkce: true })
    expect(replaced.body).not.toHaveProperty('client_secret')
    await mcp.close()

    const open = await createRig(test, { policy: 'open' })
    expect((await open.json('POST', '/client', asks, from())).body).toHaveProperty('client_secret')
    const machine = { grant_types: ['client_credentials'], token_endpoint_auth_method: 'client_secret_basic' }
    expect(await open.json('POST', '/client', machine, from())).toMatchObject({
      status: 400,
      body: { error: 'invalid_client_metadata' },
    })
    await open.close()
  })

  it('policy token: an initial access token works as often as it says, and not when it ended (RFC 7591 §3)', async () => {
    const withTokens = await createRig(test, { policy: 'token' })
    const { token } = await withTokens.clients.createRegistrationToken({ note: 'two', uses: 2 })
    const headers = () => ({ authorization: `Bearer ${token}`, 'x-forwarded-for': anyNetwork() })
    expect(token).toMatch(/^tri_[\w-]{43}$/)
    // What is refused costs no use.
    expect((await withTokens.json('POST', '/client', { redirect_uris: ['x'] }, headers())).status).toBe(400)
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => withTokens.json('POST', '/client', metadata, headers())),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 401, 401, 401, 401, 401, 401])
    // With the policy off it is nothing.
    const { token: short } = await withTokens.clients.createRegistrationToken({ note: 'short', expiresIn: 60 })
    expect((await rig.json('POST', '/client', metadata, { authorization: `Bearer ${short}` })).status).toBe(401)
    await test.shift(61)
    const late = { authorization: `Bearer ${short}` }
    expect((await withTokens.json('POST', '/client', metadata, late)).status).toBe(401)
    await test.shift(0)
    await withTokens.close()
  })
})

it('what comes, changes and goes is in the audit log, with nothing secret (security.md §11.11)', async () => {
  const user = await rig.user()
  const { id, headers, secret } = await rig.register(user, { redirect_uris: [CALLBACK], client_name: 'Kite' })
  await rig.json('PUT', `/client/${id}`, { client_id: id, redirect_uris: [CALLBACK], client_name: 'Lark' }, headers)
  await rig.send('DELETE', `/client/${id}`, headers)
  const noted = rig.changes.filter(({ clientId }) => clientId === id)
  expect(noted.map(({ action, by, details }) => [action, by, details['name']])).toEqual([
    ['client.registered', { ownerId: user.id }, 'Kite'],
    ['client.changed', 'client', 'Lark'],
    ['client.deleted', 'client', 'Lark'],
  ])
  expect(JSON.stringify(noted)).not.toContain(secret)
  expect(JSON.stringify(noted)).not.toMatch(/trg_|trc_/)
})

describe('POST /client, limits (security §10.15)', () => {
  const metadata = { redirect_uris: ['http://127.0.0.1/cb'], token_endpoint_auth_method: 'none' }

  it('20 per user, also when 30 come at once', async () => {
    const user = await rig.user()
    const answers = await Promise.all(
      Array.from({ length: 30 }, () =>
        rig.json('POST', '/client', metadata, { ...user.headers, 'x-forwarded-for': anyNetwork() }),
      ),
    )
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(20)
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(10)
    expect(await rig.clients.listOf(user.id)).toHaveLength(20)
  })

  it('20 in an hour per network, from whichever process', async () => {
    const [one, two] = await Promise.all([createRig(test, { policy: 'open' }), createRig(test, { policy: 'open' })])
    const from = { 'x-forwarded-for': anyNetwork() }
    const answers = await Promise.all(
      Array.from({ length: 26 }, (_, index) => (index % 2 ? one : two).json('POST', '/client', metadata, from)),
    )
    const refused = answers.filter(({ status }) => status === 429)
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(20)
    expect(refused).toHaveLength(6)
    expect(Number(refused[0]?.headers['retry-after'])).toBeGreaterThan(3000)
    expect((await one.json('POST', '/client', metadata, { 'x-forwarded-for': anyNetwork() })).status).toBe(201)
    await test.shift(3601)
    expect((await one.json('POST', '/client', metadata, from)).status).toBe(201)
    await test.shift(0)
    await one.close()
    await two.close()
  })

  it('deletes what nobody registered and nobody used for 30 days, and nothing else', async () => {
    const open = await createRig(test, { policy: 'open' })
    const unused = await open.register({ headers: {} }, metadata)
    const used = await open.register({ headers: {} }, metadata)
    const owned = await open.register(await open.user(), metadata)
    await test.shift(20 * 86_400)
    expect((await open.whoami({ client_id: used.id })).body['id']).toBe(used.id)
    await test.shift(29 * 86_400)
    await open.clients.prune()
    expect(await stored(unused.id)).toBeDefined()
    await test.shift(31 * 86_400)
    await open.clients.prune()
    expect(await stored(unused.id)).toBeUndefined()
    expect(await open.clients.findClient(unused.id)).toBeUndefined()
    expect(await stored(used.id)).toBeDefined()
    expect(await stored(owned.id)).toBeDefined()
    await test.shift(0)
    await open.close()
  })
})
