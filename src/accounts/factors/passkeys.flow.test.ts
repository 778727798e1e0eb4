import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { newId } from '#base'
import type { Browser } from '../browser.fixture.ts'
import { createTown, PASSWORD, type Town } from '../people.fixture.ts'
import type { User } from '../user.ts'
import { createAuthenticator, csrfIn, passkeyOptions, type Twist } from './authenticator.fixture.ts'

const FACTORS = '/account/factors'
const INTERACTION = 'a1B2-c3_D4e5F6g7H8i9J0'

let town: Town
beforeAll(async () => {
  town = await createTown()
})
beforeEach(() => town.shift(0))
afterAll(() => town.close())

const device = () => createAuthenticator(town.publicUrl)
type Device = ReturnType<typeof device>

async function add(browser: Browser, from: Device, name = 'Phone', twist: Twist = {}) {
  const { body } = await browser.get(FACTORS)
  const credential = from.create(passkeyOptions(body), twist)
  return browser.post(`${FACTORS}/passkeys`, { csrf: csrfIn(body), credential, name })
}

/** Somebody with a passkey. */
async function person() {
  const [user, own] = [await town.user(), device()]
  const browser = await town.signedIn(user.username)
  expect((await add(browser, own)).location).toBe(`${FACTORS}?notice=passkey_added`)
  return { user, own, browser }
}

async function signIn(browser: Browser, from: Device, twist: Twist = {}, way: Readonly<Record<string, string>> = {}) {
  const { body } = await browser.get(`/login?${new URLSearchParams(way)}`)
  const credential = from.get(passkeyOptions(body), twist)
  return browser.post('/login/passkey', { csrf: csrfIn(body), credential, ...way })
}

const passkeysOf = (user: User) =>
  town.tables.selectFrom('passkey').selectAll().where('owner_id', '=', user.id).orderBy('id').execute()

describe('a passkey', () => {
  it('signs in without a name or a password, as two factors (RFC 8176: pop, user, mfa)', async () => {
    const { user, own } = await person()
    const browser = town.visitor()
    expect(await signIn(browser, own)).toMatchObject({ status: 303, location: '/account' })
    expect(await browser.who()).toMatchObject({
      ownerId: user.id,
      user: { username: user.username, amr: ['pop', 'user', 'mfa'] },
    })
    expect((await browser.get('/account')).body).toContain('signed in (by a passkey)')
    expect((await browser.get(FACTORS)).body).toContain('last used')
  })

  it('goes on with the request of an app', async () => {
    const { own } = await person()
    const { location } = await signIn(town.visitor(), own, {}, { interaction: INTERACTION })
    expect(location).toBe(`/authorize?interaction=${INTERACTION}`)
  })

  it('is asked for on /login without a word about who has one (security §11.5: enumeration)', async () => {
    const { user } = await person()
    const options = JSON.parse(passkeyOptions((await town.visitor().get(`/login?login_hint=${user.username}`)).body))
    expect(options).toMatchObject({ allowCredentials: [], userVerification: 'required', rpId: 'localhost' })
  })

  it('is made with the check of the person, found without a name, and for a handle that names nobody', async () => {
    const { user, browser } = await person()
    const options = JSON.parse(passkeyOptions((await browser.get(FACTORS)).body))
    expect(options.authenticatorSelection).toMatchObject({ residentKey: 'required', userVerification: 'required' })
    expect(Buffer.from(options.user.id, 'base64url').toString()).toBe(user.publicId)
    // The one that is there is not made a second time.
    expect(options.excludeCredentials).toHaveLength(1)
    expect(options.attestation).toBe('none')
  })
})

