import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Browser } from '../browser.fixture.ts'
import { createTown, PASSWORD, type Town } from '../people.fixture.ts'
import { appCode } from './totp.fixture.ts'

const FACTORS = '/account/factors'
const TOTP = `${FACTORS}/totp`
const INTERACTION = 'a1B2-c3_D4e5F6g7H8i9J0'
const STEP = 30_000

/** The phone and the server look at it; each code is good once, so that tests move on by a step. */
let time = Date.now()
const later = (steps = 1) => {
  time += steps * STEP
}

const letters: string[] = []

let town: Town
beforeAll(async () => {
  town = await createTown({
    clock: { now: () => new Date(time) },
    mail: { mode: 'smtp', order: async ({ kind, to }) => void letters.push(`${kind} ${to}`) },
  })
})
beforeEach(async () => {
  // Set up a step ago: what is signed in now is of now.
  time = Date.now() - STEP
  await town.shift(0)
})
afterAll(() => town.close())

const keyIn = (body: string) => /id="totp-secret"[^>]* value="([A-Z2-7 ]+)"/.exec(body)?.[1] ?? ''
const codesIn = (body: string) => [...body.matchAll(/<code>([0-9A-Z-]{29})<\/code>/g)].map(([, code = '']) => code)

/** Somebody with an authenticator app, in a browser in which they set it up. */
async function person() {
  const user = await town.user()
  const browser = await town.signedIn(user.username)
  await browser.submit(`${TOTP}/begin`, {}, FACTORS)
  const key = keyIn((await browser.get(TOTP)).body)
  const code = () => appCode(key, new Date(time))
  const on = await browser.submit(TOTP, { code: code() })
  later()
  return { user, browser, key, code, on, recoveryCodes: codesIn(on.body) }
}

async function halfSignedIn(username: string, way: Readonly<Record<string, string>> = {}) {
  const browser = town.visitor()
  const { location } = await browser.submit('/login', { username, password: PASSWORD, ...way })
  expect(location).toBe('/login/code')
  return browser
}

const enter = (browser: Browser, code: string) => browser.submit('/login/code', { code })

