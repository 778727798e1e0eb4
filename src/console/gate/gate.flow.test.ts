import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ADMIN_CONTRACTS } from '../contracts/index.ts'
import { createOffice, type Office } from '../office.fixture.ts'

let office: Office
beforeAll(async () => {
  office = await createOffice()
})
afterAll(() => office.close())

const ADDRESSES = ADMIN_CONTRACTS.map(({ method, path }) => ({ method, path: path.replace(':id', 'nobody') }))
const CHANGES = ADDRESSES.filter(({ method }) => method !== 'GET')
const READS = ADDRESSES.filter(({ method }) => method === 'GET')

/** What the gate lets through is answered by what stands behind it, whatever that says. */
const isThrough = ({ status, json }: { status: number; json: Record<string, unknown> }) =>
  status < 400 || (json['code'] !== 'not_found' && ![401, 403].includes(status))

describe('who may call the admin API (security §10.16, §11.3)', () => {
  it('nobody without credentials: 401, and what would open the door (RFC 9110 §11.6.1)', async () => {
    for (const { method, path } of ADDRESSES) {
      const { status, json, headers } = await office.caller()(method, path)
      expect({ method, path, status, code: json['code'] }).toEqual({
        method,
        path,
        status: 401,
        code: 'sign_in_required',
      })
      expect(headers.get('www-authenticate')).toContain('Bearer')
    }
  })

  it('no user who is no administrator, by session or by login token: there is nothing here', async () => {
    const person = await office.user()
    const browser = await office.browserOf(person)
    const csrf = await browser.csrf('/account')
    const bySession = { cookie: [...browser.cookies].map((pair) => pair.join('=')).join('; '), 'x-csrf-token': csrf }
    for (const headers of [bySession, { authorization: `Bearer ${await office.tokenOf(person)}` }]) {
      for (const { method, path } of ADDRESSES) {
        const { status, json } = await office.caller(headers)(method, path)
        expect({ method, path, status, code: json['code'] }).toEqual({ method, path, status: 404, code: 'not_found' })
      }
    }
  })

  it('no other kind of token, also of an administrator, and no session beside a bad one', async () => {
    const { person, browser } = await office.administrator()
    const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ')
    const { publicId: sub } = person
    const claims = {
      iss: office.publicUrl,
      aud: office.publicUrl,
      sub,
      scope: 'trivet:login',
      client_id: 'trivet-login',
    }
    const now = Math.floor(Date.now() / 1000)
    const times = { iat: now, exp: now + 600, auth_time: now, amr: ['pwd'], epoch: person.loginEpoch }
    const sign = (typ: string, alg: 'ES256' | 'RS256') => office.signer.sign({ ...claims, ...times }, { typ, alg })
    const { token: registration } = await office.clients.createRegistrationToken({ note: '' })
    const { secret, registrationToken } = await office.clients.register(
      { kind: 'admin', ownerId: person.id },
      { redirect_uris: ['https://app.example/cb'] },
    )
    const tokens = {
      access: await sign('at+jwt', 'ES256'),
      id: await sign('JWT', 'RS256'),
      'RS256 login': await sign('login+jwt', 'RS256'),
      'initial access': registration,
      'registration access': registrationToken,
      'client secret': secret ?? '',
      nothing: '',
    }
    for (const [kind, token] of Object.entries(tokens)) {
      for (const { method, path } of ADDRESSES) {
        const call = office.caller({ authorization: `Bearer ${token}`, cookie })
        expect({ kind, method, path, status: (await call(method, path)).status }).toMatchObject({ kind, status: 401 })
      }
    }
    expect((await office.caller({ authorization: 'Basic dTpw', cookie })('GET', '/api/admin/users')).status).toBe(401)
  })

  it('an administrator, by session or by login token', async () => {
    const { browser, api } = await office.administrator()
    const csrf = await browser.csrf('/console/keys')
    const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ')
    const session = office.caller({ cookie, 'x-csrf-token': csrf })
    for (const call of [api, session]) {
      for (const { method, path } of ADDRESSES) {
        const answer = await call(method, path)
        expect({ method, path, through: isThrough(answer), status: answer.status }).toMatchObject({ through: true })
      }
    }
  })

  it('a login token older than five minutes reads, and changes nothing (RFC 9470 §3)', async () => {
    const { api } = await office.administrator()
    await office.shift(301)
    for (const { method, path } of READS) expect(isThrough(await api(method, path))).toBe(true)
    for (const { method, path } of CHANGES) {
      const { status, json, headers } = await api(method, path)
      expect({ path, status, code: json['code'] }).toEqual({ path, status: 401, code: 'login_token_too_old' })
      expect(headers.get('www-authenticate')).toContain('error="insufficient_user_authentication", max_age="300"')
    }
    await office.shift(0)
  })

  it('a session that was begun more than five minutes ago reads, and has to confirm for a change', async () => {
    const { browser } = await office.administrator()
    const csrf = await browser.csrf('/console/keys')
    const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ')
    const call = office.caller({ cookie, 'x-csrf-token': csrf })
    await office.shift(301)
    for (const { method, path } of READS) expect(isThrough(await call(method, path))).toBe(true)
    for (const { method, path } of CHANGES) {
      const { status, json } = await call(method, path)
      expect({ path, status, code: json['code'] }).toEqual({ path, status: 403, code: 'confirmation_required' })
    }
    await office.shift(0)
  })

  it('a session changes nothing without the token of its forms, or from another site', async () => {
    const { browser } = await office.administrator()
    const csrf = await browser.csrf('/console/keys')
    const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ')
    const strangers = await (await office.browserOf(await office.user())).csrf('/account')
    const forged: Record<string, string>[] = [
      { cookie },
      { cookie, 'x-csrf-token': strangers },
      { cookie, 'x-csrf-token': csrf, 'sec-fetch-site': 'cross-site' },
      { cookie, 'x-csrf-token': csrf, 'sec-fetch-site': 'same-site' },
      { cookie, 'x-csrf-token': csrf, origin: 'https://evil.example' },
    ]
    for (const headers of forged) {
      for (const { method, path } of CHANGES) {
        const { status, json } = await office.caller(headers)(method, path)
        expect({ path, status, code: json['code'] }).toEqual({ path, status: 403, code: 'forged_request' })
      }
    }
  })

  it('nobody any more once their sign-in has ended, or they are disabled', async () => {
    const [first, second] = [await office.administrator(), await office.administrator()]
    const path = `/api/admin/users/${second.person.publicId}`
    expect((await first.api('DELETE', `${path}/sessions`)).status).toBe(204)
    expect((await second.api('GET', '/api/admin/users')).status).toBe(401)
    const again = await office.tokenOf({ ...second.person, loginEpoch: second.person.loginEpoch + 1 })
    const call = office.caller({ authorization: `Bearer ${again}` })
    expect((await call('GET', '/api/admin/users')).status).toBe(200)
    expect((await first.api('PATCH', path, { is_disabled: true })).status).toBe(200)
    expect((await call('GET', '/api/admin/users')).status).toBe(401)
  })
})

