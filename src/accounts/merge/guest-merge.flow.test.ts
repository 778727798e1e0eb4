import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { newId } from '#base'
import { silentLog } from '#testing'
import type { Browser } from '../browser.fixture.ts'
import { createTown, PASSWORD, type Town } from '../people.fixture.ts'
import type { Owned } from '../visitors/owned.ts'
import { createGuestMerge } from './guest-merge.ts'

let town: Town
/** What happens within a transaction, after everything was moved. */
let afterMove: () => Promise<boolean> = async () => true
const moved: string[] = []

/** A room that keeps files of owners. */
const files: Owned = {
  erase: async () => undefined,
  async describe(tablesOf, ownerId) {
    const { rows } = await sql<{ id: string; name: string; at: Date }>`
      select id, name, created_at as at from trivet.stored_file where owner_id = ${ownerId} order by name`.execute(
      tablesOf(),
    )
    return rows.map((row) => ({ kind: 'file' as const, state: '4 bytes', ...row }))
  },
  async move(tablesOf, { from, to, ids }) {
    await sql`update trivet.stored_file set owner_id = ${to}
      where owner_id = ${from} and id = any(${[...ids]}::uuid[])`.execute(tablesOf())
    return afterMove()
  },
  moved: async (ownerId) => void moved.push(ownerId),
}

beforeAll(async () => {
  town = await createTown({ owned: [files] })
})
beforeEach(async () => {
  afterMove = async () => true
  moved.length = 0
  await town.shift(0)
})
afterAll(() => town.close())

const cookie = () => town.cookies.session.name

async function fileOf(ownerId: string, name: string): Promise<string> {
  const id = newId()
  await sql`insert into trivet.stored_file (id, key, owner_id, name, type, size, sha256)
    values (${id}, ${`file/${id}`}, ${ownerId}, ${name}, 'text/plain', 4, 'x')`.execute(town.database.tables())
  return id
}

async function namesOf(ownerId: string): Promise<string[]> {
  const all = await files.describe?.(town.database.tables, ownerId)
  return (all ?? []).map(({ name }) => name)
}

const FIXTURE = fileURLToPath(new URL('killed.fixture.ts', import.meta.url))

/** A browser that was a guest with these files. */
async function guestWith(...names: string[]) {
  const browser = town.visitor()
  await browser.post('/act', {})
  const guest = await browser.who()
  if (!guest) throw new Error('no guest')
  const ids: string[] = []
  for (const name of names) ids.push(await fileOf(guest.ownerId, name))
  return { browser, guestId: guest.ownerId, secret: browser.cookies.get(cookie()) ?? '', ids }
}

const signIn = (browser: Browser, username: string, fields: Readonly<Record<string, string>> = {}) =>
  browser.submit('/login', { username, password: PASSWORD, ...fields }, '/login?prompt=login')

const decide = (browser: Browser, decision: string, fields: Readonly<Record<string, string>> = {}) =>
  browser.submit('/account/merge', { decision, ...fields })

const accountExists = async (id: string) =>
  (await town.tables.selectFrom('user_account').select('id').where('id', '=', id).execute()).length === 1