describe('codes of an app are set up', () => {
  it('with a key that is shown until it is on, as QR code and text, and kept sealed (security §11.5)', async () => {
    const user = await town.user()
    const browser = await town.signedIn(user.username)
    expect((await browser.get(TOTP)).location).toBe(FACTORS)
    await browser.submit(`${TOTP}/begin`, {}, FACTORS)
    const page = await browser.get(TOTP)
    const key = keyIn(page.body)
    expect(key.replaceAll(' ', '')).toMatch(/^[A-Z2-7]{32}$/)
    expect(page.body).toMatch(/<svg[^>]* role="img"/)
    expect(page.body).not.toContain('style=')
    const row = await town.tables
      .selectFrom('totp_secret')
      .selectAll()
      .where('owner_id', '=', user.id)
      .executeTakeFirst()
    expect(row?.sealed_secret).toMatch(/^v1\.k1\./)
    expect(JSON.stringify(row)).not.toContain(key.replaceAll(' ', ''))

    const wrong = await browser.submit(TOTP, { code: '000000' })
    expect(wrong.status).toBe(422)
    // Not on yet: the password alone still signs in.
    expect((await town.login(user.username)).json['result']).toBe('succeeded')

    const on = await browser.submit(TOTP, { code: appCode(key, new Date(time)) })
    expect(on.status).toBe(200)
    expect(codesIn(on.body)).toHaveLength(8)
    expect((await browser.get(TOTP)).location).toBe(FACTORS)
    expect((await browser.get(FACTORS)).body).not.toContain(key)
    expect((await browser.who())?.user?.amr).toEqual(['pwd', 'otp', 'mfa'])
    expect(town.logged()).not.toContain(key.replaceAll(' ', ''))
  })

  it('again and again until they are on: the last key counts; then no other takes its place', async () => {
    const user = await town.user()
    const browser = await town.signedIn(user.username)
    await browser.submit(`${TOTP}/begin`, {}, FACTORS)
    const first = keyIn((await browser.get(TOTP)).body)
    await browser.submit(`${TOTP}/begin`, {}, FACTORS)
    const second = keyIn((await browser.get(TOTP)).body)
    expect((await browser.submit(TOTP, { code: appCode(first, new Date(time)) })).status).toBe(422)
    expect((await browser.submit(TOTP, { code: appCode(second, new Date(time)) })).status).toBe(200)
    await browser.submit(`${TOTP}/begin`, {}, FACTORS)
    later()
    const half = await halfSignedIn(user.username)
    expect((await enter(half, appCode(second, new Date(time)))).location).toBe('/account')
  })

  it('and end what was signed in by one factor: other browsers, login tokens, sign-ins under way', async () => {
    const user = await town.user()
    const [other, browser] = [await town.signedIn(user.username), await town.signedIn(user.username)]
    const token = String((await town.login(user.username)).json['token'])
    await browser.submit(`${TOTP}/begin`, {}, FACTORS)
    const key = keyIn((await browser.get(TOTP)).body)
    expect((await browser.submit(TOTP, { code: '000000' })).status).toBe(422)
    expect((await other.who())?.ownerId).toBe(user.id)
    expect((await browser.submit(TOTP, { code: appCode(key, new Date(time)) })).status).toBe(200)
    expect(await other.who()).toBe(null)
    const bearer = await town.visitor().get('/bearer', { authorization: `Bearer ${token}` })
    expect(JSON.parse(bearer.body).user).toBe(null)
    expect((await browser.who())?.ownerId).toBe(user.id)
  })

  it('and off, by who has just proved who they are: the password alone signs in again', async () => {
    const { user, browser, recoveryCodes } = await person()
    const waiting = await halfSignedIn(user.username)
    expect((await browser.submit(`${TOTP}/off`, {}, FACTORS)).location).toBe(`${FACTORS}?notice=codes_off`)
    expect((await enter(waiting, recoveryCodes[0] ?? '')).location).toBe('/login?notice=code_late')
    expect((await town.login(user.username)).json['result']).toBe('succeeded')
    const events = await town.accounts.audit.list({ most: 10, target: user.publicId })
    expect(events.map(({ action }) => action)).toEqual(['second_factor.turned_off', 'second_factor.turned_on'])
  })

  it('and off by whoever runs the server, for who has lost everything but the password', async () => {
    const { user } = await person()
    const by = { actor: 'command', address: '' }
    const off = () => town.accounts.removeCodes({ username: user.username.toUpperCase() }, by)
    expect(await off()).toBe(true)
    expect((await town.login(user.username)).json['result']).toBe('succeeded')
    expect([await off(), await town.accounts.removeCodes({ publicId: 'u_nobody' }, by)]).toEqual([false, false])
    const [latest] = await town.accounts.audit.list({ most: 1, target: user.publicId })
    expect(latest).toMatchObject({ actor: 'command', action: 'second_factor.turned_off' })
  })

  it.each([
    ['GET', FACTORS],
    ['GET', TOTP],
    ['POST', TOTP],
    ['POST', `${TOTP}/begin`],
    ['POST', `${TOTP}/off`],
    ['POST', `${FACTORS}/recovery-codes`],
    ['POST', `${FACTORS}/passkeys`],
    ['POST', `${FACTORS}/passkeys/${'0'.repeat(8)}`],
  ])('%s %s wants a sign-in of the last 5 minutes (ASVS 7.5.1)', async (method, path) => {
    const { browser, user } = await person()
    const csrf = await browser.csrfOf(FACTORS)
    await town.shift(310)
    const answer = method === 'GET' ? await browser.get(path) : await browser.post(path, { csrf })
    expect(answer).toMatchObject({
      status: 303,
      location: `/account/confirm?${new URLSearchParams({ return_to: FACTORS })}`,
    })
    expect((await town.login(user.username)).json['error']).toBe('otp_required')
    if (method === 'POST') expect((await browser.post(path, {})).status).toBe(403)
    expect((await town.visitor().get(FACTORS)).location).toContain('/login?')
  })
})

it('whoever has confirmed an address is told there of each change, and nobody else (ASVS 6.3.7)', async () => {
  const told = await person()
  const email = `${told.user.username}@example.com`
  const confirmed = { email, email_folded: email, email_verified_at: new Date() }
  await town.tables.updateTable('user_account').set(confirmed).where('id', '=', told.user.id).execute()
  letters.length = 0
  await enter(await halfSignedIn(told.user.username), told.recoveryCodes[0] ?? '')
  await told.browser.submit(`${TOTP}/off`, {}, FACTORS)
  await told.browser.submit(`${TOTP}/begin`, {}, FACTORS)
  const key = keyIn((await told.browser.get(TOTP)).body)
  await told.browser.submit(TOTP, { code: appCode(key, new Date(time)) })
  const silent = await person()
  await silent.browser.submit(`${TOTP}/off`, {}, FACTORS)
  expect(letters).toEqual([`recovery_code_used ${email}`, `codes_off ${email}`, `codes_on ${email}`])
})

