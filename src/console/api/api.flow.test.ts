import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createOffice, type Office } from '../office.fixture.ts'

let office: Office
let api: Awaited<ReturnType<Office['administrator']>>['api']
let self: string
beforeAll(async () => {
  office = await createOffice()
  const administrator = await office.administrator('chief')
  api = administrator.api
  self = administrator.person.publicId
})
afterAll(() => office.close())

describe('apps', () => {
  async function app(name: string, uri = 'https://app.example/cb') {
    const { client } = await office.clients.register(
      { kind: 'admin', ownerId: null },
      { client_name: name, redirect_uris: [uri], token_endpoint_auth_method: 'none' },
    )
    return client.id
  }
  type Listed = { clients: { client_id: string; name: string }[]; next: string | null }
  const list = async (query: Record<string, string>) =>
    (await api('GET', `/api/admin/clients?${new URLSearchParams(query)}`)).json as Listed

  it('are listed the newest first, in pages, and found by name, id and redirect address', async () => {
    const ids = [await app('Page one'), await app('Page two'), await app('Page three')]
    const first = await list({ search: 'page ', limit: '2' })
    expect(first.clients.map(({ client_id }) => client_id)).toEqual([ids[2], ids[1]])
    const second = await list({ search: 'page ', limit: '2', after: first.next ?? '' })
    expect(second).toMatchObject({ clients: [{ client_id: ids[0] }], next: null })
    const shop = await app('Shop', 'https://shop.example/back')
    expect((await list({ search: 'SHOP.example/b' })).clients).toMatchObject([{ client_id: shop }])
    expect((await list({ search: shop })).clients).toMatchObject([{ client_id: shop }])
    expect((await list({ search: 'page ', state: 'verified' })).clients).toEqual([])
  })

  it('verified, no longer, switched off, on again, deleted: each works at once and is in the log', async () => {
    const id = await app('Changing')
    const path = `/api/admin/clients/${id}`
    expect((await api('PATCH', path, { is_verified: true })).json).toMatchObject({ is_verified: true })
    expect((await office.clients.findClient(id))?.isVerified).toBe(true)
    expect((await list({ state: 'verified' })).clients.map(({ client_id }) => client_id)).toEqual([id])
    expect((await api('PATCH', path, { is_verified: false, is_disabled: true })).json).toMatchObject({
      ...{ is_verified: false, is_disabled: true },
    })
    expect(await office.clients.findClient(id)).toBeUndefined()
    expect((await list({ state: 'disabled' })).clients.map(({ client_id }) => client_id)).toEqual([id])
    expect((await api('PATCH', path, { is_disabled: false })).status).toBe(200)
    expect(await office.clients.findClient(id)).toBeDefined()
    expect((await api('DELETE', path)).status).toBe(204)
    expect((await api('GET', path)).json).toMatchObject({ status: 404, code: 'client_not_found' })
    const events = await office.events(id)
    // Two of them are of one moment.
    const same = events.splice(2, 2).sort()
    expect([...events, ...same]).toEqual([
      ...['client.deleted', 'client.enabled', 'client.verified', 'client.disabled', 'client.unverified'],
    ])
  })

  it('a change for what was read: an app that is another one since stays as it is', async () => {
    const id = await app('Read before')
    const path = `/api/admin/clients/${id}`
    const { client } = (await api('GET', path)).json as { client: { updated_at: string } }
    const vouch = { is_verified: true, updated_at: client.updated_at }
    expect(
      (await api('PATCH', path, { is_verified: true, updated_at: '2026-01-01T00:00:00.000Z' })).json,
    ).toMatchObject({ status: 409, code: 'client_changed' })
    expect((await api('PATCH', path, vouch)).json).toMatchObject({ is_verified: true })
    expect((await api('PATCH', path, { ...vouch, is_verified: false })).status).toBe(409)
    expect((await api('PATCH', path, { updated_at: client.updated_at })).status).toBe(422)
    expect(await office.events(id)).toEqual(['client.verified'])
  })

  it('one is registered with the rights of an administrator; the secret is shown once, and not logged', async () => {
    const body = { client_name: 'Made here', redirect_uris: ['https://made.example/cb'], consent_required: false }
    const { status, json } = await api('POST', '/api/admin/clients', body)
    expect(status).toBe(201)
    const { client_id: id, client_secret: secret } = json
    expect(secret).toMatch(/^trc_/)
    const shown = await api('GET', `/api/admin/clients/${id}`)
    expect(shown.json).toMatchObject({ owner: null, client: { metadata: { consent_required: false } } })
    expect(shown.text).not.toContain(secret)
    expect(await office.events(String(id))).toEqual(['client.registered'])
    const events = JSON.stringify(await office.accounts.audit.list({ most: 50 }))
    for (const text of [events, office.logged()]) expect(text).not.toContain(secret)
  })

  it('a registration that the specifications refuse is refused by their words', async () => {
    const { status, json } = await api('POST', '/api/admin/clients', { redirect_uris: ['http://app.example/cb'] })
    expect({ status, code: json['code'] }).toEqual({ status: 422, code: 'client_metadata_invalid' })
    expect(json['detail']).toContain('invalid_redirect_uri')
  })

  it('whose it is, is said by the id that everybody may know', async () => {
    const person = await office.user('owner-of-app')
    const { client } = await office.clients.register(
      { kind: 'admin', ownerId: person.id },
      { redirect_uris: ['https://app.example/cb'] },
    )
    const { json, text } = await api('GET', `/api/admin/clients/${client.id}`)
    expect(json['owner']).toEqual({ id: person.publicId, username: 'owner-of-app' })
    expect(text).not.toContain(person.id)
  })

  it('an id that is an address is one segment of the path, percent-encoded', async () => {
    const id = encodeURIComponent('https://app.example/client.json')
    expect((await api('GET', `/api/admin/clients/${id}`)).json).toMatchObject({ code: 'client_not_found' })
  })

  it('nothing else can be set (mass assignment, security §11.11)', async () => {
    const id = await app('Plain')
    for (const more of [{ registered_by: 'admin' }, { owner_id: self }, { secret_hash: 'x' }, { metadata: {} }]) {
      expect((await api('PATCH', `/api/admin/clients/${id}`, { is_verified: true, ...more })).status).toBe(422)
    }
    expect((await api('PATCH', `/api/admin/clients/${id}`, {})).status).toBe(422)
    expect((await office.clients.findClient(id))?.isVerified).toBe(false)
  })
})

