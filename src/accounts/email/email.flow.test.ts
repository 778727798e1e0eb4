import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { PASSWORD } from '../people.fixture.ts'
import { createPostTown, type PostTown } from '../post-town.fixture.ts'

let town: PostTown
beforeAll(async () => {
  town = await createPostTown()
})
beforeEach(async () => {
  await town.shift(0)
  await town.tables.deleteFrom('login_failure').execute()
})
afterAll(() => town.close())

/** A new account with an address, in a browser that is signed in to it. */
async function registered(username: string, email = `${username}@example.com`) {
  const browser = town.visitor()
  const answer = await browser.submit('/register', { username, password: PASSWORD, email })
  expect(answer.status).toBe(303)
  return { browser, email, account: await whose(username) }
}

async function whose(username: string) {
  const { id } = await town.tables
    .selectFrom('user_account')
    .select('id')
    .where('username_folded', '=', username)
    .executeTakeFirstOrThrow()
  const user = () => town.accounts.user(id)
  const isVerified = async () => (await user())?.emailVerified
  return { id, user, isVerified }
}

const tokenOf = (link: string) => new URL(link, town.publicUrl).searchParams.get('token') ?? ''

describe('an e-mail address is confirmed by who owns the mailbox and the account', () => {
  it('a letter comes with the registration; link and button set email_verified (OpenID Connect Core §5.1)', async () => {
    const { browser, email, account } = await registered('ana')
    const link = await town.link(email, '/verify-email')
    expect((await browser.get('/account')).body).toMatch(/not confirmed/)
    const page = await browser.get(link)
    expect(page.status).toBe(200)
    expect(page.body).toContain(email)
    // Opening it is not enough: mail filters do that.
    expect(await account.isVerified()).toBe(false)
    const answer = await browser.submit('/verify-email', { token: tokenOf(link) }, link)
    expect(answer).toMatchObject({ status: 303, location: '/account?notice=email_verified' })
    expect(await account.isVerified()).toBe(true)
    const user = await account.user()
    expect(user && town.accounts.claimsOf(user, ['email'])).toEqual({ email, email_verified: true })
    const page2 = await browser.get(answer.location)
    expect(page2.body).toContain('Your e-mail address is confirmed')
    expect(page2.body).not.toContain('account-verify-email')
    const [event] = await town.accounts.audit.list({ most: 1, target: user?.publicId })
    expect(event).toMatchObject({ action: 'user.email_verified', actor: user?.publicId })
  })

  it('a name that looks like a host is no link in a mailbox that never said it is theirs; the link for a password, too', async () => {
    const { browser, email } = await registered('win.evil-prize.com', 'stranger@example.com')
    const link = await town.link(email, '/verify-email')
    await town.visitor().submit('/forgot', { email })
    await town.link(email, '/reset')
    const texts = town.box.to(email).map(({ text }) => text)
    expect(texts).toHaveLength(2)
    for (const text of texts) expect(text).toMatch(/^Hello,\n/)
    expect(texts.join()).not.toContain('evil-prize')
    await browser.submit('/verify-email', { token: tokenOf(link) }, link)
    await town.visitor().submit('/forgot', { email })
    await expect
      .poll(() => town.box.to(email).some(({ text }) => text.startsWith('Hello win.evil-prize.com,')))
      .toBe(true)
  })

  it('by JSON registration as well', async () => {
    const body = { username: 'ben', password: PASSWORD, email: 'ben@example.com' }
    expect((await town.visitor().json('POST', '/register', body)).status).toBe(201)
    await town.link('ben@example.com', '/verify-email')
  })

  it('somebody who is not signed in signs in first, and comes back to the link', async () => {
    const { email, account } = await registered('carla')
    const link = await town.link(email, '/verify-email')
    const browser = town.visitor()
    const first = await browser.get(link)
    expect(first).toMatchObject({ status: 303, location: `/login?${new URLSearchParams({ return_to: link })}` })
    const back = await browser.submit(
      '/login',
      { username: 'carla', password: PASSWORD, return_to: link },
      first.location,
    )
    expect(back.location).toBe(link)
    await browser.submit('/verify-email', { token: tokenOf(link) }, link)
    expect(await account.isVerified()).toBe(true)
  })

  it('another account’s session confirms nothing: nobody confirms by a click what a stranger wrote into theirs', async () => {
    const { email, account } = await registered('dora', 'victim@example.com')
    const victim = await registered('eve', 'eve@example.com')
    const link = await town.link(email, '/verify-email')
    expect((await victim.browser.get(link)).status).toBe(410)
    const csrf = await victim.browser.csrfOf('/account')
    expect((await victim.browser.post('/verify-email', { csrf, token: tokenOf(link) })).status).toBe(410)
    expect(await account.isVerified()).toBe(false)
    expect(await victim.account.isVerified()).toBe(false)
  })

  it('a new password by letter confirms nothing either', async () => {
    const { email, account } = await registered('fay')
    const browser = town.visitor()
    await browser.submit('/forgot', { email })
    await browser.get(await town.link(email, '/reset'))
    await browser.submit('/reset', { new_password: 'lamp river tuesday' })
    expect(await account.isVerified()).toBe(false)
  })

  it('the link works once, and for 24 hours', async () => {
    const { browser, email, account } = await registered('gus')
    const link = await town.link(email, '/verify-email')
    const csrf = await browser.csrfOf('/account')
    const again = await town.signedIn('gus')
    const other = await again.csrfOf('/account')
    const both = await Promise.all([
      browser.post('/verify-email', { csrf, token: tokenOf(link) }),
      again.post('/verify-email', { csrf: other, token: tokenOf(link) }),
    ])
    expect(both.map(({ status }) => status).toSorted()).toEqual([303, 410])
    expect((await browser.get(link)).status).toBe(410)

    await town.setEmail(account.id, 'gus2@example.com', false)
    await browser.submit('/account/email/verify', {}, '/account')
    const second = await town.link('gus2@example.com', '/verify-email')
    await town.tables
      .updateTable('browser_session')
      .set({ ends_at: new Date(Date.now() + 9e8) })
      .execute()
    await town.shift(24 * 3600 + 5)
    expect((await browser.get(second)).status).toBe(410)
    await town.accounts.prune()
    const rows = await town.tables
      .selectFrom('email_verification')
      .select('id')
      .where('owner_id', '=', account.id)
      .execute()
    expect(rows).toEqual([])
  })

  it('stored is a hash of the token, and the log has none of it', async () => {
    const { email } = await registered('hal')
    const token = tokenOf(await town.link(email, '/verify-email'))
    expect(token).toMatch(/^[\w-]{43}$/)
    expect(JSON.stringify(await town.tables.selectFrom('email_verification').selectAll().execute())).not.toContain(
      token,
    )
    expect(town.logged()).not.toContain(token)
  })

  it('needs the form of this browser (CSRF)', async () => {
    const { browser, email, account } = await registered('ida')
    const link = await town.link(email, '/verify-email')
    expect((await browser.post('/verify-email', { token: tokenOf(link) })).status).toBe(403)
    expect((await browser.post('/account/email/verify', {})).status).toBe(403)
    expect(await account.isVerified()).toBe(false)
  })
})

