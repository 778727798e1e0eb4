import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTown, type Town } from '../people.fixture.ts'

let town: Town
beforeAll(async () => {
  town = await createTown()
})
afterAll(() => town.close())

async function bearer() {
  const user = await town.user()
  const token = String((await town.login(user.username)).json['token'])
  const browser = town.visitor({ authorization: `Bearer ${token}` })
  const get = async () => JSON.parse((await browser.get('/api/account', { accept: 'application/json' })).body)
  return { user, get, patch: (body: unknown) => browser.json('PATCH', '/api/account', body) }
}

describe('/api/account by login token', () => {
  it('gives what apps may be told, and the sub', async () => {
    const { user, get } = await bearer()
    expect(await get()).toEqual({
      sub: user.publicId,
      preferred_username: user.username,
      updated_at: expect.any(Number),
    })
  })

  it('changes what is sent and leaves the rest; null or empty takes away', async () => {
    const { patch, get } = await bearer()
    await patch({
      name: 'Ana',
      nickname: 'An',
      email: 'ana@example.com',
      address: { locality: 'Paris', country: 'France' },
    })
    const answer = await patch({ nickname: null, website: 'https://a.example/', address: { country: '' } })
    expect(answer.status).toBe(200)
    expect(answer.json).toMatchObject({ name: 'Ana', website: 'https://a.example/', email: 'ana@example.com' })
    expect(answer.json['address']).toEqual({ locality: 'Paris', formatted: 'Paris' })
    expect(answer.json).not.toHaveProperty('nickname')
    expect(await get()).toEqual(answer.json)
    expect((await patch({ address: null })).json).not.toHaveProperty('address')
  })

  it('takes nothing that somebody else vouches for (mass assignment, CVE-2026-27946)', async () => {
    const { user, patch } = await bearer()
    const before = await town.row(user.id)
    const { status } = await patch({
      ...{ sub: 'u_x', email_verified: true, phone_number_verified: true, is_admin: true, username: 'root', id: 'x' },
      ...{ preferred_username: 'root', profile_: 1, owner_id: 'x', password: 'x', password_hash: 'x', updated_at: 1 },
    })
    expect(status).toBe(200)
    const { updated_at: _at, operated_at: _op, online_until: _on, ...rest } = await town.row(user.id)
    expect(before).toMatchObject(rest)
  })

  it.each([
    ['a number', { name: 1 }],
    ['a list', { name: ['Ana'] }],
    ['an object', { email: { $ne: '' } }],
    ['a link that runs', { website: 'javascript:alert(1)' }],
    ['two addresses', { email: 'a@b.example, c@d.example' }],
    ['a number in the address', { address: { locality: 7 } }],
  ])('%s is 422 and saves nothing, also of the rest', async (_title, body) => {
    const { user, patch } = await bearer()
    const answer = await patch({ nickname: 'An', ...body })
    expect(answer.status).toBe(422)
    expect(answer.json).toMatchObject({ code: 'profile_invalid', errors: [{ field: expect.any(String) }] })
    expect((await town.row(user.id)).profile).toEqual({})
  })

  it.each(['null', '[]', '"x"', '1', '{}'])('%s changes nothing', async (body) => {
    const { user, patch } = await bearer()
    expect((await patch(body)).status).toBe(200)
    expect((await town.row(user.id)).profile).toEqual({})
  })
})

describe('/api/account by session', () => {
  it('is for a page of ours: JSON, and not from another site', async () => {
    const user = await town.user()
    const browser = await town.signedIn(user.username)
    const patch = (headers: Record<string, string>) => browser.json('PATCH', '/api/account', { name: 'Ana' }, headers)
    expect((await patch({ 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect((await patch({ origin: 'https://evil.example' })).status).toBe(403)
    expect((await patch({ origin: 'null' })).status).toBe(403)
    expect((await patch({ 'content-type': 'text/plain' })).status).toBe(415)
    expect((await town.row(user.id)).profile).toEqual({})
    expect((await patch({ 'sec-fetch-site': 'same-origin' })).json['name']).toBe('Ana')
  })

  it('is nobody’s without one: 401 that says what would do (RFC 9110 §11.6.1); a guest is nobody', async () => {
    const browser = town.visitor()
    for (const _ of ['visitor', 'guest']) {
      const answer = await browser.get('/api/account', { accept: 'application/json' })
      expect(answer.status).toBe(401)
      expect(answer.headers.get('www-authenticate')).toContain('Bearer')
      await browser.post('/act', {})
    }
  })
})

describe('an e-mail address sent to /api/account (ASVS 5.0, 7.5.1)', () => {
  it('with a login token older than five minutes is refused (RFC 9470 §3), and says what to do; other members are taken', async () => {
    let ago = 301_000
    const old = await createTown({ clock: { now: () => new Date(Date.now() - ago) } })
    const user = await old.user()
    const token = String((await old.login(user.username)).json['token'])
    ago = 0
    const browser = old.visitor({ authorization: `Bearer ${token}` })
    const refused = await browser.json('PATCH', '/api/account', { email: 'eve@example.com', name: 'Eve' })
    expect([refused.status, refused.json['code']]).toEqual([401, 'login_token_too_old'])
    expect(refused.headers.get('www-authenticate')).toBe(
      'Bearer realm="trivet", error="insufficient_user_authentication", max_age="300"',
    )
    expect(await old.accounts.user(user.id)).toMatchObject({ email: null, profile: {} })
    expect((await browser.json('PATCH', '/api/account', { name: 'Ana' })).status).toBe(200)
    await old.close()
  })

  it('with a session whose sign-in is older than five minutes likewise', async () => {
    const user = await town.user()
    const browser = await town.signedIn(user.username)
    const patch = (email: string) => browser.json('PATCH', '/api/account', { email })
    expect((await patch('ana@example.com')).status).toBe(200)
    await town.shift(301)
    expect(await patch('eve@example.com')).toMatchObject({ status: 403, json: { confirm_url: '/account/confirm' } })
    await town.shift(0)
    expect((await town.accounts.user(user.id))?.email).toBe('ana@example.com')
  })
})