describe('a sign-in with the password alone', () => {
  it('signs nobody in: the browser stays who it was until the code is right (security §9.18, §10.16)', async () => {
    const { user, code } = await person()
    const browser = town.visitor()
    await browser.post('/act', {})
    const guest = await browser.who()
    const answer = await browser.submit('/login', { username: user.username, password: PASSWORD })
    expect(answer).toMatchObject({ status: 303, location: '/login/code' })
    const set = answer.set.map((cookie) => cookie.split('=', 1)[0])
    expect(set).toEqual([town.cookies.pending.name])
    expect(answer.set[0]).toMatch(/; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax$/)
    expect(await browser.who()).toEqual(guest)
    expect((await browser.get('/account')).location).toContain('/login')
    // Its secret is none of a session.
    const secret = browser.cookies.get(town.cookies.pending.name) ?? ''
    const thief = town.visitor()
    thief.cookies.set(town.cookies.session.name, secret)
    expect(await thief.who()).toBe(null)

    expect((await enter(browser, '000000')).status).toBe(422)
    expect(await browser.who()).toEqual(guest)
    expect(await enter(browser, code())).toMatchObject({ status: 303 })
    expect(await browser.who()).toMatchObject({ ownerId: user.id, user: { amr: ['pwd', 'otp', 'mfa'] } })
    expect(browser.cookies.has(town.cookies.pending.name)).toBe(false)
  })

  it('goes on with the request of an app, or ends it when cancelled', async () => {
    const { user, code } = await person()
    const way = { interaction: INTERACTION }
    expect((await enter(await halfSignedIn(user.username, way), code())).location).toBe(
      `/authorize?interaction=${INTERACTION}`,
    )
    const browser = await halfSignedIn(user.username, way)
    const cancelled = await browser.submit('/login/code', { cancel: 'yes' })
    expect(cancelled.location).toBe(`/authorize?interaction=${INTERACTION}&login=cancelled`)
    expect((await browser.get('/login/code')).location).toBe('/login?notice=code_late')
  })

  it.each([
    ['ten minutes', () => town.shift(610)],
    ['a new password', (name: string) => changePassword(name)],
    ['being disabled', (name: string) => town.accounts.setDisabled(name, true)],
  ])('waits for its code no longer than until %s', async (_, end) => {
    const { user, code } = await person()
    const browser = await halfSignedIn(user.username)
    await end(user.username)
    const late = await browser.post('/login/code', { csrf: await browser.csrfOf('/login'), code: code() })
    expect(late.location).toBe('/login?notice=code_late')
    expect(await browser.who()).toBe(null)
  })

  it('in another browser, or without the token of the page, is not gone on with (CSRF)', async () => {
    const { user, code } = await person()
    const browser = await halfSignedIn(user.username)
    expect((await town.visitor().submit('/login/code', { code: code() }, '/login')).location).toContain('code_late')
    expect((await browser.post('/login/code', { code: code() })).status).toBe(403)
    expect((await enter(browser, code())).status).toBe(303)
  })

  it('is written down as half of one, and the rest by what it was', async () => {
    const { user, code, browser } = await person()
    const other = await halfSignedIn(user.username)
    await enter(other, '111111')
    await enter(other, code())
    const { body } = await browser.get('/account')
    const [latest, wrong, half] = [...body.matchAll(/<td>([^<]*)<\/td><td>127/g)].map(([, what]) => what)
    expect([latest, wrong, half]).toEqual(['signed in (with a code)', 'wrong code', 'first step right; code asked for'])
  })
})