describe('a guest with things who signs in (security §10.8)', () => {
  it('is led to a page that lists them, with the way on, and nothing is taken along by that', async () => {
    const user = await town.user()
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
    const [ana, bo] = [await town.user(), await town.user()]
    const { browser } = await guestWith()
    expect((await signIn(browser, ana.username)).location).toBe('/account')
    expect((await browser.get('/account/merge')).location).toBe('/account')
    await fileOf(ana.id, 'hers.txt')
    expect((await signIn(browser, ana.username)).location).toBe('/account')
    expect((await signIn(browser, bo.username)).location).toBe('/account')
  })

  it('any decision but the two that say so leaves everything where it is', async () => {
    const user = await town.user()
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
    const user = await town.user()
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
      const thief = town.visitor()
      thief.cookies.set(cookie(), old)
      expect(await thief.who()).toBe(null)
    }
    expect((await browser.get('/account/merge')).location).toBe('/account')
  })

  it('what is ticked: the rest stays with the guest, and can still be taken along from the account page', async () => {
    const user = await town.user()
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
    const user = await town.user()
    const { browser, guestId } = await guestWith()
    await sql`insert into trivet.stored_file (id, key, owner_id, name, type, size, sha256)
      select id, 'file/' || id, ${guestId}, 'file ' || n, 'text/plain', 4, 'x'
      from (select gen_random_uuid() as id, n from generate_series(1, 205) as n) as made`.execute(
      town.database.tables(),
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
    const user = await town.user()
    const { browser, guestId } = await guestWith('a.txt')
    await signIn(browser, user.username)
    const answer = await decide(browser, 'take')
    expect([answer.status, answer.body.includes('Nothing is ticked')]).toEqual([422, true])
    expect(await namesOf(guestId)).toEqual(['a.txt'])
  })

  it('what the guest left to is pruned after its 30 days', async () => {
    const user = await town.user()
    const { browser, guestId } = await guestWith('a.txt')
    await signIn(browser, user.username)
    await decide(browser, 'leave')
    await town.shift(31 * 24 * 3600)
    await town.accounts.prune()
    expect(await accountExists(guestId)).toBe(false)
    expect(await accountExists(user.id)).toBe(true)
  })

  it('is noted for administrators: whose account, and how much of what (audit)', async () => {
    const user = await town.user()
    const { browser } = await guestWith('a.txt', 'b.txt')
    await signIn(browser, user.username)
    await decide(browser, 'all')
    const [event] = await town.accounts.audit.list({ most: 1, action: 'guest.merged' })
    expect(event).toMatchObject({
      actor: user.publicId,
      targetId: user.publicId,
      details: { connections: 0, runs: 0, files: 2 },
    })
  })

  it('an app’s request that was begun as a guest goes on though the guest is gone', async () => {
    const user = await town.user()
    const { browser, guestId } = await guestWith('a.txt')
    const session = (await browser.who())?.sessionId ?? ''
    const hash = randomBytes(32)
    await sql`insert into trivet.tinyoauth_client (id, metadata, registration_token_hash)
      values ('c_app', '{}', ${hash})`.execute(town.database.tables())
    await sql`insert into trivet.tinyoauth_interaction (id_hash, client_id, request, session_id, expires_at)
      values (${hash}, 'c_app', '{}', ${session}, trivet.clock() + interval '1 hour')`.execute(town.database.tables())
    await signIn(browser, user.username)
    await decide(browser, 'all')
    expect(await accountExists(guestId)).toBe(false)
    const { rows } = await sql`select 1 from trivet.tinyoauth_interaction`.execute(town.database.tables())
    expect(rows).toHaveLength(1)
  })
})

describe('only the guest that this very browser was', () => {
  it('ids of things of other guests, of other users and of nobody are not taken, whoever names them', async () => {
    const [user, other] = [await town.user(), await town.user()]
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
    const [ana, bo] = [await town.user(), await town.user()]
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
    const user = await town.user()
    const { browser, guestId } = await guestWith('a.txt')
    await signIn(browser, user.username)
    await browser.submit('/logout', {}, '/account')
    expect((await signIn(browser, user.username)).location).toBe('/account')
    await decide(browser, 'all')
    expect(await namesOf(user.id)).toEqual([])
    expect(await namesOf(guestId)).toEqual(['a.txt'])
  })

  it('another session of the same user, in another browser, is offered nothing', async () => {
    const user = await town.user()
    const { browser } = await guestWith('a.txt')
    await signIn(browser, user.username)
    const elsewhere = await town.signedIn(user.username)
    expect((await elsewhere.get('/account/merge')).location).toBe('/account')
    expect((await elsewhere.get('/account')).body).not.toContain('account-merge')
  })

  it('whoever planted or copied the guest’s cookie has nothing of it any more once its user signed in', async () => {
    const user = await town.user()
    const { browser, secret } = await guestWith('a.txt')
    await signIn(browser, user.username)
    const attacker = town.visitor()
    attacker.cookies.set(cookie(), secret)
    expect(await attacker.who()).toBe(null)
    expect((await attacker.get('/account/merge')).location).toContain('/login?return_to=')
  })

  it('a form of another site takes nothing along (CSRF)', async () => {
    const user = await town.user()
    const { browser, guestId } = await guestWith('a.txt')
    await signIn(browser, user.username)
    expect((await browser.post('/account/merge', { decision: 'all' })).status).toBe(403)
    expect(await namesOf(guestId)).toEqual(['a.txt'])
  })

  it('not while the guest is being removed', async () => {
    const user = await town.user()
    const { browser, guestId } = await guestWith('a.txt')
    await signIn(browser, user.username)
    await sql`update trivet.user_account set erasing_at = trivet.clock() where id = ${guestId}`.execute(
      town.database.tables(),
    )
    expect((await browser.get('/account/merge')).location).toBe('/account')
    await decide(browser, 'all')
    expect(await namesOf(user.id)).toEqual([])
  })
})

