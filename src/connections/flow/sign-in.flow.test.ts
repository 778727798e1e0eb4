import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { BOB, type Person } from '../testing/fake-provider.fixture.ts'
import { PASSWORD } from '../testing/people.fixture.ts'
import { createSignInRig, type SignInRig } from '../testing/sign-in.fixture.ts'

let rig: SignInRig
beforeAll(async () => {
  rig = await createSignInRig()
})
afterAll(() => rig.close())
afterEach(async () => {
  rig.provider.settings.idToken = (claims) => claims
  await rig.test.shift(0)
})

let people = 0
const somebody = (): Person => {
  people += 1
  return { sub: `s-${people}`, email: `somebody${people}@example.com`, name: `Some Body ${people}` }
}
const countUsers = () =>
  rig.test.database
    .tables<{ user_account: { id: string; kind: string } }>()
    .selectFrom('user_account')
    .select('id')
    .where('kind', '=', 'user')
    .execute()
    .then((rows) => rows.length)

describe('what a provider is asked for', () => {
  it('is who somebody is, and nothing else: no refresh token, nothing granted before', async () => {
    const asked = new URL(await rig.leave(rig.browser())).searchParams
    expect(Object.fromEntries(asked)).toEqual({
      response_type: 'code',
      client_id: 'test-client',
      redirect_uri: `${rig.publicUrl}/connect/google/callback`,
      scope: 'openid email profile',
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    })
  })

  it('begins with a form of ours only (login CSRF, security §6)', async () => {
    const browser = rig.browser()
    expect((await browser.get('/login/google')).status).toBe(404)
    expect(await browser.post('/login/google', {})).toMatchObject({ status: 403 })
    const foreign = { 'sec-fetch-site': 'cross-site' }
    const csrf = /name="csrf" value="([^"]+)"/.exec((await browser.get('/login')).body)?.[1] ?? ''
    expect(await browser.post('/login/google', { csrf }, foreign)).toMatchObject({ status: 403 })
  })

  it('is nothing where the provider has no client, or is none', async () => {
    const browser = rig.browser()
    expect((await browser.submit('/login/discord', {}, '/login')).status).toBe(503)
    expect((await browser.submit('/login/nobody', {}, '/login')).status).toBe(404)
    expect((await browser.get('/login')).body).not.toContain('login-discord')
  })
})

