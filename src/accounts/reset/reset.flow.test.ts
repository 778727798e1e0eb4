import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { newId } from '#base'
import { BY_COMMAND } from '../index.ts'
import { PASSWORD } from '../people.fixture.ts'
import { createPostTown, type PostTown, pathOf } from '../post-town.fixture.ts'
import { findWaysToSignIn } from '../store/ways-to-sign-in.ts'

const NEW = 'lamp river tuesday'

let town: PostTown
beforeAll(async () => {
  town = await createPostTown()
})
beforeEach(async () => {
  town.ended.length = 0
  await town.shift(0)
  await town.tables.deleteFrom('login_failure').execute()
})
afterAll(() => town.close())

const forgot = (email: string, browser = town.visitor()) => browser.submit('/forgot', { email })

/** By letter up to the page with the field for the new password. */
async function opened(email: string, browser = town.visitor()) {
  await forgot(email, browser)
  const link = await town.link(email, '/reset')
  const answer = await browser.get(link)
  expect(answer).toMatchObject({ status: 303, location: '/reset' })
  return { browser, link, answer }
}

const succeeded = async (username: string, password: string) =>
  (await town.login(username, password)).json['result'] === 'succeeded'

describe('a forgotten password (security §10.12)', () => {
  it('by a letter: link, page, new password, and then the sign-in', async () => {
    const { id, username, email } = await town.reachable('ana')
    const { browser } = await opened(email)
    const page = await browser.get('/reset')
    expect(page.body).toContain('account ana')
    const answer = await browser.submit('/reset', { new_password: NEW })
    expect(answer).toMatchObject({ status: 303, location: '/login?notice=password_reset' })
    expect((await browser.get(answer.location)).body).toContain('Sign in with the new one')
    expect(await succeeded(username, NEW)).toBe(true)
    expect(await succeeded(username, PASSWORD)).toBe(false)
    const { publicId } = (await town.accounts.user(id)) ?? {}
    const audit = await town.accounts.audit.list({ most: 9, target: publicId })
    expect(audit.map(({ action, details }) => ({ action, details }))).toEqual([
      { action: 'user.password_reset', details: { way: 'mail' } },
      { action: 'user.reset_link_sent', details: {} },
    ])
  })

  it('signs nobody in, and leaves no cookie that opens anything (ASVS 5.0, 6.4.3)', async () => {
    const { id, email } = await town.reachable('ben')
    const { browser } = await opened(email)
    const answer = await browser.submit('/reset', { new_password: NEW })
    expect(answer.set.join()).not.toMatch(/^trivet-\d+=./)
    expect([...browser.cookies.keys()].filter((name) => !name.endsWith('-visit'))).toEqual([])
    expect(await browser.who()).toBeNull()
    expect((await town.row(id)).login_epoch).toBe(1)
  })

  it('asks for the second factor afterwards as ever: no session by the new password alone (ASVS 5.0, 6.4.3)', async () => {
    const { id, username, email } = await town.reachable('bea')
    const secret = { id: newId(), owner_id: id, sealed_secret: 'v1' }
    await town.tables.insertInto('totp_secret').values(secret).execute()
    await town.tables.updateTable('totp_secret').set({ confirmed_at: new Date() }).where('id', '=', secret.id).execute()
    const { browser } = await opened(email)
    await browser.submit('/reset', { new_password: NEW })
    const answer = await browser.submit('/login', { username, password: NEW })
    expect(answer.location).toBe('/login/code')
    expect(await browser.who()).toBeNull()
  })

  it('ends sessions, login tokens and what apps hold', async () => {
    const { id, username, email } = await town.reachable('carla')
    const elsewhere = await town.signedIn(username)
    const { json } = await town.login(username)
    const { browser } = await opened(email)
    await browser.submit('/reset', { new_password: NEW })
    expect(await elsewhere.who()).toBeNull()
    const bearer = await town.visitor().get('/bearer', { authorization: `Bearer ${json['token']}` })
    expect(JSON.parse(bearer.body)).toEqual({ user: null })
    expect(town.ended).toEqual([id, id])
  })

  describe('nobody else’s way in stays (pre-hijacking: "trojan identifier")', () => {
    /** A passkey and a linked account, as whoever was signed in could add them. */
    async function addWays(ownerId: string) {
      const [subject, credential] = [newId(), newId()]
      const identity = { owner_id: ownerId, provider: 'google', issuer: 'https://google.example', subject, name: 'x' }
      await town.tables
        .insertInto('login_identity')
        .values({ id: newId(), ...identity })
        .execute()
      const key = { credential_id: credential, public_key: Buffer.alloc(1), sign_count: 0, transports: [] }
      await town.tables
        .insertInto('passkey')
        .values({ id: newId(), owner_id: ownerId, ...key, is_synced: false, name: 'x' })
        .execute()
    }
    const waysOf = async (ownerId: string) => {
      const { issuers, passkeys } = await findWaysToSignIn(town.tables, ownerId)
      return issuers.length + passkeys
    }

    it('where the address was never confirmed: all go, and the page says so before and after', async () => {
      const { id, email } = await town.reachable('hana')
      const other = await town.reachable('bystander')
      for (const owner of [id, other.id]) await addWays(owner)
      const { browser } = await opened(email)
      const page = await browser.get('/reset')
      expect(page.body).toContain('2 of them will be removed')
      expect(page.body).not.toContain('id="reset-keeps"')
      const answer = await browser.submit('/reset', { new_password: NEW })
      expect(answer.location).toBe('/login?notice=ways_reset')
      expect((await browser.get(answer.location)).body).toContain('sign nobody in any more')
      expect(await waysOf(id)).toBe(0)
      expect(await waysOf(other.id)).toBe(2)
      const { publicId } = (await town.accounts.user(id)) ?? {}
      const [event] = await town.accounts.audit.list({ most: 1, target: publicId })
      expect(event?.details).toEqual({ way: 'mail', waysRemoved: 2 })
    })

    it('what was added before it was confirmed goes, and what was added since stays', async () => {
      const { id, email } = await town.reachable('hedy')
      await addWays(id)
      await town.setEmail(id, email, true)
      await town.shift(60)
      await addWays(id)
      const { browser } = await opened(email)
      const page = await browser.get('/reset')
      expect(page.body).toContain('2 of them will be removed')
      expect(page.body).toContain('2 of the passkeys and linked accounts still sign in')
      await browser.submit('/reset', { new_password: NEW })
      expect(await waysOf(id)).toBe(2)
    })

    it('a link of whoever runs the server removes nothing, and the page says what stays', async () => {
      const { id, username } = await town.reachable('hugh')
      await addWays(id)
      const browser = town.visitor()
      await browser.get(pathOf(await town.accounts.resetLink({ username }, BY_COMMAND)))
      const page = await browser.get('/reset')
      expect(page.body).toContain('2 of the passkeys and linked accounts still sign in')
      expect(page.body).not.toContain('id="reset-removes"')
      expect((await browser.submit('/reset', { new_password: NEW })).location).toBe('/login?notice=password_reset')
      expect(await waysOf(id)).toBe(2)
    })
  })

  it('the link is 256 random bits, at the public URL whatever the request says, and stored as a hash only', async () => {
    const { email } = await town.reachable('dora')
    await town.visitor({ forwarded: 'host=evil.example' }).submit('/forgot', { email })
    const link = await town.link(email, '/reset')
    expect(link).toMatch(/^\/reset\?token=[\w-]{43}$/)
    expect(town.box.to(email)[0]?.text).toContain(`${town.publicUrl}${link}`)
    expect(town.box.to(email)[0]?.raw).not.toContain('evil.example')
    const rows = await town.tables.selectFrom('password_reset').selectAll().execute()
    const token = link.split('=')[1] ?? ''
    expect(JSON.stringify(rows)).not.toContain(token)
    expect(JSON.stringify(rows)).not.toContain(Buffer.from(token).toString('hex'))
    expect(town.logged()).not.toContain(token)
  })

  it('the link works once: the first browser that opens it gets a cookie, no other does', async () => {
    const { email } = await town.reachable('eve')
    const { browser, link, answer } = await opened(email)
    expect(answer.set.join()).toMatch(/-reset=[\w-]{43}; Max-Age=900; Path=\/; HttpOnly; SameSite=Lax/)
    const other = await town.visitor().get(link)
    expect(other.status).toBe(410)
    expect(other.body).toContain('link_over')
    // A second click in the same browser goes on.
    expect(await browser.get(link)).toMatchObject({ status: 303, location: '/reset' })
    expect((await browser.submit('/reset', { new_password: NEW })).status).toBe(303)
    expect((await browser.get('/reset')).status).toBe(410)
    expect((await browser.get(link)).status).toBe(410)
  })

  it('of 20 browsers at the same time one opens it, and of 20 new passwords one counts', async () => {
    const { id, email } = await town.reachable('fay')
    await forgot(email)
    const link = await town.link(email, '/reset')
    const browsers = Array.from({ length: 20 }, () => town.visitor())
    const answers = await Promise.all(browsers.map((browser) => browser.get(link)))
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1)
    const browser = browsers[answers.findIndex(({ status }) => status === 303)]
    if (!browser) throw new Error('nobody')
    const csrf = await browser.csrfOf('/reset')
    const epoch = (await town.row(id)).login_epoch
    const changes = await Promise.all(
      Array.from({ length: 20 }, (_, index) => browser.post('/reset', { csrf, new_password: `${NEW} ${index}` })),
    )
    expect(changes.filter(({ status }) => status === 303)).toHaveLength(1)
    expect((await town.row(id)).login_epoch).toBe(epoch + 1)
  })

  it('ends after 15 minutes, opened or not', async () => {
    const { email, username } = await town.reachable('gus')
    const { browser } = await opened(email)
    await forgot(email)
    const second = () => town.box.to(email).length
    await expect.poll(second).toBe(2)
    const unopened = await town.link(email, '/reset')
    const csrf = await browser.csrfOf('/reset')
    await town.shift(15 * 60 + 5)
    expect((await town.visitor().get(unopened)).status).toBe(410)
    expect((await browser.post('/reset', { csrf, new_password: NEW })).status).toBe(410)
    expect(await succeeded(username, PASSWORD)).toBe(true)
    await town.accounts.prune()
    expect(await town.tables.selectFrom('password_reset').selectAll().execute()).toEqual([])
  })

  it('a link that was not opened is over when another one was used, or the password was changed', async () => {
    const { id, username, email } = await town.reachable('hal')
    await forgot(email)
    const first = await town.link(email, '/reset')
    const { browser } = await opened(email)
    await browser.submit('/reset', { new_password: NEW })
    expect((await town.visitor().get(first)).status).toBe(410)

    const link = await town.accounts.resetLink({ username }, BY_COMMAND)
    const own = town.visitor()
    await own.submit('/login', { username, password: NEW })
    await own.submit('/account/password', { current_password: NEW, new_password: PASSWORD })
    expect((await town.visitor().get(pathOf(link))).status).toBe(410)
    expect(await town.tables.selectFrom('password_reset').selectAll().where('owner_id', '=', id).execute()).toEqual([])
  })

  it('a link in the mailbox of an address is over when the account gets another one; opened ones as well', async () => {
    const { username, email } = await town.reachable('hugo')
    const own = await town.signedIn(username)
    const { browser } = await opened(email)
    await forgot(email)
    await expect.poll(() => town.box.to(email)).toHaveLength(2)
    const unopened = await town.link(email, '/reset')
    await own.submit('/account/profile', { email, name: 'Hugo' })
    expect((await browser.get('/reset')).status).toBe(200)
    await own.submit('/account/profile', { email: 'hugo.new@example.com' })
    expect((await browser.get('/reset')).status).toBe(410)
    expect((await town.visitor().get(unopened)).status).toBe(410)
  })

  it('is for nobody who is disabled or deleted meanwhile', async () => {
    const { username, email } = await town.reachable('ida')
    const { browser } = await opened(email)
    const csrf = await browser.csrfOf('/reset')
    await town.accounts.setDisabled(username, true)
    expect((await browser.post('/reset', { csrf, new_password: NEW })).status).toBe(410)
    expect(await town.accounts.resetLink({ username }, BY_COMMAND)).toBeUndefined()
    const before = town.box.to(email).length
    await forgot(email)
    await expect.poll(() => town.ordered(email)).toEqual([])
    expect(town.box.to(email)).toHaveLength(before)
  })

  it('refuses a weak password, and the link can still be used', async () => {
    const { email } = await town.reachable('jon')
    const { browser } = await opened(email)
    for (const weak of ['short', 'password123', 'jon', '']) {
      const answer = await browser.submit('/reset', { new_password: weak })
      expect(answer.status).toBe(422)
      expect(answer.body).toContain('id="reset-form"')
    }
    expect((await browser.submit('/reset', { new_password: NEW })).status).toBe(303)
  })

  it('needs the form of this browser (CSRF, security §6)', async () => {
    const { username, email } = await town.reachable('kim')
    const { browser } = await opened(email)
    expect((await browser.post('/reset', { new_password: NEW })).status).toBe(403)
    const csrf = await browser.csrfOf('/reset')
    const cross = await browser.post('/reset', { csrf, new_password: NEW }, { 'sec-fetch-site': 'cross-site' })
    expect(cross.status).toBe(403)
    expect(await succeeded(username, PASSWORD)).toBe(true)
    expect((await town.visitor().post('/forgot', { email })).status).toBe(403)
  })

  it('is not used up by what looks at it in advance: HEAD, prefetch', async () => {
    const { email } = await town.reachable('leo')
    await forgot(email)
    const link = await town.link(email, '/reset')
    expect((await fetch(new URL(link, town.publicUrl), { method: 'HEAD', redirect: 'manual' })).status).toBe(204)
    expect((await town.visitor().get(link, { 'sec-purpose': 'prefetch;prerender' })).status).toBe(204)
    expect((await town.visitor().get(link)).status).toBe(303)
  })

  it('the way on to an app or page is kept on the page that asks, not in the letter', async () => {
    const { email } = await town.reachable('nia')
    const browser = town.visitor()
    const answer = await browser.submit('/forgot', { email, return_to: '/runs' }, '/forgot?return_to=%2Fruns')
    expect(answer.location).toBe('/forgot?sent=yes&return_to=%2Fruns')
    expect((await browser.get(answer.location)).body).toContain('href="/login?return_to=%2Fruns"')
    expect(await town.link(email, '/reset')).toMatch(/^\/reset\?token=[\w-]{43}$/)
  })

  it('no page of it may be kept, and none tells its address to others (security §11.9)', async () => {
    const { email } = await town.reachable('mia')
    const { browser, answer } = await opened(email)
    for (const { headers } of [answer, await browser.get('/reset'), await browser.get('/forgot')]) {
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('referrer-policy')).toBe('same-origin')
    }
  })
})