describe('a passkey does not sign in (WebAuthn §7.2; security §11.5)', () => {
  const twists: readonly (readonly [string, (other: User) => Twist])[] = [
    ['with the origin of another site', () => ({ origin: 'https://evil.example' })],
    ['with another port of this host', () => ({ origin: 'http://localhost:1' })],
    ['for another RP ID', () => ({ rpId: 'evil.example' })],
    ['without the check of the person', () => ({ isUserVerified: false })],
    ['without the person there', () => ({ isUserPresent: false })],
    ['with a challenge that nobody made', () => ({ challenge: randomBytes(70).toString('base64url') })],
    ['with an empty challenge', () => ({ challenge: '' })],
    ['with what signs for an addition', () => ({ type: 'webauthn.create' })],
    ['with a signature of something else', () => ({ signature: randomBytes(70) })],
    ['with a key of nobody', () => ({ id: randomBytes(32) })],
    [
      'with the handle of somebody else',
      (other) => ({ userHandle: Buffer.from(other.publicId).toString('base64url') }),
    ],
  ]
  it.each(twists)('%s', async (_, twist) => {
    const [{ own }, other] = [await person(), await town.user()]
    const browser = town.visitor()
    const refused = await signIn(browser, own, twist(other))
    expect(refused.status).toBe(422)
    expect(refused.body).toContain('This passkey does not sign you in here.')
    expect(await browser.who()).toBe(null)
    // With nothing changed it does.
    expect((await signIn(browser, own)).status).toBe(303)
  })

  it('twice with one challenge, not even at once', async () => {
    const { own } = await person()
    const browser = town.visitor()
    const { body } = await browser.get('/login')
    const fields = { csrf: csrfIn(body), credential: own.get(passkeyOptions(body)) }
    const both = await Promise.all([1, 2, 3].map(() => browser.post('/login/passkey', fields)))
    expect(both.map(({ status }) => status).sort()).toEqual([303, 422, 422])
  })

  it('with the challenge of another browser', async () => {
    const { own } = await person()
    const [here, there] = [town.visitor(), town.visitor()]
    const credential = own.get(passkeyOptions((await there.get('/login')).body))
    const csrf = await here.csrfOf('/login')
    expect((await here.post('/login/passkey', { csrf, credential })).status).toBe(422)
    const forged = await here.post('/login/passkey', { csrf: await there.csrfOf('/login'), credential })
    expect(forged.status).toBe(403)
  })

  it('with the challenge of an addition, nor the other way round', async () => {
    const { own, browser } = await person()
    const { body } = await browser.get(FACTORS)
    const challenge = JSON.parse(passkeyOptions(body)).challenge
    expect((await signIn(browser, own, { challenge }, { prompt: 'login', interaction: INTERACTION })).status).toBe(422)
    const login = JSON.parse(passkeyOptions((await browser.get(`/login?interaction=${INTERACTION}`)).body))
    expect((await add(browser, device(), 'Other', { challenge: login.challenge })).status).toBe(422)
  })

  it('from a page that was open for more than an hour; that is said, and not that the passkey is wrong', async () => {
    const { own } = await person()
    const browser = town.visitor()
    const { body } = await browser.get('/login')
    const credential = own.get(passkeyOptions(body))
    await town.shift(3700)
    const late = await browser.post('/login/passkey', { csrf: csrfIn(body), credential })
    expect(late.status).toBe(422)
    expect(late.body).toContain('open for too long')
    expect((await browser.post('/login/passkey', { csrf: csrfIn(body), credential: 'x' })).body).toContain(
      'does not sign',
    )
  })

  it('with a counter that does not go up: somebody has a copy (§7.2, step 22)', async () => {
    const { own } = await person()
    expect((await signIn(town.visitor(), own, { count: 7 })).status).toBe(303)
    for (const count of [7, 6, 0]) expect((await signIn(town.visitor(), own, { count })).status).toBe(422)
    expect((await signIn(town.visitor(), own, { count: 8 })).status).toBe(303)
  })

  it('somebody who is disabled, and again once they are not', async () => {
    const { user, own } = await person()
    await town.accounts.setDisabled(user.username, true)
    expect((await signIn(town.visitor(), own)).status).toBe(422)
    await town.accounts.setDisabled(user.username, false)
    expect((await signIn(town.visitor(), own)).status).toBe(303)
  })

  it.each([
    '',
    '{}',
    '[]',
    'null',
    '{"id":1}',
    '{"__proto__":null}',
    `{"id":"${'A'.repeat(9000)}"}`,
    '[['.repeat(5000),
  ])('as anything else than what a browser sends: 422, never 500 (%#)', async (credential) => {
    const browser = town.visitor()
    const csrf = await browser.csrfOf('/login')
    expect((await browser.post('/login/passkey', { csrf, credential })).status).toBe(422)
  })

  it('and each refusal of a key that is known stands in the log of its owner', async () => {
    const { own, browser } = await person()
    await signIn(town.visitor(), own, { isUserVerified: false })
    expect((await browser.get('/account')).body).toContain('passkey refused')
  })
})

