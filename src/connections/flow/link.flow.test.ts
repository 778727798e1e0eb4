import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Person } from '../testing/fake-provider.fixture.ts'
import { signInByPassword } from '../testing/people.fixture.ts'
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

async function signedIn(username: string) {
  const user = await rig.user(username)
  const browser = rig.browser()
  await signInByPassword(browser, username)
  return { user, browser }
}

describe('linking (security §10.9)', () => {
  it('takes a fresh sign-in and the way to the provider and back, and gives the session a new cookie', async () => {
    const { user, browser } = await signedIn('links')
    const person = somebody()
    const cookie = [...browser.cookies.values()].join()
    expect((await rig.link(browser, person)).location).toBe('/account/identities?notice=linked')
    expect([...browser.cookies.values()].join()).not.toBe(cookie)
    expect((await browser.get('/account/identities')).body).toContain(person.email)
    const other = rig.browser()
    expect((await rig.signIn(other, person)).location).toBe('/account')
    expect(await rig.who(other)).toMatchObject({ ownerId: user.id })
    expect(await rig.events('identity.linked')).toMatchObject([
      { actor: user.publicId, targetId: user.publicId, details: { provider: 'google', issuer: rig.provider.url } },
    ])
  })

  it('is not begun by a sign-in that is older than five minutes, nor by a guest', async () => {
    const { browser } = await signedIn('links-late')
    await rig.test.shift(301)
    expect((await rig.link(browser)).location).toMatch(/^\/account\/confirm\?return_to=/)
    expect(await rig.identityIds(browser)).toEqual([])
    const guest = rig.browser()
    const answer = await guest.submit('/account/identities/google', {}, '/login')
    expect(answer.location).toBe('/login?return_to=%2Faccount%2Fidentities')
  })

  it('is of the session that began it: another one of the same user does not end it', async () => {
    const { browser } = await signedIn('two-browsers')
    const second = rig.browser()
    await signInByPassword(second, 'two-browsers')
    const begun = await browser.submit('/account/identities/google', {}, '/account/identities')
    const query = rig.provider.agree(begun.location, somebody())
    expect((await rig.callback(second, query)).status).toBe(403)
    expect(await rig.identityIds(second)).toEqual([])
    expect((await rig.callback(browser, query)).location).toBe('/account/identities?notice=linked')
  })

  it('needs the CSRF token (link CSRF, security §6)', async () => {
    const { browser } = await signedIn('link-csrf')
    expect((await browser.post('/account/identities/google', {})).status).toBe(403)
  })

  it('does not take an account from somebody else, and says so', async () => {
    const person = somebody()
    const owner = await rig.newcomer(person, 'has-it')
    const { browser } = await signedIn('wants-it')
    const answer = await rig.link(browser, person)
    expect(answer.location).toBe('/account/identities?notice=taken')
    expect((await browser.get(answer.location)).body).toContain('This account signs somebody else in here')
    expect(await rig.identityIds(browser)).toEqual([])
    expect(await rig.identityIds(owner.browser)).toHaveLength(1)
  })

  it('of one account by two people at once: one has it', async () => {
    const [one, two] = [await signedIn('race-one'), await signedIn('race-two')]
    const person = somebody()
    const answers = await Promise.all([one, two].map(({ browser }) => rig.link(browser, person)))
    expect(answers.map(({ location }) => location.split('=')[1]).sort()).toEqual(['linked', 'taken'])
  })

  it('of what is linked already says so', async () => {
    const { browser } = await signedIn('links-twice')
    const person = somebody()
    await rig.link(browser, person)
    expect((await rig.link(browser, person)).location).toBe('/account/identities?notice=linked_already')
  })
})

