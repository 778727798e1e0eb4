import { describe, expect, it } from 'vitest'
import { PASSWORD } from '../people.fixture.ts'
import { codesIn, FACTORS, useAuthenticators } from './authenticator-app.fixture.ts'

const INTERACTION = 'a1B2-c3_D4e5F6g7H8i9J0'

const apps = useAuthenticators({
  askingApp: async (interaction) =>
    interaction === INTERACTION ? { name: 'A shop', destination: 'app.example', isVerified: true } : undefined,
})
const { codeOf, enter, halfSignedIn, later, person } = apps

describe('a sign-in with the password alone', () => {
  it('signs nobody in: the browser stays who it was until the code is right (security §9.18, §10.16)', async () => {
    const { user, code } = await person()
    const browser = apps.town.visitor()
    await browser.post('/act', {})
    const guest = await browser.who()
    const answer = await browser.submit('/login', { username: user.username, password: PASSWORD })
    expect(answer).toMatchObject({ status: 303, location: '/login/code' })
    const set = answer.set.map((cookie) => cookie.split('=', 1)[0])
    expect(set).toEqual([apps.town.cookies.pending.name])
    expect(answer.set[0]).toMatch(/; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax$/)
    expect(await browser.who()).toEqual(guest)
    expect((await browser.get('/account')).location).toContain('/login')
    // Its secret is none of a session.
    const secret = browser.cookies.get(apps.town.cookies.pending.name) ?? ''
    const thief = apps.town.visitor()
    thief.cookies.set(apps.town.cookies.session.name, secret)
    expect(await thief.who()).toBe(null)

    expect((await enter(browser, '000000')).status).toBe(422)
    expect(await browser.who()).toEqual(guest)
    expect(await enter(browser, code())).toMatchObject({ status: 303 })
    expect(await browser.who()).toMatchObject({ ownerId: user.id, user: { amr: ['pwd', 'otp', 'mfa'] } })
    expect(browser.cookies.has(apps.town.cookies.pending.name)).toBe(false)
  })

  it('says for which app it is, also after a wrong code', async () => {
    const { user } = await person()
    const browser = await halfSignedIn(user.username, { interaction: INTERACTION })
    const line = '<span id="asking-app">To continue to <b><bdi>A shop</bdi></b> (app.example).</span>'
    expect((await browser.get('/login/code')).body).toContain(line)
    expect((await enter(browser, '000000')).body).toContain(line)
    expect((await (await halfSignedIn(user.username)).get('/login/code')).body).not.toContain('asking-app')
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
    ['ten minutes', () => apps.town.shift(610)],
    ['a new password', (name: string) => changePassword(name)],
    ['being disabled', (name: string) => apps.town.accounts.setDisabled(name, true)],
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
    expect((await apps.town.visitor().submit('/login/code', { code: code() }, '/login')).location).toContain(
      'code_late',
    )
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
    const before = codeOf(key, -1)
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
    await apps.town.shift(31)
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
    const rows = await apps.town.tables
      .selectFrom('recovery_code')
      .selectAll()
      .where('owner_id', '=', user.id)
      .execute()
    for (const { code_hash } of rows) expect(code_hash).toHaveLength(32)
    expect(JSON.stringify(rows)).not.toContain(first)
    const events = await apps.town.accounts.audit.list({
      most: 10,
      target: user.publicId,
      action: 'recovery_code.used',
    })
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
    const wrong = await apps.town.login(user.username, 'wrong')
    expect(wrong.json).toEqual({ result: 'failed', token: null })
    const asked = await apps.town.login(user.username)
    expect(asked).toMatchObject({ status: 200, set: [] })
    expect(asked.json).toEqual({ result: 'failed', token: null, error: 'otp_required' })

    const send = (otp: unknown, password = PASSWORD) =>
      apps.town.visitor().json('POST', '/login', { username: user.username, password, otp })
    expect((await send(code(), 'wrong')).json).toEqual({ result: 'failed', token: null })
    expect((await send('000000')).json).toEqual({ result: 'failed', token: null, error: 'otp_wrong' })
    for (const otp of [123456, null, {}, ['000000']]) expect((await send(otp)).json['error']).toBe('otp_required')

    const right = await send(code())
    expect(right).toMatchObject({ status: 200, set: [], json: { result: 'succeeded', token: expect.any(String) } })
    const bearer = await apps.town.visitor().get('/bearer', { authorization: `Bearer ${right.json['token']}` })
    expect(JSON.parse(bearer.body).user).toMatchObject({ username: user.username, amr: ['pwd', 'otp', 'mfa'] })
    expect((await send(code())).json['error']).toBe('otp_wrong')
  })

  it('takes a recovery code as well, and too many wrong ones give 429', async () => {
    const { user, recoveryCodes } = await person()
    const send = (otp: string) =>
      apps.town.visitor().json('POST', '/login', { username: user.username, password: PASSWORD, otp })
    expect((await send(recoveryCodes[0] ?? '')).json['result']).toBe('succeeded')
    const [noted] = await apps.town.accounts.audit.list({ most: 1, target: user.publicId })
    expect(noted).toMatchObject({ action: 'recovery_code.used', actor: user.publicId })
    for (let n = 0; n < 10; n++) await send('000000')
    const blocked = await send(recoveryCodes[1] ?? '')
    expect(blocked).toMatchObject({ status: 429, json: { result: 'failed', token: null, error: 'too_many_attempts' } })
  })
})

