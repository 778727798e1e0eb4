import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { newId } from '#base'
import { hashSecret } from '#crypto'
import { createTown, PASSWORD, type Town } from '../people.fixture.ts'
import { insertUserSession } from '../store/browser-session.ts'

const HOUR = 3600
const DAY = 24 * HOUR

let town: Town
beforeAll(async () => {
  town = await createTown()
})
beforeEach(() => town.shift(0))
afterAll(() => town.close())

const session = () => town.cookies.session.name
const guest = async () => {
  const browser = town.visitor()
  await browser.post('/act', {})
  return browser
}

describe('the session id changes at every sign-in (security §6, §9.5: fixation)', () => {
  it('of a guest: a new session, and the old id opens nothing any more', async () => {
    const user = await town.user()
    const browser = await guest()
    const [before, old] = [await browser.who(), browser.cookies.get(session()) ?? '']
    await browser.submit('/login', { username: user.username, password: PASSWORD })
    const after = await browser.who()
    expect(after).toMatchObject({ ownerId: user.id, kind: 'user' })
    expect(after?.sessionId).not.toBe(before?.sessionId)
    expect(browser.cookies.get(session())).not.toBe(old)
    browser.cookies.set(session(), old)
    expect(await browser.who()).toBe(null)
  })

  it('one that was planted is not taken over', async () => {
    const { username } = await town.user()
    const browser = town.visitor()
    browser.cookies.set(session(), 'A'.repeat(43))
    await browser.submit('/login', { username, password: PASSWORD })
    expect(browser.cookies.get(session())).not.toBe('A'.repeat(43))
    browser.cookies.set(session(), 'A'.repeat(43))
    expect(await browser.who()).toBe(null)
  })

  it('of the same user, who proves it again: a new id and time, and the session that apps know goes on (sid)', async () => {
    const { username } = await town.user()
    const browser = await town.signedIn(username)
    const [before, old] = [await browser.who(), browser.cookies.get(session()) ?? '']
    await town.shift(600)
    await browser.submit('/login', { username, password: PASSWORD }, '/login?prompt=login')
    const after = await browser.who()
    expect(after?.user?.sid).toBe(before?.user?.sid)
    expect(after?.sessionId).toBe(before?.sessionId)
    const between = Date.parse(after?.user?.authTime ?? '') - Date.parse(before?.user?.authTime ?? '')
    expect(between).toBeGreaterThan(590_000)
    browser.cookies.set(session(), old)
    expect(await browser.who()).toBe(null)
  })

  it('of another user: a session of their own, and the one before opens nothing', async () => {
    const [ana, bo] = [await town.user(), await town.user()]
    const browser = await town.signedIn(ana.username)
    const [before, old] = [await browser.who(), browser.cookies.get(session()) ?? '']
    await browser.submit('/login', { username: bo.username, password: PASSWORD }, '/login?prompt=login')
    const after = await browser.who()
    expect(after?.ownerId).toBe(bo.id)
    expect(after?.user?.sid).not.toBe(before?.user?.sid)
    browser.cookies.set(session(), old)
    expect(await browser.who()).toBe(null)
  })

  it('it has 256 random bits, and only its hash is stored (ASVS 7.2.3)', async () => {
    const { username } = await town.user()
    const browser = await town.signedIn(username)
    const secret = browser.cookies.get(session()) ?? ''
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32)
    const who = await browser.who()
    const row = await town.tables
      .selectFrom('browser_session')
      .selectAll()
      .where('id', '=', who?.sessionId ?? '')
      .executeTakeFirstOrThrow()
    expect(row.secret_hash.equals(hashSecret(secret))).toBe(true)
    expect(JSON.stringify(row)).not.toContain(secret)
    // What apps are told names the session and opens nothing.
    browser.cookies.set(session(), row.public_id ?? '')
    expect(await browser.who()).toBe(null)
  })
})