describe('another address', () => {
  const change = (browser: ReturnType<PostTown['visitor']>, email: string) =>
    browser.submit('/account/profile', { email, name: 'A Name' })

  it('counts as not confirmed, gets a link of its own, and the old one’s link is worth nothing', async () => {
    const { browser, email, account } = await registered('jon')
    const old = await town.link(email, '/verify-email')
    expect((await change(browser, 'jon.new@example.com')).status).toBe(303)
    const link = await town.link('jon.new@example.com', '/verify-email')
    expect((await browser.get(old)).status).toBe(410)
    await browser.submit('/verify-email', { token: tokenOf(link) }, link)
    expect(await account.isVerified()).toBe(true)
    await change(browser, 'jon.third@example.com')
    expect(await account.isVerified()).toBe(false)
    // Back to an address that was confirmed once: it is asked anew.
    await change(browser, 'jon.new@example.com')
    expect(await account.isVerified()).toBe(false)
  })

  it('the one before is told, if it was confirmed (ASVS 5.0, 6.3.7)', async () => {
    const { browser, email, account } = await registered('kim')
    await town.setEmail(account.id, email, true)
    await change(browser, 'kim.new@example.com')
    await expect.poll(() => town.box.to(email).at(-1)?.headers.get('subject')).toContain('e-mail address was changed')
    const told = town.box.to(email).at(-1)
    expect(told?.text).not.toContain('kim.new')
    expect(told?.text).toContain(`${town.publicUrl}/forgot`)
    const { publicId } = (await account.user()) ?? {}
    const [event] = await town.accounts.audit.list({ most: 1, target: publicId })
    expect(event).toMatchObject({ action: 'user.email_changed', actor: publicId, details: {} })
  })

  it('the same address, or another name, asks and tells nobody anything', async () => {
    const { browser, email } = await registered('leo')
    await town.link(email, '/verify-email')
    await change(browser, email)
    expect(await town.ordered(email)).toEqual([])
    expect(town.box.to(email)).toHaveLength(1)
  })

  it('by the account API as well; email_verified itself is not to be had by it (CVE-2026-27946)', async () => {
    const { account } = await registered('mia')
    const { json } = await town.login('mia')
    const headers = { authorization: `Bearer ${json['token']}` }
    const body = { email: 'mia.new@example.com', email_verified: true }
    const answer = await town.visitor().json('PATCH', '/api/account', body, headers)
    expect(answer.json).toMatchObject({ email: 'mia.new@example.com', email_verified: false })
    await town.link('mia.new@example.com', '/verify-email')
    expect(await account.isVerified()).toBe(false)
  })
})

describe('letters on demand', () => {
  it('another link, three times in an hour', async () => {
    const { browser, email } = await registered('noa')
    const answers = []
    for (let count = 0; count < 3; count += 1) {
      const { status, location } = await browser.submit('/account/email/verify', {}, '/account')
      answers.push(`${status} ${location}`)
    }
    // The registration sent the first one.
    expect(answers).toEqual(['303 /account?notice=verification_sent', '303 /account?notice=verification_sent', '429 '])
    await expect.poll(() => town.box.to(email)).toHaveLength(3)
  })

  it('asking for them blocks no way to a new password', async () => {
    const { browser, email } = await registered('olga')
    for (let count = 0; count < 3; count += 1) await browser.submit('/account/email/verify', {}, '/account')
    expect((await town.visitor().submit('/forgot', { email })).status).toBe(303)
  })

  it('a changed password is told at the confirmed address, and at no other', async () => {
    const { browser, email, account } = await registered('pia')
    await town.link(email, '/verify-email')
    const set = (current: string, next: string) =>
      browser.submit('/account/password', { current_password: current, new_password: next })
    await set(PASSWORD, 'lamp river tuesday')
    expect(await town.ordered(email)).toEqual([])
    await town.setEmail(account.id, email, true)
    await set('lamp river tuesday', PASSWORD)
    await expect.poll(() => town.box.to(email).at(-1)?.headers.get('subject')).toContain('password was changed')
  })
})
