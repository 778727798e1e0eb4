import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTown, PASSWORD, type Town } from '../people.fixture.ts'

let town: Town
beforeAll(async () => {
  town = await createTown()
})
afterAll(() => town.close())

let nextAddress = 0
/** Each from an address of its own: the limit on haste is not what these tests are about. */
function from() {
  nextAddress += 1
  return { 'x-forwarded-for': `203.0.113.${nextAddress % 250}` }
}
const register = (body: unknown) => town.visitor(from()).json('POST', '/register', body)
const count = async () =>
  (await town.tables.selectFrom('user_account').select('id').where('kind', '=', 'user').execute()).length

describe('POST /register with JSON', () => {
  it('makes a user: 201, sub and name, no cookie and no token', async () => {
    const answer = await register({ username: 'Ana', password: PASSWORD, email: 'ana@example.com' })
    expect(answer.status).toBe(201)
    expect(answer.json).toEqual({
      result: 'succeeded',
      user: { id: expect.stringMatching(/^u_[\w-]{22}$/), username: 'Ana' },
    })
    expect(answer.set).toEqual([])
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
    expect((await town.login('ana')).json['result']).toBe('succeeded')
  })

  it('keeps the password as an Argon2id hash and the e-mail address as unverified', async () => {
    const { json } = await register({ username: 'bo', password: PASSWORD, email: 'Bo@Example.com' })
    const { id } = json['user'] as { id: string }
    const user = await town.accounts.userByPublicId(id)
    expect(user).toMatchObject({ email: 'Bo@Example.com', emailVerified: false, isAdmin: false, profile: {} })
    const row = await town.row(user?.id ?? '')
    expect(row.password_hash).toMatch(/^\$argon2id\$/)
    expect(JSON.stringify(row)).not.toContain(PASSWORD)
  })

  it('a name that is taken, or looks the same, or is reserved: 409 (decision "User names")', async () => {
    await register({ username: 'Strasse', password: PASSWORD })
    for (const username of ['strasse', 'STRASSE', 'Stra\u00dfe', '\uff33trasse', 'admin', 'Root', 'tri.vet']) {
      const before = await count()
      const answer = await register({ username, password: PASSWORD })
      expect(answer.status, username).toBe(409)
      expect(answer.json).toMatchObject({ result: 'failed', error: 'username_taken' })
      expect(await count()).toBe(before)
    }
  })

  it('e-mail addresses are not told: two people may give the same one (decision "User names")', async () => {
    for (const username of ['mail-one', 'mail-two']) {
      expect((await register({ username, password: PASSWORD, email: 'same@example.com' })).status).toBe(201)
    }
  })

  it('a weak password, a bad name or address: 422 that says what is wrong', async () => {
    const weak = { result: 'failed', error: 'password_weak', message: expect.stringContaining('at least 8') }
    expect(await register({ username: 'cy', password: 'short' })).toMatchObject({ status: 422, json: weak })
    expect((await register({ username: 'cy', password: 'password123' })).json['error']).toBe('password_weak')
    expect((await register({ username: 'long-name', password: 'Long-Name' })).json['error']).toBe('password_weak')
    const name = { result: 'failed', error: 'username_invalid' }
    expect(await register({ username: 'c y', password: PASSWORD })).toMatchObject({ status: 422, json: name })
    const email = { result: 'failed', error: 'email_invalid' }
    expect(await register({ username: 'cy', password: PASSWORD, email: 'a@b.c, d@e.f' })).toMatchObject({
      status: 422,
      json: email,
    })
  })

  it('nobody becomes an administrator by registering, nor sets anything else (security §10.11, §9.15)', async () => {
    const extra = {
      is_admin: true,
      isAdmin: true,
      kind: 'guest',
      public_id: 'u_mine',
      email_verified: true,
      sub: 'u_mine',
    }
    const { json } = await register({ username: 'dee', password: PASSWORD, ...extra })
    const user = await town.accounts.userByPublicId((json['user'] as { id: string }).id)
    expect(user).toMatchObject({ isAdmin: false, emailVerified: false })
    expect(user?.publicId).not.toBe('u_mine')
  })

  it.each([
    ['a client', { redirect_uris: ['https://app.example/cb'], client_name: 'App' }],
    ['a client without a name', { redirect_uris: [] }],
  ])('%s that looked for registration here is sent to /client (RFC 7591)', async (_title, body) => {
    const answer = await register(body)
    expect(answer.status).toBe(400)
    expect(answer.json['error']).toBe('invalid_client_metadata')
    expect(answer.json['error_description']).toContain('/client')
  })

  it('with a username, redirect_uris is an unknown member like others', async () => {
    expect((await register({ username: 'ed', password: PASSWORD, redirect_uris: [] })).status).toBe(201)
  })

  it.each([
    ['nothing', '{}'],
    ['no password', '{"username":"x"}'],
    ['a number', '{"username":1,"password":"x"}'],
    ['an e-mail address that is no text', `{"username":"eve","password":"${PASSWORD}","email":{"a":1}}`],
    ['null', 'null'],
    ['an array', '[]'],
    ['NUL', `{"username":"a\\u0000","password":"${PASSWORD}"}`],
    ['half a surrogate pair', `{"username":"abc","password":"${PASSWORD}\\ud83d"}`],
    ['a prototype', `{"__proto__":{"username":"proto"},"password":"${PASSWORD}"}`],
    ['10,000 levels', `${'['.repeat(10_000)}${']'.repeat(10_000)}`],
  ])('of %s is a 4xx, and no user', async (_title, body) => {
    const before = await count()
    const { status } = await register(body)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(500)
    expect(await count()).toBe(before)
  })

  it.each(['text/plain', 'application/jsonp'])('is 415 for %s', async (type) => {
    const answer = await town
      .visitor()
      .json('POST', '/register', { username: 'x1', password: PASSWORD }, { 'content-type': type })
    expect(answer.status).toBe(415)
  })

  it('one name by fifty at once is one user', async () => {
    const before = await count()
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => register({ username: n % 2 ? 'race' : 'RACE', password: PASSWORD })),
    )
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(49)
    expect(await count()).toBe(before + 1)
  })

  it('a hundred from one address, then 429 with Retry-After', async () => {
    const one = town.visitor({ 'x-forwarded-for': '198.51.100.77' })
    let last = await one.json('POST', '/register', {})
    for (let n = 1; n <= 100 && last.status !== 429; n += 1) last = await one.json('POST', '/register', {})
    expect(last.status).toBe(429)
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0)
  })
})