const PAGES = [
  '/console',
  '/console/users',
  '/console/clients',
  '/console/clients/new',
  '/console/keys',
  '/console/registration-tokens',
  '/console/routes',
  '/console/audit',
]

describe('who may see the console', () => {
  it.each(PAGES)('%s: who is not signed in does so first, and comes back', async (path) => {
    const { status, location } = await office.visitor().get(`${path}?x=1`)
    const back = new URLSearchParams({ return_to: `${path}?x=1` })
    expect({ status, location }).toEqual({ status: 303, location: `/login?${back}` })
  })

  it.each(PAGES)('%s: for users there is nothing here', async (path) => {
    const browser = await office.browserOf(await office.user())
    const nothing = await browser.get('/nothing-here')
    const { status, body } = await browser.get(path)
    expect({ status, body }).toEqual({ status: 404, body: nothing.body })
  })

  it('a session of an administrator ends after 8 hours, however it is used (security §10.16)', async () => {
    const { browser } = await office.administrator()
    for (const hours of [3, 6, 7.9]) {
      await office.shift(hours * 3600)
      expect((await browser.get('/console')).status).toBe(200)
    }
    await office.shift(8.1 * 3600)
    expect((await browser.get('/console')).location).toMatch(/^\/login/)
    await office.shift(0)
  })

  it('a form needs its token, and a sign-in younger than five minutes: else nothing is done', async () => {
    const { browser } = await office.administrator()
    const person = await office.user()
    const path = `/console/users/${person.publicId}`
    const forged = await browser.post(`${path}/disable`, {})
    expect(forged.status).toBe(403)
    await office.shift(301)
    const page = await browser.get(path)
    expect(page.body).toContain('id="confirm-first"')
    const pressed = await browser.press(path, 'user-disable')
    const confirm = `/account/confirm?${new URLSearchParams({ return_to: path })}`
    expect(pressed).toMatchObject({ status: 303, location: confirm })
    await office.shift(0)
    expect(await office.accounts.user(person.id)).toBeDefined()
    expect(await office.events(person.publicId)).toEqual([])
  })
})