describe('a guest who signs in (decision "Guests")', () => {
  it('is not taken over: rows stay as they are, and the page says so before', async () => {
    const user = await town.user()
    const browser = await guest()
    const before = await browser.who()
    expect((await browser.get('/login')).body).toContain('id="guest-things"')
    expect((await browser.get('/register')).body).toContain('id="guest-things"')
    await browser.submit('/login', { username: user.username, password: PASSWORD })
    expect(await town.row(before?.ownerId ?? '')).toMatchObject({ kind: 'guest' })
    // For the page on which guests are merged: which guest this browser was.
    const row = await town.tables
      .selectFrom('browser_session')
      .select(['owner_id', 'replaced_by'])
      .where('id', '=', before?.sessionId ?? '')
      .executeTakeFirstOrThrow()
    expect(row).toEqual({ owner_id: before?.ownerId, replaced_by: (await browser.who())?.sessionId })
  })

  it('hears nothing of it when there is nothing to leave, nor does a visitor', async () => {
    const other = await createTown({ guestHasThings: async () => false })
    const browser = other.visitor()
    await browser.post('/act', {})
    expect((await browser.get('/login')).body).not.toContain('guest-things')
    await other.close()
    expect((await town.visitor().get('/login')).body).not.toContain('guest-things')
  })
})

describe('limits (security §10.16)', () => {
  const at = async (seconds: number, browser: { who(): Promise<unknown> }) => {
    await town.shift(seconds)
    return browser.who()
  }

  it('idle 12 hours, and each use begins them anew', async () => {
    const { username } = await town.user()
    const browser = await town.signedIn(username)
    expect(await at(11 * HOUR, browser)).not.toBe(null)
    expect(await at(22 * HOUR, browser)).not.toBe(null)
    expect(await at(34 * HOUR + 60, browser)).toBe(null)
  })

  it('absolute 30 days, however busy', async () => {
    const { username } = await town.user()
    const browser = await town.signedIn(username)
    for (let hours = 11; hours < 30 * 24; hours += 11) expect(await at(hours * HOUR, browser)).not.toBe(null)
    expect(await at(30 * DAY + 1, browser)).toBe(null)
  })

  it('administrators: absolute 8 hours', async () => {
    await town.accounts.createUser({ username: 'boss', password: PASSWORD, isAdmin: true })
    const browser = await town.signedIn('boss')
    expect(await at(4 * HOUR, browser)).not.toBe(null)
    expect(await at(8 * HOUR - 60, browser)).not.toBe(null)
    expect(await at(8 * HOUR + 1, browser)).toBe(null)
  })

  it('who proves again who they are begins a new 30 days', async () => {
    const { username } = await town.user()
    const browser = await town.signedIn(username)
    for (let hours = 11; hours < 29 * 24; hours += 11) await at(hours * HOUR, browser)
    await browser.submit('/login', { username, password: PASSWORD }, '/login?prompt=login')
    for (let hours = 29 * 24; hours < 40 * 24; hours += 11) expect(await at(hours * HOUR, browser)).not.toBe(null)
  })

  it.each(['disabled_at', 'erasing_at'] as const)(
    'a user who is no longer one (%s) has no session at once',
    async (state) => {
      const user = await town.user()
      const browser = await town.signedIn(user.username)
      await town.tables
        .updateTable('user_account')
        .set({ [state]: new Date() })
        .where('id', '=', user.id)
        .execute()
      expect(await browser.who()).toBe(null)
    },
  )

  it('a user is not removed for being idle, nor are live sessions', async () => {
    const user = await town.user()
    const browser = await town.signedIn(user.username)
    await town.accounts.prune()
    expect(await browser.who()).not.toBe(null)
    await town.shift(400 * DAY)
    await town.accounts.prune()
    expect((await town.row(user.id)).username).toBe(user.username)
  })
})

