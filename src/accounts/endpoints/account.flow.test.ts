import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId } from '#base'
import { createTown, PASSWORD, type Town } from '../people.fixture.ts'

let town: Town
beforeAll(async () => {
  town = await createTown({
    accountLinks: [{ id: 'account-apps', href: '/account/apps', label: 'Apps with access', text: '' }],
  })
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
    const fields = {
      name: 'Forged',
      current_password: PASSWORD,
      new_password: 'lamp river tuesday',
      password: PASSWORD,
    }
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
