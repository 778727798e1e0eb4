import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { newId } from '#base'
import { PASSWORD } from '../people.fixture.ts'
import { useGuests } from './guests.fixture.ts'

const guests = useGuests()
const { accountExists, cookie, decide, fileOf, guestWith, moved, namesOf, signIn } = guests

describe('a guest with things who signs in (security §10.8)', () => {
  it('is led to a page that lists them, with the way on, and nothing is taken along by that', async () => {
    const user = await guests.town.user()
    const { browser, guestId } = await guestWith('a.txt', 'b.txt')
    const answer = await signIn(browser, user.username, { return_to: '/account/profile' })
    expect([answer.status, answer.location]).toEqual([303, '/account/merge?return_to=%2Faccount%2Fprofile'])
    const page = await browser.get(answer.location)
    expect(page.body).toContain('a.txt')
    expect(page.body).toContain('b.txt')
    // The default of every control: not taken along.
    expect(page.body).not.toMatch(/\schecked/)
    expect(page.body.indexOf('id="merge-leave"')).toBeLessThan(page.body.indexOf('id="merge-take"'))
    expect(page.headers.get('cache-control')).toContain('no-store')
    expect(await namesOf(guestId)).toEqual(['a.txt', 'b.txt'])
    const left = await browser.submit('/account/merge', { decision: 'leave', return_to: '/account/profile' })
    expect([left.status, left.location]).toEqual([303, '/account/profile'])
    expect(await namesOf(guestId)).toEqual(['a.txt', 'b.txt'])
    expect(await namesOf(user.id)).toEqual([])
  })

  it('is led there as well when they register, and comes back to the request of an app', async () => {
    const { browser } = await guestWith('a.txt')
    const interaction = randomBytes(16).toString('base64url')
    const fields = { username: `new${newId().slice(-6)}`, password: PASSWORD, interaction }
    const answer = await browser.submit('/register', fields)
    expect(answer.location).toBe(`/account/merge?interaction=${interaction}`)
    const next = await browser.submit('/account/merge', { decision: 'all', interaction })
    expect(next.location).toBe(`/authorize?interaction=${interaction}`)
  })

  it('without things, or who is a user already, is not asked', async () => {
    const [ana, bo] = [await guests.town.user(), await guests.town.user()]
    const { browser } = await guestWith()
    expect((await signIn(browser, ana.username)).location).toBe('/account')
    expect((await browser.get('/account/merge')).location).toBe('/account')
    await fileOf(ana.id, 'hers.txt')
    expect((await signIn(browser, ana.username)).location).toBe('/account')
    expect((await signIn(browser, bo.username)).location).toBe('/account')
  })

  it('any decision but the two that say so leaves everything where it is', async () => {
    const user = await guests.town.user()
    for (const decision of ['leave', '', 'ALL', 'yes']) {
      const { browser, guestId, ids } = await guestWith('a.txt')
      await signIn(browser, user.username)
      expect((await decide(browser, decision, { [`item-${ids[0]}`]: 'on' })).status).toBe(303)
      expect(await namesOf(guestId)).toEqual(['a.txt'])
    }
    expect(await namesOf(user.id)).toEqual([])
  })
})