describe('logout', () => {
  it('ends the session, clears the cookie, and marks as gone', async () => {
    const user = await town.user()
    const browser = await town.signedIn(user.username)
    await browser.who()
    const old = browser.cookies.get(session()) ?? ''
    const answer = await browser.submit('/logout', {}, '/logout')
    expect(answer).toMatchObject({ status: 303, location: '/login?notice=signed_out' })
    expect(browser.cookies.has(session())).toBe(false)
    expect((await browser.get(answer.location)).body).toContain('You are signed out.')
    browser.cookies.set(session(), old)
    expect(await browser.who()).toBe(null)
    expect((await town.row(user.id)).online_until).toBe(null)
  })

  it('needs a press of the button here: a link, a form of another site or one without token does nothing (§11.4)', async () => {
    const { username } = await town.user()
    const browser = await town.signedIn(username)
    const page = await browser.get('/logout')
    expect(page.body).toContain('id="logout-confirm"')
    expect((await browser.post('/logout', {})).status).toBe(403)
    const csrf = await browser.csrfOf('/logout')
    expect((await browser.post('/logout', { csrf }, { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect(await browser.who()).not.toBe(null)
  })

  it('takes nothing from a guest, whose session is all that leads to their things', async () => {
    const browser = await guest()
    expect((await browser.get('/logout')).location).toBe('/login')
    await browser.submit('/logout', {}, '/login')
    expect(await browser.who()).toMatchObject({ kind: 'guest' })
  })

  it('leaves other browsers of the same person alone', async () => {
    const { username } = await town.user()
    const [one, other] = [await town.signedIn(username), await town.signedIn(username)]
    await one.submit('/logout', {}, '/logout')
    expect(await other.who()).not.toBe(null)
  })
})

describe('online (interfaces: an authenticated request within 5 minutes, and not logged out)', () => {
  it('is written at most once a minute', async () => {
    const user = await town.user()
    const browser = await town.signedIn(user.username)
    const first = await town.row(user.id)
    for (let n = 0; n < 3; n += 1) await browser.who()
    expect((await town.row(user.id)).online_until).toEqual(first.online_until)
    await town.shift(70)
    await browser.who()
    const later = await town.row(user.id)
    expect(Number(later.online_until)).toBe(later.operated_at.getTime() + 300_000)
    expect(later.operated_at.getTime()).toBeGreaterThan(first.operated_at.getTime() + 60_000)
  })

  it('is nothing that guests are', async () => {
    const browser = await guest()
    await town.shift(70)
    const who = await browser.who()
    expect((await town.row(who?.ownerId ?? '')).online_until).toBe(null)
  })
})

describe('a password that changes while somebody signs in with the old one', () => {
  it('either ends their session or keeps them out: none of fifty is left over', async () => {
    const user = await town.user()
    const owner = await town.signedIn(user.username)
    const csrf = await owner.csrfOf('/account/password')
    const visitors = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const browser = town.visitor()
        return { browser, csrf: await browser.csrfOf('/login') }
      }),
    )
    const fields = { current_password: PASSWORD, new_password: 'lamp river tuesday', csrf }
    const signIns = visitors.map(({ browser, csrf: token }) =>
      browser.post('/login', { username: user.username, password: PASSWORD, csrf: token }),
    )
    const [changed, ...answers] = await Promise.all([owner.post('/account/password', fields), ...signIns])
    expect(changed.status).toBe(303)
    for (const { status } of answers) expect([303, 409, 422, 429]).toContain(status)
    const left = await town.tables.selectFrom('browser_session').select('id').where('owner_id', '=', user.id).execute()
    expect(left).toEqual([{ id: (await owner.who())?.sessionId }])
    for (const { browser } of visitors) expect(await browser.who()).toBe(null)
  })

  it('a session is made only while the account is as it was when the password was checked', async () => {
    const user = await town.user()
    const begin = (loginEpoch: number) =>
      insertUserSession(town.tables, {
        ...{ id: newId(), publicId: newId(), secretHash: hashSecret(newId()), ownerId: user.id, loginEpoch },
        ...{ amr: ['pwd'], address: '', userAgent: '', replaces: undefined },
      })
    expect(await begin(user.loginEpoch)).toBeInstanceOf(Date)
    expect(await begin(user.loginEpoch + 1)).toBeUndefined()
    await town.tables.updateTable('user_account').set({ disabled_at: new Date() }).where('id', '=', user.id).execute()
    expect(await begin(user.loginEpoch)).toBeUndefined()
  })
})