describe('"I have an account here"', () => {
  it('signs in first, in the usual way, and then asks; afterwards it goes on to the app', async () => {
    const interaction = 'i'.repeat(32)
    const user = await rig.user('was-here-before')
    const person = somebody()
    const browser = rig.browser()
    await rig.signIn(browser, person, { interaction })
    const toLogin = await rig.decide(browser, { decision: 'have_account' })
    expect(toLogin.location).toBe('/login?return_to=%2Flogin%2Fidentity')
    const { body } = await browser.get(toLogin.location)
    expect(body).toContain('name="return_to" value="/login/identity"')
    const fields = { username: 'was-here-before', password: 'four words in a row', return_to: '/login/identity' }
    const signedInNow = await browser.submit('/login', fields, toLogin.location)
    expect(signedInNow.location).toBe('/login/identity')
    const page = await browser.get('/login/identity')
    expect(page.body).toContain('Link Google to was-here-before?')
    const linked = await rig.decide(browser, { decision: 'link' })
    expect(linked.location).toBe(`/authorize?interaction=${interaction}`)
    const other = rig.browser()
    await rig.signIn(other, person)
    expect(await rig.who(other)).toMatchObject({ ownerId: user.id })
  })

  it('links nothing to whoever signs in in this browser without having said so', async () => {
    const user = await rig.user('somebody-in-between')
    const browser = rig.browser()
    await rig.signIn(browser, somebody())
    await signInByPassword(browser, 'somebody-in-between')
    expect(await rig.who(browser)).toMatchObject({ ownerId: user.id })
    expect((await browser.get('/login/identity')).location).toBe('/account')
    expect(await rig.identityIds(browser)).toEqual([])
  })

  it('can be left', async () => {
    await rig.user('changes-their-mind')
    const browser = rig.browser()
    await rig.signIn(browser, somebody(), { return_to: '/runs' })
    await rig.decide(browser, { decision: 'have_account' })
    await signInByPassword(browser, 'changes-their-mind')
    expect((await rig.decide(browser, { decision: 'cancel' })).location).toBe('/runs')
    expect(await rig.identityIds(browser)).toEqual([])
  })

  it('asks again who it is when the sign-in is old by then', async () => {
    await rig.user('takes-their-time')
    const browser = rig.browser()
    await rig.signIn(browser, somebody())
    await rig.decide(browser, { decision: 'have_account' })
    await signInByPassword(browser, 'takes-their-time')
    await rig.test.shift(301)
    expect((await browser.get('/login/identity')).location).toMatch(/^\/account\/confirm\?/)
  })
})

describe('unlinking', () => {
  it('leaves whoever has a password, and is written down', async () => {
    const { user, browser } = await signedIn('unlinks')
    const person = somebody()
    await rig.link(browser, person)
    const [id = ''] = await rig.identityIds(browser)
    expect((await rig.unlink(browser, id)).location).toBe('/account/identities?notice=unlinked')
    expect((await rig.signIn(rig.browser(), person)).location).toBe('/login/identity')
    expect(await rig.events('identity.unlinked')).toMatchObject([{ actor: user.publicId, targetId: user.publicId }])
  })

  it('never takes the last way to sign in', async () => {
    const { browser } = await rig.newcomer(somebody(), 'only-way')
    const [id = ''] = await rig.identityIds(browser)
    const answer = await rig.unlink(browser, id)
    expect(answer.location).toBe('/account/identities?notice=last_way')
    expect((await browser.get(answer.location)).body).toContain('the only way in that you have')
    expect(await rig.identityIds(browser)).toEqual([id])
  })

  it('needs a fresh sign-in, and an identity of one’s own', async () => {
    const { browser } = await signedIn('unlinks-late')
    const theirs = await rig.newcomer(somebody(), 'somebody-elses')
    const [other = ''] = await rig.identityIds(theirs.browser)
    for (const id of [other, 'no-id', '01890000-0000-7000-8000-000000000000']) {
      expect((await rig.unlink(browser, id)).location).toBe('/account/identities?notice=not_found')
    }
    await rig.link(browser, somebody())
    const [id = ''] = await rig.identityIds(browser)
    await rig.test.shift(600)
    expect((await rig.unlink(browser, id)).location).toMatch(/^\/account\/confirm\?/)
    expect(await rig.identityIds(browser)).toEqual([id])
  })
})