describe('with a code on', () => {
  it('confirming that it is you takes both factors, too', async () => {
    const { user, browser, code } = await person()
    await apps.town.shift(310)
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
    await apps.town.shift(310)
    const first = `/account/confirm?${new URLSearchParams({ return_to: '/account/delete' })}`
    expect((await browser.get('/account/delete')).location).toBe(first)
    expect((await browser.post('/account/delete', { csrf, password: PASSWORD })).location).toBe(first)
    expect(await apps.town.accounts.user(user.id)).toBeDefined()
    await browser.submit('/account/confirm', { password: PASSWORD, return_to: '/account/delete' }, first)
    expect((await enter(browser, code())).location).toBe('/account/delete')
    expect((await browser.submit('/account/delete', { password: 'wrong' })).status).toBe(422)
    expect((await browser.submit('/account/delete', { password: PASSWORD })).location).toContain('account_deleted')
    expect(await apps.town.accounts.user(user.id)).toBeUndefined()
  })

  it('the password alone does not change the password: that takes a sign-in of the last five minutes as well', async () => {
    const { user, browser, code } = await person()
    const fields = { current_password: PASSWORD, new_password: 'lamp river tuesday' }
    const csrf = await browser.csrfOf('/account/password')
    await apps.town.shift(310)
    const first = `/account/confirm?${new URLSearchParams({ return_to: '/account/password' })}`
    expect((await browser.get('/account/password')).location).toBe(first)
    expect((await browser.post('/account/password', { csrf, ...fields })).location).toBe(first)
    expect((await apps.town.login(user.username)).json['error']).toBe('otp_required')
    await browser.submit('/account/confirm', { password: PASSWORD, return_to: '/account/password' }, first)
    expect((await enter(browser, code())).location).toBe('/account/password')
    expect((await browser.submit('/account/password', fields)).location).toContain('password_changed')
    expect((await browser.who())?.user?.amr).toEqual(['pwd', 'otp', 'mfa'])
    expect((await apps.town.login(user.username, 'lamp river tuesday')).json['error']).toBe('otp_required')
  })
})

async function changePassword(username: string) {
  const user = await apps.town.tables
    .selectFrom('user_account')
    .select('id')
    .where('username', '=', username)
    .executeTakeFirstOrThrow()
  const { login_epoch } = await apps.town.row(user.id)
  const change = { login_epoch: login_epoch + 1 }
  await apps.town.tables.updateTable('user_account').set(change).where('id', '=', user.id).execute()
}