describe('passkeys of one’s own', () => {
  it('are added only with the check of the person, only from this browser, and each once', async () => {
    const { user, browser, own } = await person()
    expect((await add(browser, device(), 'X', { isUserVerified: false })).status).toBe(422)
    expect((await add(browser, device(), 'X', { origin: 'https://evil.example' })).status).toBe(422)
    const other = await town.signedIn((await town.user()).username)
    const there = passkeyOptions((await other.get(FACTORS)).body)
    const page = await browser.get(FACTORS)
    const stolen = { csrf: csrfIn(page.body), credential: device().create(there), name: 'X' }
    expect((await browser.post(`${FACTORS}/passkeys`, stolen)).status).toBe(422)
    // The id of a key that is somebody's already: nobody can take it over.
    const [first] = own.keys
    expect((await add(other, device(), 'X', first ? { id: first.id } : {})).status).toBe(422)
    expect(await passkeysOf(user)).toHaveLength(1)
  })

  it('are not added by a session that ended at the same moment, as it does with a new password', async () => {
    const { user, browser } = await person()
    const answer = await town.tables.transaction().execute(async (trx) => {
      await trx.selectFrom('user_account').select('id').where('id', '=', user.id).forUpdate().execute()
      const under = add(browser, device(), 'Late')
      await new Promise((resolve) => setTimeout(resolve, 700))
      await trx.deleteFrom('browser_session').where('owner_id', '=', user.id).execute()
      return { under }
    })
    expect((await answer.under).status).toBe(422)
    expect((await passkeysOf(user)).map(({ name }) => name)).toEqual(['Phone'])
  })

  it('have names, which are shown as text', async () => {
    const { user, browser, own } = await person()
    await add(browser, own, ' <b>Key\u202e of "mine" ')
    const [, made] = await passkeysOf(user)
    expect(made?.name).toBe('<b>Key of "mine"')
    expect((await browser.get(FACTORS)).body).toContain('&lt;b>Key of')
    const renamed = await browser.submit(`${FACTORS}/passkeys/${made?.id}`, { name: 'Blue one' }, FACTORS)
    expect(renamed.location).toBe(`${FACTORS}?notice=passkey_renamed`)
    expect((await passkeysOf(user)).map(({ name }) => name)).toEqual(['Phone', 'Blue one'])
    for (const name of ['', '   ', 'x'.repeat(61), '\u200b']) {
      expect((await browser.submit(`${FACTORS}/passkeys/${made?.id}`, { name }, FACTORS)).status).toBe(422)
      expect((await add(browser, device(), name)).status).toBe(422)
    }
  })

  it('can be removed, and sign in no more', async () => {
    const { user, browser, own } = await person()
    const [made] = await passkeysOf(user)
    const removed = await browser.submit(`${FACTORS}/passkeys/${made?.id}`, { remove: 'yes' }, FACTORS)
    expect(removed.location).toBe(`${FACTORS}?notice=passkey_removed`)
    expect((await signIn(town.visitor(), own)).status).toBe(422)
    const events = await town.accounts.audit.list({ most: 10, target: user.publicId })
    expect(events.map(({ action, details }) => [action, details['name']])).toEqual([
      ['passkey.removed', 'Phone'],
      ['passkey.added', 'Phone'],
    ])
  })

  it('end with all that was signed in elsewhere: whoever had one is out; this browser goes on with another secret', async () => {
    const { user, browser, own } = await person()
    const thief = town.visitor()
    expect((await signIn(thief, own)).status).toBe(303)
    const { json } = await town.login(user.username)
    const bystander = await town.signedIn((await town.user()).username)
    const before = [...browser.cookies.values()].join()
    const [made] = await passkeysOf(user)
    await browser.submit(`${FACTORS}/passkeys/${made?.id}`, { remove: 'yes' }, FACTORS)
    expect(await thief.who()).toBeNull()
    expect(await town.accounts.loginToken.verify(String(json['token']))).toBeUndefined()
    expect(await browser.who()).toMatchObject({ ownerId: user.id })
    expect([...browser.cookies.values()].join()).not.toBe(before)
    expect(await bystander.who()).not.toBeNull()
  })

  it('of somebody else are not there: the same answer as for none at all (BOLA)', async () => {
    const [{ user, own }, { browser }] = [await person(), await person()]
    const [hers] = await passkeysOf(user)
    for (const id of [hers?.id, newId(), 'nonsense', "' or 1=1 --"]) {
      for (const fields of [{ remove: 'yes' }, { name: 'Mine' }]) {
        const path = `${FACTORS}/passkeys/${encodeURIComponent(id ?? '')}`
        const answer = await browser.submit(path, fields, FACTORS)
        expect(answer.status).toBe(422)
        expect(answer.body).toContain('There is no such passkey.')
      }
    }
    expect((await passkeysOf(user)).map(({ name }) => name)).toEqual(['Phone'])
    expect((await signIn(town.visitor(), own)).status).toBe(303)
  })

  it('that are the last way in stay, also when two are removed at once (security §10.9)', async () => {
    const { user, browser } = await person()
    await add(browser, device(), 'Second')
    await town.tables.updateTable('user_account').set({ password_hash: null }).where('id', '=', user.id).execute()
    const both = await passkeysOf(user)
    const answers = await Promise.all(
      both.map(({ id }) => browser.submit(`${FACTORS}/passkeys/${id}`, { remove: 'yes' }, FACTORS)),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 422])
    expect(answers.find(({ status }) => status === 422)?.body).toContain('the only way in')
    expect(await passkeysOf(user)).toHaveLength(1)
  })

  it('cannot be without end', async () => {
    const { user, browser } = await person()
    const [first] = await passkeysOf(user)
    if (!first) throw new Error('no passkey')
    const more = Array.from({ length: 29 }, (_, index) => ({
      ...first,
      sign_count: 0,
      id: newId(),
      credential_id: `${first.id}-${index}`,
    }))
    await town.tables
      .insertInto('passkey')
      .values(more.map(({ created_at: _, used_at: __, ...row }) => row))
      .execute()
    expect((await add(browser, device(), 'One more')).status).toBe(422)
  })
})

