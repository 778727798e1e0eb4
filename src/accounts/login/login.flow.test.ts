import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTown, PASSWORD, type Town } from '../people.fixture.ts'

const FAILED = { result: 'failed', token: null }
const ID = 'a1B2-c3_D4e5F6g7H8i9J0'

let town: Town
beforeAll(async () => {
  town = await createTown()
})
beforeEach(async () => {
  await town.tables.deleteFrom('login_failure').execute()
})
afterAll(() => town.close())

describe('POST /login with JSON (the API document)', () => {
  it('gives a token for the right password, which speaks for the user', async () => {
    const user = await town.user()
    const answer = await town.login(user.username)
    expect(answer).toMatchObject({ status: 200, json: { result: 'succeeded', token: expect.any(String) } })
    expect(Object.keys(answer.json)).toEqual(['result', 'token'])
    const bearer = await town.visitor({ authorization: `Bearer ${answer.json['token']}` }).get('/bearer')
    expect(JSON.parse(bearer.body).user).toMatchObject({ id: user.id, publicId: user.publicId, amr: ['pwd'] })
  })

  it('takes the name as people write it: spaces around it, other letters of the same name (§11.8)', async () => {
    await town.user('Zo\u00eb')
    for (const written of ['ZO\u00cb', ' zo\u00eb ', 'zoe\u0308']) {
      expect((await town.login(written)).json['result']).toBe('succeeded')
    }
  })

  it('answers a wrong password and an unknown name alike, 200 with the same bytes (ASVS 6.3.8)', async () => {
    const { username } = await town.user()
    const answers = [await town.login(username, 'a wrong one'), await town.login('nobody-here', 'a wrong one')]
    for (const { status, body, json, headers } of answers) {
      expect({ status, json }).toEqual({ status: 200, json: FAILED })
      expect(body).toBe(answers[0]?.body)
      expect([...headers.keys()]).toEqual([...(answers[0]?.headers.keys() ?? [])])
    }
  })

  it('takes as long for an unknown name as for a known one', async () => {
    const users = await Promise.all(Array.from({ length: 9 }, () => town.user()))
    const [known, unknown]: [number[], number[]] = [[], []]
    const time = async (name: string) => {
      const begun = performance.now()
      await town.login(name, 'a wrong one')
      return performance.now() - begun
    }
    for (const { username } of users) {
      known.push(await time(username))
      unknown.push(await time(`no-${username}`))
    }
    const median = (list: number[]) => list.sort((a, b) => a - b)[4] ?? 0
    expect(median(unknown) / median(known)).toBeGreaterThan(0.5)
    expect(median(unknown) / median(known)).toBeLessThan(2)
  })

  it('sets no cookie, reads none, is not to be stored, and has no CORS (security §11.4, §11.9)', async () => {
    const { username } = await town.user()
    const other = await town.signedIn((await town.user()).username)
    const answer = await other.json(
      'POST',
      '/login',
      { username, password: PASSWORD },
      { origin: 'https://evil.example' },
    )
    expect(answer.json['result']).toBe('succeeded')
    expect(answer.set).toEqual([])
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
    expect((await other.who())?.user?.username).not.toBe(username)
    const preflight = await fetch(`${town.publicUrl}/login`, {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    })
    expect(preflight.ok).toBe(false)
  })

  it.each([
    'text/plain',
    'text/plain; application/json',
    'multipart/form-data; boundary=x',
    'application/xml',
    'application/jsonx',
    '',
  ])('is 415 for Content-Type %j, with the right password in it (security §11.4: form CORS)', async (type) => {
    const { username } = await town.user()
    const answer = await fetch(`${town.publicUrl}/login`, {
      method: 'POST',
      body: new Blob([JSON.stringify({ username, password: PASSWORD })]),
      headers: { ...(type === '' ? {} : { 'content-type': type }), accept: 'application/json' },
    })
    expect(answer.status).toBe(415)
    expect(answer.headers.getSetCookie()).toEqual([])
  })

  it.each([
    ['nothing', '{}'],
    ['a number', '{"username":1,"password":"x"}'],
    ['a list', '{"username":["ana"],"password":"x"}'],
    ['null', 'null'],
    ['a text', '"ana"'],
    ['an array', '[{"username":"ana","password":"x"}]'],
    ['broken JSON', '{"username":'],
    ['NUL', '{"username":"a\\u0000","password":"x"}'],
    ['half a surrogate pair', '{"username":"a\\ud83d","password":"x"}'],
    ['a prototype', '{"__proto__":{"username":"ana","password":"x"}}'],
    ['10,000 levels', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`],
    ['70 kB', JSON.stringify({ username: 'ana', password: 'x'.repeat(70_000) })],
  ])('of %s is a 4xx and no 500', async (_title, body) => {
    const { status } = await town.visitor().json('POST', '/login', body)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(500)
  })

  it('of a name or a password that nobody can have is a failure like any other', async () => {
    for (const [name, password] of [
      ['', ''],
      ['x'.repeat(5000), 'x'],
      ['ana', 'x'.repeat(5000)],
      ["' or 1=1 --", 'x'],
    ]) {
      expect((await town.login(name, password)).json).toEqual(FAILED)
    }
  })

  it('is not open to guests, to who is disabled, or to who is being deleted', async () => {
    for (const state of ['disabled_at', 'erasing_at'] as const) {
      const user = await town.user()
      await town.tables
        .updateTable('user_account')
        .set({ [state]: new Date() })
        .where('id', '=', user.id)
        .execute()
      expect((await town.login(user.username)).json).toEqual(FAILED)
    }
  })

  it('can be switched off: TRIVET_PASSWORD_API', async () => {
    const closed = await createTown({ passwordApi: false })
    const { username } = await closed.user()
    expect((await closed.login(username)).status).toBe(404)
    expect(await (await closed.signedIn(username)).who()).toMatchObject({ kind: 'user' })
    await closed.close()
  })

  it('tells who is busy: 503 with Retry-After when too many wait, and goes on afterwards', async () => {
    const { username } = await town.user()
    const answers = await Promise.all(Array.from({ length: 180 }, () => town.login(username)))
    const statuses = new Set(answers.map(({ status }) => status))
    expect([...statuses].sort()).toEqual([200, 503])
    const busy = answers.find(({ status }) => status === 503)
    expect(busy?.json['code']).toBe('too_busy')
    expect(busy?.headers.get('retry-after')).toBe('2')
    expect((await town.login(username)).json['result']).toBe('succeeded')
  })
})

describe('the password', () => {
  it('is in no line of the log, no row and no answer, nor is a name that nobody has (it may be a password)', async () => {
    const { username } = await town.user()
    await town.login(username, 'typed-secret-1')
    await town.login('typed-secret-2', 'typed-secret-3')
    const page = await town.visitor().submit('/login', { username, password: 'typed-secret-4' })
    const rows = [
      await town.tables.selectFrom('login_failure').selectAll().execute(),
      await town.tables.selectFrom('login_event').selectAll().execute(),
    ]
    for (const text of [town.logged(), JSON.stringify(rows), page.body]) expect(text).not.toContain('typed-secret')
    expect(JSON.stringify(rows)).not.toContain(createHash('sha256').update('typed-secret-2').digest('hex'))
  })

  it('of an older cost is hashed anew at the next sign-in', async () => {
    const user = await town.user()
    const { argon2Sync } = await import('node:crypto')
    const salt = Buffer.alloc(16, 7)
    const cost = { memory: 7168, passes: 5, parallelism: 1 }
    const tag = argon2Sync('argon2id', { message: PASSWORD, nonce: salt, tagLength: 32, ...cost })
    const plain = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '')
    const old = `$argon2id$v=19$m=7168,t=5,p=1$${plain(salt)}$${plain(tag)}`
    await town.tables.updateTable('user_account').set({ password_hash: old }).where('id', '=', user.id).execute()
    expect((await town.login(user.username, 'wrong one')).json).toEqual(FAILED)
    expect((await town.row(user.id)).password_hash).toBe(old)
    expect((await town.login(user.username)).json['result']).toBe('succeeded')
    expect((await town.row(user.id)).password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    expect((await town.login(user.username)).json['result']).toBe('succeeded')
  })
})

describe('the form', () => {
  it('has the ids that are fixed, works without JavaScript, and loads nothing of others (RFC 9700: A16)', async () => {
    const { body, headers } = await town.visitor().get(`/login?interaction=${ID}`)
    for (const id of ['username', 'password', 'login-submit', 'login-cancel']) expect(body).toContain(`id="${id}"`)
    expect(body.match(/<h1/g)).toHaveLength(1)
    expect(body).toMatch(/<form[^>]* method="post"/)
    expect(body).toContain(`name="interaction" value="${ID}"`)
    // The one script is for passkeys, whose button is hidden without it.
    expect(body.match(/<script[^>]*>/g)).toEqual(['<script type="module" src="/assets/passkey.js">'])
    expect(body).toContain('<passkey-sign-in hidden ')
    expect(body).not.toMatch(/(src|href)="https?:/)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('referrer-policy')).toBe('same-origin')
    expect(headers.get('x-frame-options')).toBe('DENY')
    // Chromium applies form-action to every redirect hop, and the last one is the app.
    expect(headers.get('content-security-policy')).not.toContain('form-action')
  })

  it('signs in: 303, a session of the user, HttpOnly and Lax (RFC 9700 §4.12; security §6)', async () => {
    const user = await town.user()
    const browser = town.visitor()
    const answer = await browser.submit('/login', { username: user.username, password: PASSWORD })
    expect(answer).toMatchObject({ status: 303, location: '/account' })
    const cookie = answer.set.find((one) => one.startsWith(`${town.cookies.session.name}=`))
    expect(cookie?.split('; ').slice(1).sort()).toEqual(['HttpOnly', 'Max-Age=2592000', 'Path=/', 'SameSite=Lax'])
    expect(await browser.who()).toMatchObject({
      ownerId: user.id,
      kind: 'user',
      user: { publicId: user.publicId, username: user.username, isAdmin: false, amr: ['pwd'] },
    })
  })

  it('goes on with the request of an app: back to /authorize, or there with the word that it was cancelled', async () => {
    const { username } = await town.user()
    const way = { interaction: ID }
    const good = await town.visitor().submit('/login', { username, password: PASSWORD, ...way })
    expect(good.location).toBe(`/authorize?interaction=${ID}`)
    const cancelled = await town.visitor().submit('/login', { cancel: 'yes', ...way })
    expect(cancelled).toMatchObject({ status: 303, location: `/authorize?interaction=${ID}&login=cancelled`, set: [] })
  })

  it('goes back to a page of ours only (security §6)', async () => {
    const { username } = await town.user()
    const land = async (return_to: string) =>
      (await town.visitor().submit('/login', { username, password: PASSWORD, return_to })).location
    expect(await land('/runs?x=1')).toBe('/runs?x=1')
    for (const evil of [
      '//evil.example',
      '/\\evil.example',
      'https://evil.example',
      `${town.publicUrl}@evil.example`,
    ]) {
      expect(await land(evil)).toBe('/account')
    }
    const page = await town.visitor().get('/login?return_to=//evil.example/x&interaction=%22%3E%3Cb%3E')
    expect(page.body).not.toContain('evil.example')
    expect(page.body).not.toContain('<b>')
  })

  it('says the same for a wrong password and an unknown name, keeps the name and not the password', async () => {
    const { username } = await town.user()
    const wrong = await town.visitor().submit('/login', { username, password: 'wrong-one-1' })
    const unknown = await town.visitor().submit('/login', { username: 'nobody-2', password: 'wrong-one-1' })
    const words = (body: string, name: string) =>
      body.replaceAll(name, 'NAME').replaceAll(/name="csrf" value="[^"]+"|data-options="[^"]+"/g, '')
    expect([wrong.status, unknown.status]).toEqual([422, 422])
    expect(words(wrong.body, username)).toBe(words(unknown.body, 'nobody-2'))
    expect(wrong.body).toContain('The username or the password is wrong.')
    expect(wrong.body).toContain(`value="${username}"`)
    expect(wrong.set.filter((cookie) => cookie.startsWith(`${town.cookies.session.name}=`))).toEqual([])
  })

  it('says at each field what is missing, and counts no attempt', async () => {
    const { body, status } = await town.visitor().submit('/login', { username: ' ', password: '' })
    expect(status).toBe(422)
    expect(body).toContain('href="#username"')
    expect(body).toContain('aria-describedby="password-error"')
    expect(await town.tables.selectFrom('login_failure').selectAll().execute()).toEqual([])
  })

  it('shows what was typed as text, never as markup', async () => {
    const { body } = await town.visitor().submit('/login', { username: '"><script>x</script>', password: 'x' })
    expect(body).not.toContain('<script>x')
    const hinted = await town.visitor().get('/login?interaction=0123456789abcdef&login_hint=%22%3E%3Cscript%3E')
    expect(hinted.body).not.toContain('<script>')
    expect((await town.visitor().get('/login?login_hint=ana')).body).toContain('value="ana"')
  })

  it('is not shown to who is signed in, unless an app or a page asks who it is', async () => {
    const { username } = await town.user()
    const browser = await town.signedIn(username)
    expect(await browser.get('/login')).toMatchObject({ status: 303, location: '/account' })
    expect((await browser.get('/login?return_to=/runs')).location).toBe('/runs')
    for (const query of [`interaction=${ID}`, 'prompt=login']) {
      const page = await browser.get(`/login?${query}`)
      expect(page.status).toBe(200)
      expect(page.body).toContain(`value="${username}"`)
    }
  })
})

describe('login CSRF (security §6: nobody is signed in as somebody else by a page of somebody else)', () => {
  const credentials = async () => ({ username: (await town.user()).username, password: PASSWORD })

  it.each([
    ['no token', () => ({})],
    ['an empty one', () => ({ csrf: '' })],
    ['one that is made up', () => ({ csrf: 'A'.repeat(43) })],
  ])('with %s the form comes again, filled, and nobody is signed in', async (_title, fields) => {
    const browser = town.visitor()
    await browser.get('/login')
    const { username, password } = await credentials()
    const answer = await browser.post('/login', { username, password, ...fields() })
    expect(answer.status).toBe(403)
    expect(answer.body).toContain(`value="${username}"`)
    expect(answer.body).not.toContain(password)
    expect(await browser.who()).toBe(null)
  })

  it('with the token of the attacker’s own browser it is the same', async () => {
    const csrf = await town.visitor().csrfOf('/login')
    const victim = town.visitor()
    await victim.get('/login')
    expect((await victim.post('/login', { ...(await credentials()), csrf })).status).toBe(403)
    expect(await victim.who()).toBe(null)
  })

  it('with the right token, but sent by another site, too; Cancel as well', async () => {
    const browser = town.visitor()
    const csrf = await browser.csrfOf('/login')
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://evil.example' },
    ]) {
      expect((await browser.post('/login', { ...(await credentials()), csrf }, headers)).status).toBe(403)
      expect((await browser.post('/login', { cancel: 'yes', csrf, interaction: ID }, headers)).status).toBe(403)
    }
    expect(await browser.who()).toBe(null)
    expect((await browser.post('/login', { ...(await credentials()), csrf }, { origin: 'null' })).status).toBe(303)
  })

  it('the form that came again works', async () => {
    const browser = town.visitor()
    const fields = await credentials()
    const { body } = await browser.post('/login', fields)
    const csrf = /name="csrf" value="([^"]+)"/.exec(body)?.[1] ?? ''
    expect((await browser.post('/login', { ...fields, csrf })).status).toBe(303)
  })
})

describe('what happened', () => {
  it('is in the log of the user: outcome, way, address and program, never the password', async () => {
    const user = await town.user()
    const from = { 'x-forwarded-for': '192.0.2.44', 'user-agent': 'curl/8\u00e9' }
    await town.login(user.username, 'wrong one', from)
    await town.login(user.username, PASSWORD, from)
    const browser = await town.signedIn(user.username)
    await browser.submit('/logout', {}, '/logout')
    const events = await town.tables
      .selectFrom('login_event')
      .select(['outcome', 'method', 'address', 'user_agent'])
      .where('owner_id', '=', user.id)
      .orderBy('id')
      .execute()
    expect(events.map(({ outcome, method }) => `${outcome} ${method}`)).toEqual([
      'failed password_api',
      'succeeded password_api',
      'succeeded password',
      'logged_out session',
    ])
    expect(events[0]).toMatchObject({ address: '192.0.2.44', user_agent: expect.stringContaining('curl/8') })
  })

  it('is noted for unknown names as well, as nobody’s: the same rows are written either way', async () => {
    const count = async () =>
      (await town.tables.selectFrom('login_event').select('id').where('owner_id', 'is', null).execute()).length
    const before = await count()
    await town.login('nobody-at-all', 'wrong one')
    expect(await count()).toBe(before + 1)
  })

  it('makes the user online and moves the operation time (the API document)', async () => {
    const user = await town.user()
    const before = await town.row(user.id)
    expect(before.online_until).toBe(null)
    await town.shift(3600)
    await town.login(user.username)
    const after = await town.row(user.id)
    await town.shift(0)
    expect(after.operated_at.getTime() - before.operated_at.getTime()).toBeGreaterThan(3590_000)
    expect(Number(after.online_until) - after.operated_at.getTime()).toBe(300_000)
  })
})