describe('keys', () => {
  it('a successor is published, once, and it is in the log; nothing private is shown', async () => {
    const before = (await api('GET', '/api/admin/keys')).json['keys'] as { alg: string }[]
    expect(before.map(({ alg }) => alg).sort()).toEqual(['ES256', 'RS256'])
    const { json, text } = await api('POST', '/api/admin/keys/rotate', { alg: 'ES256' })
    expect(json).toMatchObject({ rotated: true })
    const made = (json['keys'] as { kid: string; state: string }[]).filter(({ state }) => state === 'published')
    expect(made).toHaveLength(1)
    expect((await api('POST', '/api/admin/keys/rotate', { alg: 'ES256' })).json).toMatchObject({ rotated: false })
    expect(await office.events(made[0]?.kid ?? '')).toEqual(['key.rotated'])
    expect(text).not.toMatch(/"(d|p|q|dp|dq|qi|sealed)"/)
    const jwks = (await office.caller()('GET', '/jwks')).json['keys'] as { kid: string }[]
    expect(jwks.map(({ kid }) => kid)).toContain(made[0]?.kid)
  })
})

describe('a key that may have been seen', () => {
  it('ends at once with `now`: it leaves /jwks, its tokens are dead, a new one signs, and it is in the log', async () => {
    // Its own: the token that the other tests call with would be dead.
    const another = await createOffice()
    onTestFinished(() => another.close())
    const person = await another.administrator()
    const before = (await person.api('GET', '/api/admin/keys')).json['keys'] as { kid: string; alg: string }[]
    const { json, status } = await person.api('POST', '/api/admin/keys/rotate', { alg: 'ES256', now: true })
    expect(status).toBe(200)
    const keys = (json['keys'] as { kid: string; alg: string; state: string }[]).filter(({ alg }) => alg === 'ES256')
    expect(keys).toMatchObject([{ state: 'signing' }])
    const jwks = (await another.caller()('GET', '/jwks')).json['keys'] as { kid: string }[]
    const old = before.filter(({ alg }) => alg === 'ES256').map(({ kid }) => kid)
    for (const kid of old) expect(jwks.map((key) => key.kid)).not.toContain(kid)
    // The login token that asked for it was signed with that key, too.
    expect((await person.api('GET', '/api/admin/keys')).status).toBe(401)
    const again = another.caller({ authorization: `Bearer ${await another.tokenOf(person.person)}` })
    expect((await again('GET', '/api/admin/keys')).status).toBe(200)
    const query = new URLSearchParams({ target: keys[0]?.kid ?? '' })
    expect((await again('GET', `/api/admin/audit?${query}`)).json['events']).toMatchObject([
      { action: 'key.replaced', actor: person.person.publicId, details: { alg: 'ES256', ended: old.join(' ') } },
    ])
  })
})

describe('registration tokens', () => {
  const path = '/api/admin/registration-tokens'

  it('one is made, opens POST /client as often as it says, is listed by its hash, and ends', async () => {
    const made = await api('POST', path, { note: 'For the shop', uses: 2, expires_in: 3600 })
    expect(made.status).toBe(201)
    const { id, token } = made.json as { id: string; token: string }
    const register = () =>
      office.caller({ authorization: `Bearer ${token}` })('POST', '/client', {
        redirect_uris: ['https://a.example/cb'],
      })
    expect((await register()).status).toBe(201)
    const listed = await api('GET', path)
    expect(listed.json['registration_tokens']).toMatchObject([{ id, note: 'For the shop', uses_left: 1 }])
    expect(listed.text).not.toContain(token)
    expect((await api('DELETE', `${path}/${id}`)).status).toBe(204)
    expect((await register()).status).toBe(401)
    expect((await api('DELETE', `${path}/${id}`)).json).toMatchObject({ code: 'registration_token_not_found' })
    expect(await office.events(id)).toEqual(['registration_token.deleted', 'registration_token.created'])
    expect(office.logged()).not.toContain(token)
  })
})