describe('a code', () => {
  it('is good once (RFC 6238 §5.2), also when it comes twice at once, and none before it', async () => {
    const { user, key, code } = await person()
    const two = await Promise.all([halfSignedIn(user.username), halfSignedIn(user.username)])
    const answers = await Promise.all(two.map((browser) => enter(browser, code())))
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 422])
    const before = appCode(key, new Date(time - STEP))
    expect((await enter(await halfSignedIn(user.username), before)).status).toBe(422)
    later()
    expect((await enter(await halfSignedIn(user.username), code())).status).toBe(303)
  })

  it('of somebody else’s app is wrong', async () => {
    const [ana, bo] = [await person(), await person()]
    expect((await enter(await halfSignedIn(ana.user.username), bo.code())).status).toBe(422)
    expect((await enter(await halfSignedIn(ana.user.username), bo.recoveryCodes[0] ?? '')).status).toBe(422)
  })

  it('cannot be guessed on: ten wrong ones are free, then each costs a pause, and right ones wait too', async () => {
    const { user, code, recoveryCodes } = await person()
    const browser = await halfSignedIn(user.username)
    const csrf = await browser.csrfOf('/login/code')
    for (let n = 0; n < 10; n++) {
      expect((await browser.post('/login/code', { csrf, code: String(n).repeat(6) })).status).toBe(422)
    }
    for (const right of [code(), recoveryCodes[0] ?? '']) {
      const blocked = await browser.post('/login/code', { csrf, code: right })
      expect(blocked.status).toBe(429)
      expect(Number(blocked.headers.get('retry-after'))).toBeGreaterThan(0)
    }
    // The right password takes nothing back.
    const again = await halfSignedIn(user.username)
    expect((await enter(again, code())).status).toBe(429)
    await town.shift(31)
    expect((await enter(again, code())).status).toBe(303)
  })
})

describe('a recovery code', () => {
  it('signs in once in place of a code, however it is typed, and is kept as a hash (security §11.5)', async () => {
    const { user, recoveryCodes, browser } = await person()
    const [first = '', second = ''] = recoveryCodes
    const typed = ` ${first.toLowerCase().replaceAll('-', ' ')}`
    expect((await enter(await halfSignedIn(user.username), typed)).location).toBe('/account')
    expect((await enter(await halfSignedIn(user.username), first)).status).toBe(422)
    const two = await Promise.all([halfSignedIn(user.username), halfSignedIn(user.username)])
    const answers = await Promise.all(two.map((other) => enter(other, second)))
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 422])
    expect((await browser.get(FACTORS)).body).toContain('<span id="recovery-codes-left">6</span>')
    const rows = await town.tables.selectFrom('recovery_code').selectAll().where('owner_id', '=', user.id).execute()
    for (const { code_hash } of rows) expect(code_hash).toHaveLength(32)
    expect(JSON.stringify(rows)).not.toContain(first)
    const events = await town.accounts.audit.list({ most: 10, target: user.publicId, action: 'recovery_code.used' })
    expect(events).toHaveLength(2)
  })

  it('of before is good no more once new ones are made', async () => {
    const { user, recoveryCodes, browser } = await person()
    const renewed = codesIn((await browser.submit(`${FACTORS}/recovery-codes`, {}, FACTORS)).body)
    expect(renewed).toHaveLength(8)
    const half = await halfSignedIn(user.username)
    expect((await enter(half, recoveryCodes[0] ?? '')).status).toBe(422)
    expect((await enter(half, renewed[0] ?? '')).status).toBe(303)
  })
})

describe('POST /login with JSON', () => {
  it('asks for the code only after the right password: otherwise it says what it always says', async () => {
    const { user, code } = await person()
    const wrong = await town.login(user.username, 'wrong')
    expect(wrong.json).toEqual({ result: 'failed', token: null })
    const asked = await town.login(user.username)
    expect(asked).toMatchObject({ status: 200, set: [] })
    expect(asked.json).toEqual({ result: 'failed', token: null, error: 'otp_required' })

    const send = (otp: unknown, password = PASSWORD) =>
      town.visitor().json('POST', '/login', { username: user.username, password, otp })
    expect((await send(code(), 'wrong')).json).toEqual({ result: 'failed', token: null })
    expect((await send('000000')).json).toEqual({ result: 'failed', token: null, error: 'otp_wrong' })
    for (const otp of [123456, null, {}, ['000000']]) expect((await send(otp)).json['error']).toBe('otp_required')

    const right = await send(code())
    expect(right).toMatchObject({ status: 200, set: [], json: { result: 'succeeded', token: expect.any(String) } })
    const bearer = await town.visitor().get('/bearer', { authorization: `Bearer ${right.json['token']}` })
    expect(JSON.parse(bearer.body).user).toMatchObject({ username: user.username, amr: ['pwd', 'otp', 'mfa'] })
    expect((await send(code())).json['error']).toBe('otp_wrong')
  })

  it('takes a recovery code as well, and too many wrong ones give 429', async () => {
    const { user, recoveryCodes } = await person()
    const send = (otp: string) =>
      town.visitor().json('POST', '/login', { username: user.username, password: PASSWORD, otp })
    expect((await send(recoveryCodes[0] ?? '')).json['result']).toBe('succeeded')
    const [noted] = await town.accounts.audit.list({ most: 1, target: user.publicId })
    expect(noted).toMatchObject({ action: 'recovery_code.used', actor: user.publicId })
    for (let n = 0; n < 10; n++) await send('000000')
    const blocked = await send(recoveryCodes[1] ?? '')
    expect(blocked).toMatchObject({ status: 429, json: { result: 'failed', token: null, error: 'too_many_attempts' } })
  })
})