describe('taking along', () => {
  it('everything: it is the user’s, the guest id is gone, the session gets a new secret (security §10.16)', async () => {
    const user = await guests.town.user()
    const { browser, guestId, secret } = await guestWith('a.txt', 'b.txt')
    await signIn(browser, user.username)
    const [before, who] = [browser.cookies.get(cookie()) ?? '', await browser.who()]
    const answer = await decide(browser, 'all')
    expect(answer.location).toBe('/account?notice=taken_along')
    expect(await namesOf(user.id)).toEqual(['a.txt', 'b.txt'])
    expect(await accountExists(guestId)).toBe(false)
    expect(moved).toEqual([user.id])
    expect((await browser.get(answer.location)).body).toContain('is in your account now')
    expect(await browser.who()).toMatchObject({ sessionId: who?.sessionId, user: { sid: who?.user?.sid } })
    for (const old of [before, secret]) {
      const thief = guests.town.visitor()
      thief.cookies.set(cookie(), old)
      expect(await thief.who()).toBe(null)
    }
    expect((await browser.get('/account/merge')).location).toBe('/account')
  })

  it('what is ticked: the rest stays with the guest, and can still be taken along from the account page', async () => {
    const user = await guests.town.user()
    const { browser, guestId, ids } = await guestWith('a.txt', 'b.txt')
    await signIn(browser, user.username)
    await decide(browser, 'take', { [`item-${ids[1]}`]: 'on' })
    expect(await namesOf(user.id)).toEqual(['b.txt'])
    expect(await namesOf(guestId)).toEqual(['a.txt'])
    expect((await browser.get('/account')).body).toContain('id="account-merge"')
    await decide(browser, 'all')
    expect(await namesOf(user.id)).toEqual(['a.txt', 'b.txt'])
    expect(await accountExists(guestId)).toBe(false)
    expect((await browser.get('/account')).body).not.toContain('id="account-merge"')
  })

  it('of more than a page shows: two hundred can be ticked, all of them come along with everything', async () => {
    const user = await guests.town.user()
    const { browser, guestId } = await guestWith()
    await sql`insert into trivet.stored_file (id, key, owner_id, name, type, size, sha256)
      select id, 'file/' || id, ${guestId}, 'file ' || n, 'text/plain', 4, 'x'
      from (select gen_random_uuid() as id, n from generate_series(1, 205) as n) as made`.execute(
      guests.town.database.tables(),
    )
    await signIn(browser, user.username)
    const { body } = await browser.get('/account/merge')
    const ids = [...body.matchAll(/name="(item-[^"]+)"/g)].map(([, name = '']) => name)
    expect(ids).toHaveLength(200)
    expect(body).toContain('And 5 more')
    await decide(browser, 'take', Object.fromEntries(ids.map((name) => [name, 'on'])))
    expect((await namesOf(user.id)).length).toBe(200)
    await decide(browser, 'all')
    expect((await namesOf(user.id)).length).toBe(205)
  })

  it('nothing ticked: the page says so, and nothing moves', async () => {
    const user = await guests.town.user()
    const { browser, guestId } = await guestWith('a.txt')
    await signIn(browser, user.username)
    const answer = await decide(browser, 'take')
    expect([answer.status, answer.body.includes('Nothing is ticked')]).toEqual([422, true])
    expect(await namesOf(guestId)).toEqual(['a.txt'])
  })

  it('what the guest left to is pruned after its 30 days', async () => {
    const user = await guests.town.user()
    const { browser, guestId } = await guestWith('a.txt')
    await signIn(browser, user.username)
    await decide(browser, 'leave')
    await guests.town.shift(31 * 24 * 3600)
    await guests.town.accounts.prune()
    expect(await accountExists(guestId)).toBe(false)
    expect(await accountExists(user.id)).toBe(true)
  })

  it('is noted for administrators: whose account, and how much of what (audit)', async () => {
    const user = await guests.town.user()
    const { browser } = await guestWith('a.txt', 'b.txt')
    await signIn(browser, user.username)
    await decide(browser, 'all')
    const [event] = await guests.town.accounts.audit.list({ most: 1, action: 'guest.merged' })
    expect(event).toMatchObject({
      actor: user.publicId,
      targetId: user.publicId,
      details: { connections: 0, runs: 0, files: 2 },
    })
  })

  it('an app’s request that was begun as a guest goes on though the guest is gone', async () => {
    const user = await guests.town.user()
    const { browser, guestId } = await guestWith('a.txt')
    const session = (await browser.who())?.sessionId ?? ''
    const hash = randomBytes(32)
    await sql`insert into trivet.tinyoauth_client (id, metadata, registration_token_hash)
      values ('c_app', '{}', ${hash})`.execute(guests.town.database.tables())
    await sql`insert into trivet.tinyoauth_interaction (id_hash, client_id, request, session_id, expires_at)
      values (${hash}, 'c_app', '{}', ${session}, trivet.clock() + interval '1 hour')`.execute(
      guests.town.database.tables(),
    )
    await signIn(browser, user.username)
    await decide(browser, 'all')
    expect(await accountExists(guestId)).toBe(false)
    const { rows } = await sql`select 1 from trivet.tinyoauth_interaction`.execute(guests.town.database.tables())
    expect(rows).toHaveLength(1)
  })
})