describe('somebody whom nobody here knows', () => {
  it('chooses a username, prefilled, and is signed in; no token is kept', async () => {
    const browser = rig.browser()
    const person = somebody()
    expect((await rig.signIn(browser, person)).location).toBe('/login/identity')
    const page = await browser.get('/login/identity')
    expect(page.body).toContain(person.email)
    expect(page.body).toMatch(new RegExp(`id="username"[^>]*value="somebody${people}"|value="somebody${people}"`))
    const connections = await rig.countConnections()
    const made = await rig.decide(browser, { decision: 'create', username: 'newcomer-one' })
    expect(made).toMatchObject({ status: 303, location: '/account' })
    expect(await rig.who(browser)).toMatchObject({ kind: 'user', user: { username: 'newcomer-one', amr: ['ext'] } })
    expect(await rig.countConnections()).toBe(connections)
    const stored = await sql<{ all: string }>`select (select json_agg(t) from trivet.login_identity t)::text
      || (select json_agg(t) from trivet.authorization_request t)::text as all`.execute(
      rig.test.database.tables<unknown>(),
    )
    for (const secret of rig.provider.secrets) expect(stored.rows[0]?.all).not.toContain(secret)
    for (const secret of rig.provider.secrets) expect(rig.logged()).not.toContain(secret)
    expect((await browser.get('/account')).body).toContain('signed in (with Google)')
  })

  it('is known the next time, in whatever browser, under whatever name they have there by then', async () => {
    const person = somebody()
    const { ownerId } = await rig.newcomer(person, 'comes-again')
    const other = rig.browser()
    expect((await rig.signIn(other, { ...person, email: 'renamed@example.com' })).location).toBe('/account')
    expect(await rig.who(other)).toMatchObject({ ownerId })
    expect((await other.get('/account/identities')).body).toContain('renamed@example.com')
  })

  it('is not who has the same e-mail address here, verified or not (security §10.9)', async () => {
    const person = somebody()
    const { id } = await rig.user('same-address', { email: person.email })
    await sql`update trivet.user_account set email_verified_at = trivet.clock() where id = ${id}`.execute(
      rig.test.database.tables<unknown>(),
    )
    const browser = rig.browser()
    expect((await rig.signIn(browser, person)).location).toBe('/login/identity')
    expect((await rig.who(browser))?.kind).toBe('guest')
  })

  it('is not who has the same subject at another issuer: issuer and subject name an account', async () => {
    const person = somebody()
    const { browser } = await rig.newcomer(person, 'of-one-issuer')
    const [id = ''] = await rig.identityIds(browser)
    await sql`update trivet.login_identity set issuer = 'https://elsewhere.example' where id = ${id}`.execute(
      rig.test.database.tables<unknown>(),
    )
    expect((await rig.signIn(rig.browser(), person)).location).toBe('/login/identity')
  })

  it.each([
    ['taken', 'taken-name', 409],
    ['reserved', 'admin', 409],
    ['a twin of a taken one (security §11.8)', '\uff34\uff41ken-NAME', 409],
    ['a twin of a reserved one (security §11.8)', '\uff41dmin', 409],
    ['of two alphabets (security §11.8)', '\u0430dmin', 422],
    ['none at all', '', 422],
    ['no name', 'a b', 422],
  ])('is told when the name is %s, and nothing is lost', async (_what, username, status) => {
    await rig.accounts.createUser({ username: 'taken-name', password: PASSWORD, isAdmin: false })
    const browser = rig.browser()
    await rig.signIn(browser, somebody())
    const refused = await rig.decide(browser, { decision: 'create', username })
    expect(refused.status).toBe(status)
    expect(refused.body).toContain('id="identity-create"')
    const made = await rig.decide(browser, { decision: 'create', username: `free-${people}` })
    expect(made).toMatchObject({ status: 303, location: '/account' })
  })

  it('becomes one user, however often the button is pressed', async () => {
    const browser = rig.browser()
    await rig.signIn(browser, somebody())
    const page = await browser.get('/login/identity')
    const fields = Object.fromEntries(
      [...page.body.matchAll(/name="(csrf|identity)" value="([^"]*)"/g)].map(([, name, value]) => [name, value]),
    )
    const before = await countUsers()
    const form = { ...fields, decision: 'create' }
    const answers = await Promise.all(
      [1, 2, 3, 4].map((n) => browser.post('/login/identity', { ...form, username: `press-${n}` })),
    )
    expect(answers.every(({ status }) => status === 303)).toBe(true)
    expect(await countUsers()).toBe(before + 1)
  })

  it('has ten minutes, and in this browser only', async () => {
    const browser = rig.browser()
    await rig.signIn(browser, somebody())
    const identity = await rig.pendingId(browser)
    const other = rig.browser()
    await rig.signIn(other, somebody())
    const stolen = await rig.decide(other, { decision: 'create', username: 'thief', identity })
    expect(stolen.location).toBe('/login?notice=identity_gone')
    await rig.test.shift(601)
    expect((await browser.get('/login/identity')).location).toBe('/login?notice=identity_gone')
  })

  it('holds it under a new cookie: whoever planted the old one decides nothing (fixation, security §9.5)', async () => {
    const browser = rig.browser()
    await rig.signIn(browser, somebody())
    await rig.decide(browser, { decision: 'cancel' })
    const planted = rig.browser()
    for (const [name, value] of browser.cookies) planted.cookies.set(name, value)
    await rig.signIn(browser, somebody())
    expect((await planted.get('/login/identity')).location).toBe('/login?notice=identity_gone')
    expect((await browser.get('/login/identity')).status).toBe(200)
  })

  it('decides about the account that the page showed, not about one that came after it in another tab', async () => {
    const browser = rig.browser()
    await rig.signIn(browser, somebody())
    const identity = await rig.pendingId(browser)
    await rig.signIn(browser, somebody())
    const before = await countUsers()
    const answer = await rig.decide(browser, { decision: 'create', username: 'wrong-tab', identity })
    expect(answer.location).toBe('/login?notice=identity_gone')
    expect(await countUsers()).toBe(before)
  })

  it('goes on to where they were going: an app, or a page of ours, and nowhere else', async () => {
    const interaction = 'i'.repeat(32)
    const app = rig.browser()
    await rig.signIn(app, somebody(), { interaction, return_to: '/runs' })
    expect((await rig.decide(app, { decision: 'create', username: 'to-an-app' })).location).toBe(
      `/authorize?interaction=${interaction}`,
    )
    const page = rig.browser()
    await rig.signIn(page, somebody(), { return_to: '/runs?x=1' })
    expect((await rig.decide(page, { decision: 'create', username: 'to-a-page' })).location).toBe('/runs?x=1')
    for (const [n, return_to] of ['https://evil.example/', '//evil.example', '/\\evil.example'].entries()) {
      const away = rig.browser()
      await rig.signIn(away, somebody(), { return_to })
      expect((await rig.decide(away, { decision: 'create', username: `astray-${n}` })).location).toBe('/account')
    }
  })

  it('may leave it: the app is told', async () => {
    const interaction = 'c'.repeat(32)
    const browser = rig.browser()
    await rig.signIn(browser, somebody(), { interaction })
    const left = await rig.decide(browser, { decision: 'cancel' })
    expect(left.location).toBe(`/authorize?interaction=${interaction}&login=cancelled`)
    expect((await browser.get('/login/identity')).location).toBe('/login?notice=identity_gone')
  })
})