describe('one transaction', () => {
  it('that breaks off in the middle moves nothing, and can be done again', async () => {
    const user = await town.user()
    const { browser, guestId } = await guestWith('a.txt')
    await signIn(browser, user.username)
    afterMove = () => Promise.reject(new Error('the process dies here'))
    expect((await decide(browser, 'all')).status).toBe(500)
    expect(await namesOf(guestId)).toEqual(['a.txt'])
    expect(await town.accounts.audit.list({ most: 1, target: user.publicId })).toEqual([])
    afterMove = async () => true
    await decide(browser, 'all')
    expect(await namesOf(user.id)).toEqual(['a.txt'])
  })

  it.each([
    ['moved', false],
    ['stored', true],
  ])(
    'a process that is killed when it has %s everything leaves all of it done (%s) or nothing',
    async (point, isDone) => {
      const user = await town.user()
      const { browser, guestId } = await guestWith('a.txt', 'b.txt')
      await signIn(browser, user.username)
      const session = { id: (await browser.who())?.sessionId, ownerId: user.id }
      const input = JSON.stringify({ url: town.url.reveal(), session, point })
      const child = spawn(process.execPath, [FIXTURE, input], { stdio: 'ignore' })
      expect((await once(child, 'exit'))[1]).toBe('SIGKILL')
      expect(await namesOf(isDone ? user.id : guestId)).toEqual(['a.txt', 'b.txt'])
      expect(await accountExists(guestId)).toBe(!isDone)
      await decide(browser, 'all')
      expect(await namesOf(user.id)).toEqual(['a.txt', 'b.txt'])
      expect(await accountExists(guestId)).toBe(false)
    },
  )

  it('waits for a thing that is in use, with nothing moved meanwhile', async () => {
    const user = await town.user()
    const { browser, guestId } = await guestWith('a.txt')
    await signIn(browser, user.username)
    const seen: string[][] = []
    let tries = 0
    afterMove = async () => {
      tries += 1
      seen.push(await namesOf(guestId))
      return tries === 3
    }
    expect((await decide(browser, 'all')).status).toBe(303)
    expect(seen).toEqual([['a.txt'], ['a.txt'], ['a.txt']])
    expect(await namesOf(user.id)).toEqual(['a.txt'])
  })

  it('is done again when it met another one: a deadlock, or the same account connected at that moment', async () => {
    const user = await town.user()
    const { browser } = await guestWith('a.txt')
    await signIn(browser, user.username)
    const codes = ['40P01', '23505', '40001']
    afterMove = async () => {
      const code = codes.pop()
      if (code !== undefined) throw Object.assign(new Error('met another one'), { code })
      return true
    }
    expect((await decide(browser, 'all')).status).toBe(303)
    expect(codes).toEqual([])
    expect(await namesOf(user.id)).toEqual(['a.txt'])
  })

  it('of a thing that stays in use is given up, with nothing moved, and says so', async () => {
    const user = await town.user()
    const { browser, guestId } = await guestWith('a.txt')
    await signIn(browser, user.username)
    afterMove = async () => false
    const merge = createGuestMerge({ database: town.database, owned: [files], log: silentLog, patienceMs: 200 })
    const session = { id: (await browser.who())?.sessionId ?? '', ownerId: user.id }
    const taking = merge.take(session, () => true, { actor: user.publicId, address: '', publicId: user.publicId })
    await expect(taking).rejects.toMatchObject({ code: 'guest_things_in_use', retryAfter: 60 })
    expect(await namesOf(guestId)).toEqual(['a.txt'])
  })

  it('two tabs that take along at once, in two processes: once, and the browser stays signed in', async () => {
    const port = await town.another()
    const user = await town.user()
    const { browser } = await guestWith('a.txt', 'b.txt')
    await signIn(browser, user.username)
    const csrf = await browser.csrfOf('/account/merge')
    afterMove = () => sleep(300, true)
    const send = (origin: string) =>
      fetch(`${origin}/account/merge`, {
        method: 'POST',
        redirect: 'manual',
        headers: {
          cookie: `${cookie()}=${browser.cookies.get(cookie())}`,
          host: new URL(town.publicUrl).host,
          'x-forwarded-host': new URL(town.publicUrl).host,
        },
        body: new URLSearchParams({ csrf, decision: 'all' }),
      })
    const answers = await Promise.all([send(town.publicUrl), send(`http://localhost:${port}`), send(town.publicUrl)])
    expect(answers.map(({ status }) => status)).toEqual([303, 303, 303])
    // One that came after the secret had changed is asked to sign in, which the browser's new cookie answers.
    const ways = answers.map(({ headers }) => headers.get('location') ?? '')
    expect(ways.filter((way) => way === '/account?notice=taken_along')).toHaveLength(1)
    for (const way of ways)
      expect(way).toMatch(/^\/account(\?notice=taken_along)?$|^\/login\?return_to=%2Faccount%2Fmerge$/)
    const secrets = answers.filter(({ headers }) =>
      headers.getSetCookie().some((one) => one.startsWith(`${cookie()}=`)),
    )
    expect(secrets).toHaveLength(1)
    expect(await namesOf(user.id)).toEqual(['a.txt', 'b.txt'])
    expect(moved).toEqual([user.id])
  })
})
