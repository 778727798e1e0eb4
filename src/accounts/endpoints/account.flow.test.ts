import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { newId } from '#base'
import { createTown, PASSWORD, type Town } from '../people.fixture.ts'

const NEW = 'lamp river tuesday'
const erased: string[] = []
let isDiskAway = false

let town: Town
beforeAll(async () => {
  town = await createTown({
    owned: [
      {
        erase: async (ownerId) => {
          if (isDiskAway) throw new Error('the disk is away')
          erased.push(ownerId)
        },
      },
    ],
    accountLinks: [{ id: 'account-apps', href: '/account/apps', label: 'Apps with access', text: '' }],
  })
})
beforeEach(() => {
  erased.length = 0
  town.ended.length = 0
  isDiskAway = false
})
afterAll(() => town.close())

const PAGES = ['/account', '/account/profile', '/account/password', '/account/delete']

describe('pages about one’s account', () => {
  it.each(PAGES)('%s sends visitors and guests to the sign-in, and back afterwards', async (path) => {
    const { username } = await town.user()
    const browser = town.visitor()
    for (const _ of ['visitor', 'guest']) {
      const { status, location } = await browser.get(path)
      expect({ status, location }).toEqual({
        status: 303,
        location: `/login?${new URLSearchParams({ return_to: path })}`,
      })
      await browser.post('/act', {})
    }
    const page = (await browser.get(path)).location
    const answer = await browser.submit('/login', { username, password: PASSWORD, return_to: path }, page)
    expect(answer.location).toBe(path)
    expect((await browser.get(path)).status).toBe(200)
  })

  it.each(PAGES)('%s is whole without JavaScript: one h1, a label for each field, nothing of others', async (path) => {
    const { username } = await town.user()
    const { body, headers } = await (await town.signedIn(username)).get(path)
    expect(body.match(/<h1/g)).toHaveLength(1)
    expect(body).not.toContain('<script')
    expect(body).not.toContain('style="')
    expect(body).not.toMatch(/(src|href)="https?:/)
    const ids = [...body.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const [input] of body.matchAll(/<(input|textarea|select)\b[^>]*>/g)) {
      if (/type="hidden"| hidden/.test(input)) continue
      expect(body).toContain(`for="${/ id="([^"]+)"/.exec(input)?.[1]}"`)
    }
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('content-security-policy')).toContain("form-action 'self'")
  })

  it.each([
    '/account/profile',
    '/account/password',
    '/account/delete',
    '/account/sessions/end-others',
    `/account/sessions/${newId()}/end`,
  ])('POST %s without the token, or from another site, does nothing (CSRF)', async (path) => {
    const user = await town.user()
    const browser = await town.signedIn(user.username)
    const other = await town.signedIn(user.username)
    const fields = { name: 'Forged', current_password: PASSWORD, new_password: NEW, password: PASSWORD }
    expect((await browser.post(path, fields)).status).toBe(403)
    const csrf = await browser.csrfOf('/account')
    expect((await browser.post(path, { ...fields, csrf }, { 'sec-fetch-site': 'same-site' })).status).toBe(403)
    expect((await town.row(user.id)).profile).toEqual({})
    expect((await town.login(user.username)).json['result']).toBe('succeeded')
    expect(await other.who()).not.toBe(null)
  })

  it('shows who one is, the ways on, and what other rooms add', async () => {
    const user = await town.user()
    const { body } = await (await town.signedIn(user.username)).get('/account')
    for (const text of [user.username, user.publicId, 'href="/account/apps"', 'Apps with access'])
      expect(body).toContain(text)
    expect(body).not.toContain(user.id)
  })
})