describe('the answer of the provider', () => {
  it('is refused in another browser, and spends nothing', async () => {
    const browser = rig.browser()
    const person = somebody()
    const query = rig.provider.agree(await rig.leave(browser), person)
    const stranger = rig.browser()
    await rig.signIn(stranger, somebody())
    const answer = await rig.callback(stranger, query)
    expect(answer).toMatchObject({ status: 403, body: expect.stringContaining('another browser') })
    expect((await rig.callback(browser, query)).location).toBe('/login/identity')
  })

  it('signs in once when ten of it come at the same time, and takes the others to the same place', async () => {
    const person = somebody()
    const { ownerId } = await rig.newcomer(person, 'ten-times')
    const browser = rig.browser()
    const query = rig.provider.agree(await rig.leave(browser, { return_to: '/runs' }), person)
    const exchanges = rig.provider.calls.exchange
    const answers = await Promise.all(Array.from({ length: 10 }, () => rig.callback(browser, query)))
    expect(answers.map(({ status, location }) => `${status} ${location}`)).toEqual(Array(10).fill('303 /runs'))
    expect(rig.provider.calls.exchange).toBe(exchanges + 1)
    expect(await rig.who(browser)).toMatchObject({ ownerId })
    // Loaded again once the session that it was begun in is over.
    expect((await rig.callback(browser, query)).location).toBe('/runs')
  })

  it.each<[string, (claims: Record<string, unknown>) => Record<string, unknown> | undefined]>([
    ['another nonce', (claims) => ({ ...claims, nonce: 'x' })],
    ['another issuer', (claims) => ({ ...claims, iss: 'https://evil.example' })],
    ['another audience', (claims) => ({ ...claims, aud: 'somebody' })],
    ['an azp that is not ours', (claims) => ({ ...claims, aud: ['test-client', 'b'], azp: 'b' })],
    ['an end in the past', (claims) => ({ ...claims, exp: 1 })],
    ['another subject than userinfo', (claims) => ({ ...claims, sub: BOB.sub })],
    ['no ID token at all', () => undefined],
  ])('with %s signs nobody in (security §10.9)', async (_what, change) => {
    const person = somebody()
    await rig.newcomer(person, `checked-${people}`)
    const browser = rig.browser()
    const location = await rig.leave(browser, { return_to: '/runs' })
    rig.provider.settings.idToken = change
    const page = await rig.outcomeOf(browser, rig.provider.agree(location, person))
    expect(page.body).toContain('identity_not_proved')
    expect(page.body).toContain('You are not signed in.')
    expect(page.body).toMatch(/action="\/login\/google"/)
    expect(page.body).toContain('name="return_to" value="/runs"')
    expect((await rig.who(browser))?.kind).toBe('guest')
  })

  it('that says no, or comes too late, leads back to the sign-in with a word', async () => {
    const browser = rig.browser()
    const state = new URL(await rig.leave(browser, { return_to: '/runs' })).searchParams.get('state') ?? ''
    const denied = await rig.callback(browser, new URLSearchParams({ state, error: 'access_denied' }))
    expect(denied.location).toBe('/login?return_to=%2Fruns&connect=denied&provider=google')
    expect((await browser.get(denied.location)).body).toContain('You did not agree there')
    const late = rig.provider.agree(await rig.leave(browser), somebody())
    await rig.test.shift(601)
    expect((await rig.callback(browser, late)).location).toBe('/login?connect=expired&provider=google')
  })

  it('to a connection signs nobody in, and to a sign-in connects nothing (security §10.7)', async () => {
    const person = somebody()
    await rig.newcomer(person, 'two-purposes')
    const browser = rig.browser()
    await rig.agree(browser, await rig.start(browser), person)
    expect((await rig.who(browser))?.kind).toBe('guest')
    const before = await rig.countConnections()
    await rig.signIn(rig.browser(), person)
    expect(await rig.countConnections()).toBe(before)
  })
})