describe('only the guest that this very browser was', () => {
  it('ids of things of other guests, of other users and of nobody are not taken, whoever names them', async () => {
    const [user, other] = [await guests.town.user(), await guests.town.user()]
    const stranger = await guestWith('theirs.txt')
    const foreign = await fileOf(other.id, 'other.txt')
    const { browser } = await guestWith('a.txt')
    await signIn(browser, user.username)
    const named = [stranger.ids[0], foreign, newId(), 'nonsense', '__proto__', "' or true --"]
    const answer = await decide(browser, 'take', Object.fromEntries(named.map((id) => [`item-${id}`, 'on'])))
    expect(answer.status).toBe(303)
    expect(await namesOf(user.id)).toEqual([])
    expect(await namesOf(stranger.guestId)).toEqual(['theirs.txt'])
    expect(await namesOf(other.id)).toEqual(['other.txt'])
  })

  it('never a user’s things into another user: who signs in after somebody gets neither theirs nor their guest’s', async () => {
    const [ana, bo] = [await guests.town.user(), await guests.town.user()]
    const { browser, guestId } = await guestWith('a.txt')
    await signIn(browser, ana.username)
    await fileOf(ana.id, 'hers.txt')
    expect((await signIn(browser, bo.username)).location).toBe('/account')
    expect((await browser.get('/account/merge')).location).toBe('/account')
    await decide(browser, 'all')
    expect(await namesOf(bo.id)).toEqual([])
    expect(await namesOf(ana.id)).toEqual(['hers.txt'])
    expect(await namesOf(guestId)).toEqual(['a.txt'])
  })

  it('not after signing out: the next one in this browser finds nothing', async () => {
    const user = await guests.town.user()
    const { browser, guestId } = await guestWith('a.txt')
    await signIn(browser, user.username)
    await browser.submit('/logout', {}, '/account')
    expect((await signIn(browser, user.username)).location).toBe('/account')
    await decide(browser, 'all')
    expect(await namesOf(user.id)).toEqual([])
    expect(await namesOf(guestId)).toEqual(['a.txt'])
  })

  it('another session of the same user, in another browser, is offered nothing', async () => {
    const user = await guests.town.user()
    const { browser } = await guestWith('a.txt')
    await signIn(browser, user.username)
    const elsewhere = await guests.town.signedIn(user.username)
    expect((await elsewhere.get('/account/merge')).location).toBe('/account')
    expect((await elsewhere.get('/account')).body).not.toContain('account-merge')
  })

  it('whoever planted or copied the guest’s cookie has nothing of it any more once its user signed in', async () => {
    const user = await guests.town.user()
    const { browser, secret } = await guestWith('a.txt')
    await signIn(browser, user.username)
    const attacker = guests.town.visitor()
    attacker.cookies.set(cookie(), secret)
    expect(await attacker.who()).toBe(null)
    expect((await attacker.get('/account/merge')).location).toContain('/login?return_to=')
  })

  it('a form of another site takes nothing along (CSRF)', async () => {
    const user = await guests.town.user()
    const { browser, guestId } = await guestWith('a.txt')
    await signIn(browser, user.username)
    expect((await browser.post('/account/merge', { decision: 'all' })).status).toBe(403)
    expect(await namesOf(guestId)).toEqual(['a.txt'])
  })

  it('not while the guest is being removed', async () => {
    const user = await guests.town.user()
    const { browser, guestId } = await guestWith('a.txt')
    await signIn(browser, user.username)
    await sql`update trivet.user_account set erasing_at = trivet.clock() where id = ${guestId}`.execute(
      guests.town.database.tables(),
    )
    expect((await browser.get('/account/merge')).location).toBe('/account')
    await decide(browser, 'all')
    expect(await namesOf(user.id)).toEqual([])
  })
})
