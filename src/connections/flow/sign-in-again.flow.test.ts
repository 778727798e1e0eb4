import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Person } from '../testing/fake-provider.fixture.ts'
import { PASSWORD, signInByPassword } from '../testing/people.fixture.ts'
import { createSignInRig, type SignInRig } from '../testing/sign-in.fixture.ts'

let rig: SignInRig
beforeAll(async () => {
  rig = await createSignInRig()
})
afterAll(() => rig.close())
afterEach(() => rig.test.shift(0))

let people = 0
const somebody = (): Person => {
  people += 1
  return { sub: `s-${people}`, email: `somebody${people}@example.com`, name: `Some Body ${people}` }
}

describe('somebody who is signed in', () => {
  it('proves again who they are by their account: the same session, a new cookie, a new time', async () => {
    const person = somebody()
    const { browser } = await rig.newcomer(person, 'once-more')
    const before = await rig.who(browser)
    const cookie = [...browser.cookies.values()].join()
    await rig.test.shift(600)
    const asked = await browser.get('/account/password')
    expect(asked.location).toBe('/account/confirm?return_to=%2Faccount%2Fpassword')
    const left = new URL(await rig.leave(browser, { return_to: '/account/password' }))
    // Not passed by unseen: the provider shows which account it will be.
    expect(left.searchParams.get('prompt')).toBe('select_account')
    const answer = await rig.callback(browser, rig.provider.agree(left.href, person))
    expect(answer.location).toBe('/account/password')
    expect((await browser.get(answer.location)).status).toBe(200)
    const after = await rig.who(browser)
    expect(after?.sessionId).toBe(before?.sessionId)
    expect(after?.user?.authTime).not.toBe(before?.user?.authTime)
    expect([...browser.cookies.values()].join()).not.toBe(cookie)
  })

  it('does not become somebody else by that, nor links what is unknown', async () => {
    const [person, other] = [somebody(), somebody()]
    const { browser, ownerId } = await rig.newcomer(person, 'stays-the-same')
    await rig.newcomer(other, 'somebody-else')
    expect((await rig.signIn(browser, other)).location).toBe('/account/identities?notice=other_account')
    expect((await rig.signIn(browser, somebody())).location).toBe('/account/identities?notice=not_linked')
    expect((await browser.get('/login/identity')).location).toBe('/account')
    expect(await rig.who(browser)).toMatchObject({ ownerId })
    expect(await rig.identityIds(browser)).toHaveLength(1)
  })

  it('as an administrator changes nothing by that: a password of this server does, or a passkey (security §10.16)', async () => {
    const person = somebody()
    const { username } = await rig.user('administrator', { isAdmin: true })
    const own = rig.browser()
    await signInByPassword(own, username)
    await rig.link(own, person)

    const browser = rig.browser()
    expect((await rig.signIn(browser, person)).location).toBe('/account')
    expect(await rig.who(browser)).toMatchObject({ user: { username, amr: ['ext'] } })
    // Else a passkey of whoever sits there would be the next thing.
    const first = (await browser.get('/account/factors')).location
    expect(first).toBe('/account/confirm?return_to=%2Faccount%2Ffactors')
    expect((await browser.get(first)).body).not.toContain('login-google')
    expect((await own.get('/account/factors')).status).toBe(200)
    await browser.submit('/account/confirm', { password: PASSWORD }, first)
    expect((await browser.get('/account/factors')).status).toBe(200)
  })

  it('may become somebody else when an app asks who it is', async () => {
    const [person, other] = [somebody(), somebody()]
    const { browser } = await rig.newcomer(person, 'one-of-two')
    const { ownerId } = await rig.newcomer(other, 'two-of-two')
    await rig.signIn(browser, other, { interaction: 'i'.repeat(32) })
    expect(await rig.who(browser)).toMatchObject({ ownerId })
  })

  it('without a password sets a first one, which ends all other sessions; then it works', async () => {
    const person = somebody()
    const { browser } = await rig.newcomer(person, 'first-password')
    const other = rig.browser()
    await rig.signIn(other, person)
    const page = await browser.get('/account/password')
    expect(page.body).toContain('Set a password')
    expect(page.body).not.toContain('current_password')
    const set = await browser.submit('/account/password', { new_password: PASSWORD }, '/account/password')
    expect(set.location).toBe('/account?notice=password_changed')
    expect(await rig.who(other)).toBeNull()
    expect((await rig.who(browser))?.user?.amr).toEqual(['ext'])
    expect((await signInByPassword(rig.browser(), 'first-password')).location).toBe('/account')
    // From now on it is asked for.
    expect(
      (await browser.submit('/account/password', { new_password: 'other words again' }, '/account/password')).status,
    ).toBe(422)
  })

  it('without a password deletes the account after a fresh sign-in', async () => {
    const person = somebody()
    const { browser } = await rig.newcomer(person, 'goes-away')
    await rig.test.shift(600)
    expect((await browser.get('/account/delete')).location).toBe('/account/confirm?return_to=%2Faccount%2Fdelete')
    const csrf = /name="csrf" value="([^"]+)"/.exec((await browser.get('/account')).body)?.[1] ?? ''
    const refused = await browser.post('/account/delete', { csrf, password: '' })
    expect(refused.location).toBe('/account/confirm?return_to=%2Faccount%2Fdelete')
    await rig.signIn(browser, person)
    const gone = await browser.submit('/account/delete', {}, '/account/delete')
    expect(gone.location).toBe('/login?notice=account_deleted')
    expect((await rig.signIn(rig.browser(), person)).location).toBe('/login/identity')
  })
})