describe('who may not', () => {
  it('is somebody whose second factor is still due: a provider does not lift it (security §10.9)', async () => {
    const person = somebody()
    const { browser, ownerId } = await rig.newcomer(person, 'with-a-code')
    const tables = rig.test.database.tables<unknown>()
    await sql`insert into trivet.totp_secret (id, owner_id, sealed_secret, confirmed_at)
      values (${ownerId}, ${ownerId}, 'sealed', trivet.clock())`.execute(tables)
    const other = rig.browser()
    expect((await rig.signIn(other, person)).location).toBe('/login/code')
    expect((await rig.who(other))?.kind).toBe('guest')
    const log = await sql<{ outcome: string }>`select outcome from trivet.login_event
      where owner_id = ${ownerId} order by at`.execute(tables)
    expect(log.rows.map(({ outcome }) => outcome)).toEqual(['succeeded', 'half'])
    // Nor for what needs a fresh sign-in.
    await rig.test.shift(600)
    expect((await rig.signIn(browser, person)).location).toBe('/login/code')
    expect((await browser.get('/account/password')).location).toMatch(/^\/account\/confirm\?/)
  })

  it('is somebody who is disabled here: no second account comes of it', async () => {
    const person = somebody()
    await rig.newcomer(person, 'switched-off')
    await rig.accounts.setDisabled('switched-off', true)
    const browser = rig.browser()
    const answer = await rig.signIn(browser, person)
    expect(answer.location).toBe('/login?notice=account_off')
    expect((await browser.get(answer.location)).body).toContain('cannot sign in at the moment')
    expect((await rig.who(browser))?.kind).toBe('guest')
  })

  it('is somebody without a password by any password', async () => {
    await rig.newcomer(somebody(), 'no-password')
    for (const password of ['', 'null', PASSWORD]) {
      const answer = await rig.browser().submit('/login', { username: 'no-password', password }, '/login')
      expect(answer.status).toBe(422)
    }
  })
})