describe('sessions', () => {
  it('are listed with where they are, this one marked, and can be ended one by one', async () => {
    const { username } = await town.user()
    const [here, there] = [
      await town.signedIn(username),
      town.visitor({ 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Firefox/150.0', 'x-forwarded-for': '192.0.2.80' }),
    ]
    await there.submit('/login', { username, password: PASSWORD })
    const id = (await there.who())?.sessionId
    const { body } = await here.get('/account')
    expect(body).toContain('Firefox on Linux')
    expect(body).toContain('192.0.2.80')
    expect(body.match(/this browser/g)).toHaveLength(1)
    const ended = await here.submit(`/account/sessions/${id}/end`, {}, '/account')
    expect(ended).toMatchObject({ status: 303, location: '/account?notice=session_ended' })
    expect((await here.get(ended.location)).body).toContain('The session has ended.')
    expect(await there.who()).toBe(null)
    expect(await here.who()).not.toBe(null)
  })

  it('of somebody else are not there: 404, and they go on (BOLA)', async () => {
    const [ana, bo] = [await town.user(), await town.user()]
    const [hers, his] = [await town.signedIn(ana.username), await town.signedIn(bo.username)]
    const id = (await his.who())?.sessionId
    for (const target of [id, newId(), 'nonsense', "' or 1=1 --"]) {
      const { status } = await hers.submit(
        `/account/sessions/${encodeURIComponent(String(target))}/end`,
        {},
        '/account',
      )
      expect(status).toBe(404)
    }
    expect(await his.who()).not.toBe(null)
    expect((await hers.get('/account')).body).not.toContain(String(id))
  })

  it('all others at once; ending one’s own is signing out', async () => {
    const { username } = await town.user()
    const [here, a, b] = [await town.signedIn(username), await town.signedIn(username), await town.signedIn(username)]
    const token = String((await town.login(username)).json['token'])
    const bearer = () => town.visitor().get('/bearer', { authorization: `Bearer ${token}` })
    expect(JSON.parse((await bearer()).body).user).toMatchObject({ username })
    expect((await here.submit('/account/sessions/end-others', {}, '/account')).status).toBe(303)
    expect([await a.who(), await b.who()]).toEqual([null, null])
    // Login tokens sign in as well.
    expect(JSON.parse((await bearer()).body).user).toBe(null)
    const id = (await here.who())?.sessionId
    expect((await here.submit(`/account/sessions/${id}/end`, {}, '/account')).location).toBe('/login?notice=signed_out')
    expect(await here.who()).toBe(null)
  })

  it('that are over are not listed', async () => {
    const { username } = await town.user()
    const old = await town.signedIn(username)
    const id = (await old.who())?.sessionId
    await town.shift(13 * 3600)
    const { body } = await (await town.signedIn(username)).get('/account')
    await town.shift(0)
    expect(body).not.toContain(`session-${id}`)
  })
})

describe('the login log', () => {
  it('tells of sign-ins and of attempts, of this user only; what a program calls itself is text', async () => {
    const [ana, bo] = [await town.user(), await town.user()]
    await town.login(ana.username, 'a wrong one', {
      'user-agent': '<script>x</script>',
      'x-forwarded-for': '192.0.2.81',
    })
    await town.login(bo.username, 'a wrong one', { 'x-forwarded-for': '192.0.2.82' })
    const { body } = await (await town.signedIn(ana.username)).get('/account')
    for (const text of ['wrong password (by the API)', '192.0.2.81', 'signed in']) expect(body).toContain(text)
    expect(body).not.toContain('192.0.2.82')
    expect(body).not.toContain('<script>')
  })

  it('is kept for 90 days', async () => {
    const user = await town.user()
    await town.login(user.username)
    const count = async () =>
      (await town.tables.selectFrom('login_event').select('id').where('owner_id', '=', user.id).execute()).length
    await town.shift(89 * 24 * 3600)
    await town.accounts.prune()
    expect(await count()).toBe(1)
    await town.shift(91 * 24 * 3600)
    await town.accounts.prune()
    await town.shift(0)
    expect(await count()).toBe(0)
  })
})

describe('a change of password (ASVS 6.2.2, 6.2.3; security §11.5)', () => {
  const fields = { current_password: PASSWORD, new_password: NEW }

  it('needs the old one, ends all other sessions, and tells the apps to stop', async () => {
    const user = await town.user()
    const [here, there] = [await town.signedIn(user.username), await town.signedIn(user.username)]
    const old = here.cookies.get(town.cookies.session.name) ?? ''
    const answer = await here.submit('/account/password', fields)
    expect(answer).toMatchObject({ status: 303, location: '/account?notice=password_changed' })
    expect(await there.who()).toBe(null)
    expect(await here.who()).toMatchObject({ ownerId: user.id })
    expect(new Set(town.ended)).toEqual(new Set([user.id]))
    // A new id here too: whoever had copied the cookie has nothing.
    expect(here.cookies.get(town.cookies.session.name)).not.toBe(old)
    there.cookies.set(town.cookies.session.name, old)
    expect(await there.who()).toBe(null)
    expect((await town.login(user.username, PASSWORD)).json['result']).toBe('failed')
    expect((await town.login(user.username, NEW)).json['result']).toBe('succeeded')
  })

  it.each([
    [
      'the wrong old one',
      { ...fields, current_password: 'a wrong one' },
      'current-password',
      'not the password you have',
    ],
    ['no old one', { new_password: NEW }, 'current-password', 'not the password you have'],
    ['a short new one', { ...fields, new_password: 'short' }, 'next-password', 'at least 8'],
    ['a common new one', { ...fields, new_password: 'password1' }, 'next-password', 'first that are tried'],
    ['the old one again', { ...fields, new_password: PASSWORD }, 'next-password', 'the password you have'],
  ])('with %s changes nothing and says so at the field', async (_title, sent, field, why) => {
    const user = await town.user()
    const [here, there] = [await town.signedIn(user.username), await town.signedIn(user.username)]
    const { status, body } = await here.submit('/account/password', sent)
    expect(status).toBe(422)
    expect(body).toContain(`href="#${field}"`)
    expect(body).toContain(why)
    expect(body).not.toContain(NEW)
    expect(await there.who()).not.toBe(null)
    expect(town.ended).toEqual([])
    expect((await town.login(user.username)).json['result']).toBe('succeeded')
  })

  it('that apps cannot be told of is not made', async () => {
    const deaf = await createTown({
      onCredentialsChanged: async () => Promise.reject(new Error('the database is away')),
    })
    const { username } = await deaf.user()
    const browser = await deaf.signedIn(username)
    expect((await browser.submit('/account/password', fields)).status).toBe(500)
    expect((await deaf.login(username, PASSWORD)).json['result']).toBe('succeeded')
    await deaf.close()
  })

  it.each([1, 2, 3, 4])('by two at once is made by one (%i)', async () => {
    const { username } = await town.user()
    const [here, there] = [await town.signedIn(username), await town.signedIn(username)]
    const other = { ...fields, new_password: `${NEW} and more` }
    const csrfs = [await here.csrfOf('/account/password'), await there.csrfOf('/account/password')]
    const answers = await Promise.all([
      here.post('/account/password', { ...fields, csrf: csrfs[0] ?? '' }),
      there.post('/account/password', { ...other, csrf: csrfs[1] ?? '' }),
    ])
    const made = answers.filter(({ location }) => location === '/account?notice=password_changed')
    expect(made).toHaveLength(1)
    const outcomes = await Promise.all([town.login(username, NEW), town.login(username, other.new_password)])
    expect(outcomes.map(({ json }) => json['result']).sort()).toEqual(['failed', 'succeeded'])
  })
})

describe('the profile', () => {
  it('keeps every claim, and shows it again', async () => {
    const user = await town.user()
    const browser = await town.signedIn(user.username)
    const typed = {
      name: 'Ana <Maria>',
      website: 'https://ana.example/',
      locale: 'fr',
      'address.locality': 'Paris',
      email: 'ana@example.com',
    }
    const saved = await browser.submit('/account/profile', typed)
    expect(saved).toMatchObject({ status: 303, location: '/account/profile?notice=saved' })
    const { body } = await browser.get(saved.location)
    expect(body).toContain('Your profile has been saved.')
    for (const value of ['Ana &lt;Maria>', 'https://ana.example/', 'Paris', 'ana@example.com'])
      expect(body).toContain(value)
    const now = await town.accounts.user(user.id)
    if (!now) throw new Error('gone')
    expect(town.accounts.claimsOf(now, ['profile', 'email', 'address'])).toMatchObject({
      ...{ name: 'Ana <Maria>', website: 'https://ana.example/', locale: 'fr', preferred_username: user.username },
      ...{ email: 'ana@example.com', email_verified: false, address: { locality: 'Paris', formatted: 'Paris' } },
    })
    expect(now.updatedAt.getTime()).toBeGreaterThan(user.updatedAt.getTime())
  })

  it('what is wrong is told at its field and loses nothing that was typed; nothing is saved', async () => {
    const user = await town.user()
    const browser = await town.signedIn(user.username)
    const { status, body } = await browser.submit('/account/profile', {
      name: 'Ana',
      website: 'javascript:x',
      'address.country': 'a\nb',
    })
    expect(status).toBe(422)
    expect(body).toContain('href="#profile-website"')
    expect(body).toContain('id="profile-website-error"')
    expect(body).toContain('href="#profile-address-country"')
    expect(body).toContain('value="Ana"')
    expect((await town.row(user.id)).profile).toEqual({})
  })

  it('takes nothing else (mass assignment, security §9.15, §11.11)', async () => {
    const user = await town.user()
    const browser = await town.signedIn(user.username)
    const before = await town.row(user.id)
    await browser.submit('/account/profile', {
      ...{ email: 'ana@example.com', email_verified: 'true', email_verified_at: '2026-01-01', is_admin: 'true' },
      ...{ username: 'root', public_id: 'u_mine', sub: 'u_mine', owner_id: 'x', login_epoch: '99', kind: 'guest' },
    })
    const {
      email: _email,
      email_folded: _folded,
      updated_at: _at,
      operated_at: _op,
      online_until: _on,
      ...rest
    } = await town.row(user.id)
    expect(before).toMatchObject(rest)
    expect(rest).toMatchObject({ is_admin: false, email_verified_at: null, profile: {} })
  })

  it('an address that was verified is so no longer when it is changed, and stays so when it is not', async () => {
    const user = await town.user()
    const browser = await town.signedIn(user.username)
    await browser.submit('/account/profile', { email: 'ana@example.com' })
    await town.tables
      .updateTable('user_account')
      .set({ email_verified_at: new Date() })
      .where('id', '=', user.id)
      .execute()
    await browser.submit('/account/profile', { email: 'ana@example.com', name: 'Ana' })
    expect((await town.accounts.user(user.id))?.emailVerified).toBe(true)
    await browser.submit('/account/profile', { email: 'eve@example.com', name: 'Ana' })
    expect((await town.accounts.user(user.id))?.emailVerified).toBe(false)
  })
})

describe('the e-mail address, which is a way into the account (ASVS 5.0, 7.5.1)', () => {
  it('is not changed by a session whose sign-in is older than five minutes; the rest is saved, and said', async () => {
    const user = await town.user()
    const browser = await town.signedIn(user.username)
    await browser.submit('/account/profile', { email: 'ana@example.com' })
    expect((await browser.get('/account/profile')).body).not.toContain('profile-confirm')
    await town.shift(301)
    const { body } = await browser.get('/account/profile')
    expect(body).toContain('href="/account/confirm?return_to=%2Faccount%2Fprofile"')
    expect(body).toMatch(/id="profile-email"[^>]*readonly|readonly[^>]*id="profile-email"/)
    const answer = await browser.submit('/account/profile', { email: 'eve@example.com', name: 'Ana' })
    expect(answer.location).toMatch(/^\/account\/confirm\?return_to=/)
    expect(await town.accounts.user(user.id)).toMatchObject({ email: 'ana@example.com', profile: { name: 'Ana' } })
    // Not taken away either.
    await browser.submit('/account/profile', { email: '', name: 'Ana' })
    expect((await town.accounts.user(user.id))?.email).toBe('ana@example.com')
    const way = Object.fromEntries(new URL(answer.location, town.publicUrl).searchParams)
    const confirmed = await browser.submit('/account/confirm', { password: PASSWORD, ...way }, answer.location)
    expect((await browser.get(confirmed.location)).body).toContain('but for the e-mail address')
    await browser.submit('/account/profile', { email: 'eve@example.com', name: 'Ana' })
    expect((await town.accounts.user(user.id))?.email).toBe('eve@example.com')
    await town.shift(0)
  })

  it('what is not the address is saved however old the sign-in is', async () => {
    const user = await town.user()
    const browser = await town.signedIn(user.username)
    await browser.submit('/account/profile', { email: 'ana@example.com' })
    await town.shift(3600)
    const answer = await browser.submit('/account/profile', { email: 'ana@example.com', name: 'Ana' })
    expect(answer.location).toBe('/account/profile?notice=saved')
    await town.shift(0)
  })
})

describe('the end of an account', () => {
  it('takes everything along: sessions, tokens, what rooms keep elsewhere, the rows', async () => {
    const user = await town.user()
    const [here, there] = [await town.signedIn(user.username), await town.signedIn(user.username)]
    const token = String((await town.login(user.username)).json['token'])
    const answer = await here.submit('/account/delete', { password: PASSWORD })
    expect(answer).toMatchObject({ status: 303, location: '/login?notice=account_deleted' })
    expect((await here.get(answer.location)).body).toContain('Your account has been deleted.')
    expect(erased).toEqual([user.id])
    expect([await here.who(), await there.who()]).toEqual([null, null])
    expect(await town.tables.selectFrom('user_account').select('id').where('id', '=', user.id).execute()).toEqual([])
    expect(await town.accounts.loginToken.verify(token)).toBeUndefined()
    expect((await town.login(user.username)).json['result']).toBe('failed')
  })

  it('needs the password', async () => {
    const user = await town.user()
    const browser = await town.signedIn(user.username)
    const { status, body } = await browser.submit('/account/delete', { password: 'a wrong one' })
    expect(status).toBe(422)
    expect(body).toContain('Nothing was deleted.')
    expect(erased).toEqual([])
    expect(await browser.who()).not.toBe(null)
  })

  it('does not come for the last administrator, not even of two who go at once', async () => {
    const names = ['boss', 'deputy']
    for (const username of names) await town.accounts.createUser({ username, password: PASSWORD, isAdmin: true })
    const browsers = await Promise.all(names.map((username) => town.signedIn(username)))
    const answers = await Promise.all(
      browsers.map((browser) => browser.submit('/account/delete', { password: PASSWORD })),
    )
    expect(answers.map(({ status }) => status).toSorted()).toEqual([303, 409])
    const left = browsers[answers.findIndex(({ status }) => status === 409)]
    expect(answers.find(({ status }) => status === 409)?.body).toContain('the only administrator')
    const page = await left?.get('/account/delete')
    expect(page?.body).toContain('the only administrator')
    expect(page?.body).not.toContain('delete-confirm')
    const name = (await left?.who())?.user?.username ?? ''
    expect(names).toContain(name)
    expect(await town.accounts.setDisabled(name, true)).toBe('last_administrator')
    await town.accounts.createUser({ username: 'successor', password: PASSWORD, isAdmin: true })
    expect((await left?.submit('/account/delete', { password: PASSWORD }))?.location).toContain('account_deleted')
    expect(await town.accounts.setDisabled('successor', true)).toBe('last_administrator')
  })

  it('comes at once even where something cannot be removed now; housekeeping ends it', async () => {
    const user = await town.user()
    const browser = await town.signedIn(user.username)
    isDiskAway = true
    expect((await browser.submit('/account/delete', { password: PASSWORD })).location).toBe(
      '/login?notice=account_deleted',
    )
    expect(await browser.who()).toBe(null)
    expect((await town.login(user.username)).json['result']).toBe('failed')
    expect(await town.accounts.user(user.id)).toBeUndefined()
    await expect(town.accounts.prune()).rejects.toThrow('1 owners could not be removed')
    isDiskAway = false
    await town.accounts.prune()
    expect(erased).toEqual([user.id])
    expect(await town.tables.selectFrom('user_account').select('id').where('id', '=', user.id).execute()).toEqual([])
  })

  it('a name that is free again is another person: sub is never used twice', async () => {
    const first = await town.user('phoenix')
    await (await town.signedIn('phoenix')).submit('/account/delete', { password: PASSWORD })
    const second = await town.user('phoenix')
    expect(second.publicId).not.toBe(first.publicId)
    expect(await town.accounts.userByPublicId(first.publicId)).toBeUndefined()
  })
})