describe('a passkey confirms that it is you', () => {
  const PATH = `/account/confirm?${new URLSearchParams({ return_to: FACTORS })}`

  it('and only one’s own does', async () => {
    const [{ browser, own }, { own: foreign }] = [await person(), await person()]
    await town.shift(310)
    expect((await browser.get(FACTORS)).location).toBe(PATH)
    const page = await browser.get(PATH)
    const options = passkeyOptions(page.body)
    expect(JSON.parse(options).allowCredentials).toHaveLength(1)
    const confirm = async (from: Device) => {
      const { body } = await browser.get(PATH)
      const credential = from.get(passkeyOptions(body))
      return browser.post('/account/confirm', { csrf: csrfIn(body), credential, return_to: FACTORS })
    }
    expect((await confirm(foreign)).status).toBe(422)
    expect((await browser.get(FACTORS)).status).toBe(303)
    expect(await confirm(own)).toMatchObject({ status: 303, location: FACTORS })
    expect((await browser.get(FACTORS)).status).toBe(200)
    expect((await browser.who())?.user?.amr).toEqual(['pop', 'user', 'mfa'])
  })

  it('is not offered to who has none, and the password is not to who has no password', async () => {
    const { username } = await town.user()
    const without = await town.signedIn(username)
    expect((await without.get(PATH)).body).not.toContain('<passkey-sign-in')
    const { user, browser } = await person()
    await town.tables.updateTable('user_account').set({ password_hash: null }).where('id', '=', user.id).execute()
    const { body } = await browser.get(PATH)
    expect(body).not.toContain('type="password"')
    expect(body).toContain('<passkey-sign-in')
    expect((await browser.submit('/account/confirm', { password: PASSWORD }, PATH)).status).toBe(422)
  })
})

it('where the server has no domain name, nobody is offered a passkey (WebAuthn §5.1.3)', async () => {
  const there = await createTown({ publicUrl: 'http://127.0.0.1:4000' })
  try {
    const options = await there.visitor().get('/login')
    expect(options.body).not.toContain('<passkey-sign-in')
  } finally {
    await there.close()
  }
})