describe('with a code on', () => {
  it('confirming that it is you takes both factors, too', async () => {
    const { user, browser, code } = await person()
    await town.shift(310)
    const to = (await browser.get(FACTORS)).location
    const first = await browser.submit('/account/confirm', { password: PASSWORD, return_to: FACTORS }, to)
    expect(first.location).toBe('/login/code')
    expect((await browser.get(FACTORS)).status).toBe(303)
    expect((await enter(browser, code())).location).toBe(FACTORS)
    expect((await browser.get(FACTORS)).status).toBe(200)
    expect(await browser.who()).toMatchObject({ ownerId: user.id, user: { amr: ['pwd', 'otp', 'mfa'] } })
  })

  it('the password alone does not delete the account: that takes a sign-in of the last five minutes as well', async () => {
    const { user, browser, code } = await person()
    const csrf = await browser.csrfOf('/account/delete')
    await town.shift(310)
    const first = `/account/confirm?${new URLSearchParams({ return_to: '/account/delete' })}`
    expect((await browser.get('/account/delete')).location).toBe(first)
    expect((await browser.post('/account/delete', { csrf, password: PASSWORD })).location).toBe(first)
    expect(await town.accounts.user(user.id)).toBeDefined()
    await browser.submit('/account/confirm', { password: PASSWORD, return_to: '/account/delete' }, first)
    expect((await enter(browser, code())).location).toBe('/account/delete')
    expect((await browser.submit('/account/delete', { password: 'wrong' })).status).toBe(422)
    expect((await browser.submit('/account/delete', { password: PASSWORD })).location).toContain('account_deleted')
    expect(await town.accounts.user(user.id)).toBeUndefined()
  })

  it('the password alone does not change the password: that takes a sign-in of the last five minutes as well', async () => {
    const { user, browser, code } = await person()
    const fields = { current_password: PASSWORD, new_password: 'lamp river tuesday' }
    const csrf = await browser.csrfOf('/account/password')
    await town.shift(310)
    const first = `/account/confirm?${new URLSearchParams({ return_to: '/account/password' })}`
    expect((await browser.get('/account/password')).location).toBe(first)
    expect((await browser.post('/account/password', { csrf, ...fields })).location).toBe(first)
    expect((await town.login(user.username)).json['error']).toBe('otp_required')
    await browser.submit('/account/confirm', { password: PASSWORD, return_to: '/account/password' }, first)
    expect((await enter(browser, code())).location).toBe('/account/password')
    expect((await browser.submit('/account/password', fields)).location).toContain('password_changed')
    expect((await browser.who())?.user?.amr).toEqual(['pwd', 'otp', 'mfa'])
    expect((await town.login(user.username, 'lamp river tuesday')).json['error']).toBe('otp_required')
  })
})

it('what is over is removed by housekeeping', async () => {
  const { user } = await person()
  await halfSignedIn(user.username)
  await town.shift(700)
  await town.accounts.prune()
  expect(await town.tables.selectFrom('pending_sign_in').select('id').execute()).toEqual([])
})

async function changePassword(username: string) {
  const user = await town.tables
    .selectFrom('user_account')
    .select('id')
    .where('username', '=', username)
    .executeTakeFirstOrThrow()
  const { login_epoch } = await town.row(user.id)
  const change = { login_epoch: login_epoch + 1 }
  await town.tables.updateTable('user_account').set(change).where('id', '=', user.id).execute()
}