describe('the form', () => {
  it('makes a user and signs in, 303', async () => {
    const browser = town.visitor()
    const answer = await browser.submit('/register', { username: 'Fay', password: PASSWORD, email: '' })
    expect(answer).toMatchObject({ status: 303, location: '/account' })
    expect(await browser.who()).toMatchObject({ kind: 'user', user: { username: 'Fay', amr: ['pwd'] } })
    expect((await browser.get('/account')).body).toContain('new account')
  })

  it('goes on with the request of an app (prompt=create), also by the links between the two pages', async () => {
    const id = '0123456789abcdef'
    const { body } = await town.visitor().get(`/login?interaction=${id}&return_to=/runs`)
    expect(body).toContain(`href="/register?interaction=${id}&amp;return_to=%2Fruns"`)
    const page = `/register?interaction=${id}`
    expect((await town.visitor().get(page)).body).toContain(`href="/login?interaction=${id}"`)
    const done = await town
      .visitor()
      .submit('/register', { username: 'gus', password: PASSWORD, interaction: id }, page)
    expect(done.location).toBe(`/authorize?interaction=${id}`)
    const cancelled = await town.visitor().submit('/register', { cancel: 'yes', interaction: id }, page)
    expect(cancelled.location).toBe(`/authorize?interaction=${id}&login=cancelled`)
  })

  it('says all that is wrong at once, beside the fields, and keeps what was typed but the password', async () => {
    const typed = { username: 'a b', password: 'short12', email: 'x' }
    const { status, body } = await town.visitor().submit('/register', typed)
    expect(status).toBe(422)
    for (const field of ['username', 'password', 'email']) {
      expect(body).toContain(`href="#${field}"`)
      expect(body).toContain(`id="${field}-error"`)
    }
    expect(body).toContain('3 things to mend')
    expect(body).toContain('value="a b"')
    expect(body).not.toContain('short12')
    expect((await town.visitor().submit('/register', { username: 'fay', password: PASSWORD })).status).toBe(409)
  })

  it('is not sent by a page of somebody else (security §6)', async () => {
    const browser = town.visitor()
    const before = await count()
    const answer = await browser.post('/register', { username: 'forged', password: PASSWORD })
    expect(answer.status).toBe(403)
    const csrf = await browser.csrfOf('/register')
    const sent = { username: 'forged', password: PASSWORD, csrf }
    expect((await browser.post('/register', sent, { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect(await count()).toBe(before)
    expect(await browser.who()).toBe(null)
  })
})

describe('users made by the operator', () => {
  it('may have a reserved name and be administrators (security §10.11)', async () => {
    const made = await town.accounts.createUser({ username: 'admin', password: PASSWORD, isAdmin: true })
    expect(made).toMatchObject({ user: { username: 'admin', isAdmin: true } })
    expect(await (await town.signedIn('admin')).who()).toMatchObject({ user: { isAdmin: true } })
    const again = await town.accounts.createUser({ username: 'Admin', password: PASSWORD, isAdmin: true })
    expect(again).toMatchObject({ errors: [{ code: 'username_taken' }] })
  })

  it('choose a password that is none of the common ones as well', async () => {
    const made = await town.accounts.createUser({ username: 'boss', password: 'password1', isAdmin: true })
    expect(made).toMatchObject({ errors: [{ code: 'password_weak' }] })
  })
})