describe('the audit log', () => {
  it('says who did what to whom from where, the latest first, in pages', async () => {
    const person = await office.user()
    for (const is_disabled of [true, false, true])
      await api('PATCH', `/api/admin/users/${person.publicId}`, { is_disabled })
    const query = new URLSearchParams({ target: person.publicId, limit: '2' })
    const first = (await api('GET', `/api/admin/audit?${query}`)).json
    expect(first['events']).toMatchObject([
      { action: 'user.disabled', actor: self, actor_name: 'chief', address: '127.0.0.1' },
      { action: 'user.enabled', target: { kind: 'user', id: person.publicId } },
    ])
    query.set('before', String(first['next']))
    const second = (await api('GET', `/api/admin/audit?${query}`)).json
    expect(second).toMatchObject({ events: [{ action: 'user.disabled' }], next: null })
  })

  it('is narrowed down to an action, to all of a noun, and to an actor', async () => {
    const actions = async (query: Record<string, string>) => {
      const { json } = await api('GET', `/api/admin/audit?${new URLSearchParams(query)}`)
      return new Set((json['events'] as { action: string }[]).map(({ action }) => action))
    }
    await api('PATCH', `/api/admin/users/${(await office.user()).publicId}`, { is_disabled: true })
    await api('POST', '/api/admin/keys/rotate', { alg: 'RS256' })
    expect(await actions({ action: 'user.disabled' })).toEqual(new Set(['user.disabled']))
    expect([...(await actions({ action: 'key' }))]).toEqual(['key.rotated'])
    expect([...(await actions({ action: 'ke' }))]).toEqual([])
    expect([...(await actions({ actor: 'u_nobody' }))]).toEqual([])
    expect((await actions({ actor: self })).size).toBeGreaterThan(1)
  })
})

describe('bad input', () => {
  const users = '/api/admin/users'

  it('what is wrong is named, and never a reason for 500', async () => {
    const id = (await office.user()).publicId
    const wrong: [string, string, unknown?][] = [
      ['GET', `${users}?limit=0`],
      ['GET', `${users}?limit=201`],
      ['GET', `${users}?limit=x`],
      ['GET', `${users}?limit=1&limit=2`],
      ['GET', `${users}?state=everybody`],
      ['GET', `${users}?unknown=1`],
      ['GET', `${users}?search=${'x'.repeat(201)}`],
      ['GET', `${users}/not-an-id`],
      ['GET', '/api/admin/audit?before=not-a-uuid'],
      ['PATCH', `${users}/${id}`, { is_disabled: 'true' }],
      ['PATCH', `${users}/${id}`, []],
      ['PATCH', `${users}/${id}`, 'null'],
      ['POST', '/api/admin/keys/rotate', { alg: 'HS256' }],
      ['POST', '/api/admin/registration-tokens', { uses: 1.5 }],
      ['POST', '/api/admin/registration-tokens', { uses: 0 }],
      ['POST', '/api/admin/registration-tokens', { expires_in: 1e12 }],
      ['DELETE', '/api/admin/registration-tokens/short'],
    ]
    for (const [method, path, body] of wrong) {
      const { status, json } = await api(method, path, body)
      expect({ method, path, status, code: json['code'] }).toEqual({
        method,
        path,
        status: 422,
        code: 'admin_request_invalid',
      })
      expect(json['errors']).toEqual(expect.arrayContaining([expect.objectContaining({ message: expect.any(String) })]))
    }
  })

  it('NUL bytes, lone surrogates, __proto__, 10,000-deep JSON, no JSON, forms', async () => {
    const path = `${users}/${(await office.user()).publicId}`
    const statuses = [
      (await api('GET', `${users}?search=%00`)).status,
      (await api('PATCH', path, '{"is_disabled":true,"x":"\\u0000"}')).status,
      (await api('PATCH', path, '{"is_disabled":true,"x":"\\ud800"}')).status,
      (await api('PATCH', path, '{"__proto__":{"is_disabled":true}}')).status,
      (await api('PATCH', path, `{"is_disabled":${'['.repeat(10_000)}${']'.repeat(10_000)}}`)).status,
      (await api('PATCH', path, '{')).status,
    ]
    expect(statuses).toEqual([400, 400, 400, 400, 422, 400])
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    expect((await api('PATCH', path, 'is_disabled=true', form)).status).toBe(415)
    expect((await api('PATCH', path)).status).toBe(415)
  })

  it('a search beyond ASCII finds nobody, and breaks nothing', async () => {
    for (const search of ['%F0%9F%98%80', '%C3%9F', '../../etc', '%27%22%3C%3E']) {
      expect((await api('GET', `${users}?search=${search}`)).status).toBe(200)
    }
  })
})
