import { describe, expect, it } from 'vitest'
import { codesIn, FACTORS, keyIn, TOTP, useAuthenticators } from './authenticator-app.fixture.ts'

const apps = useAuthenticators()
const { codeOf, enter, halfSignedIn, later, letters, person } = apps

describe('codes of an app are set up', () => {
  it('with a key that is shown until it is on, as QR code and text, and kept sealed (security §11.5)', async () => {
    const user = await apps.town.user()
    const browser = await apps.town.signedIn(user.username)
    expect((await browser.get(TOTP)).location).toBe(FACTORS)
    await browser.submit(`${TOTP}/begin`, {}, FACTORS)
    const page = await browser.get(TOTP)
    const key = keyIn(page.body)
    expect(key.replaceAll(' ', '')).toMatch(/^[A-Z2-7]{32}$/)
    expect(page.body).toMatch(/<svg[^>]* role="img"/)
    expect(page.body).not.toContain('style=')
    const row = await apps.town.tables
      .selectFrom('totp_secret')
      .selectAll()
      .where('owner_id', '=', user.id)
      .executeTakeFirst()
    expect(row?.sealed_secret).toMatch(/^v1\.k1\./)
    expect(JSON.stringify(row)).not.toContain(key.replaceAll(' ', ''))

    const wrong = await browser.submit(TOTP, { code: '000000' })
    expect(wrong.status).toBe(422)
    // Not on yet: the password alone still signs in.
    expect((await apps.town.login(user.username)).json['result']).toBe('succeeded')

    const on = await browser.submit(TOTP, { code: codeOf(key) })
    expect(on.status).toBe(200)
    expect(codesIn(on.body)).toHaveLength(8)
    expect((await browser.get(TOTP)).location).toBe(FACTORS)
    expect((await browser.get(FACTORS)).body).not.toContain(key)
    expect((await browser.who())?.user?.amr).toEqual(['pwd', 'otp', 'mfa'])
    expect(apps.town.logged()).not.toContain(key.replaceAll(' ', ''))
  })

  it('again and again until they are on: the last key counts; then no other takes its place', async () => {
    const user = await apps.town.user()
    const browser = await apps.town.signedIn(user.username)
    await browser.submit(`${TOTP}/begin`, {}, FACTORS)
    const first = keyIn((await browser.get(TOTP)).body)
    await browser.submit(`${TOTP}/begin`, {}, FACTORS)
    const second = keyIn((await browser.get(TOTP)).body)
    expect((await browser.submit(TOTP, { code: codeOf(first) })).status).toBe(422)
    expect((await browser.submit(TOTP, { code: codeOf(second) })).status).toBe(200)
    await browser.submit(`${TOTP}/begin`, {}, FACTORS)
    later()
    const half = await halfSignedIn(user.username)
    expect((await enter(half, codeOf(second))).location).toBe('/account')
  })

  it('and end what was signed in by one factor: other browsers, login tokens, sign-ins under way', async () => {
    const user = await apps.town.user()
    const [other, browser] = [await apps.town.signedIn(user.username), await apps.town.signedIn(user.username)]
    const token = String((await apps.town.login(user.username)).json['token'])
    await browser.submit(`${TOTP}/begin`, {}, FACTORS)
    const key = keyIn((await browser.get(TOTP)).body)
    expect((await browser.submit(TOTP, { code: '000000' })).status).toBe(422)
    expect((await other.who())?.ownerId).toBe(user.id)
    expect((await browser.submit(TOTP, { code: codeOf(key) })).status).toBe(200)
    expect(await other.who()).toBe(null)
    const bearer = await apps.town.visitor().get('/bearer', { authorization: `Bearer ${token}` })
    expect(JSON.parse(bearer.body).user).toBe(null)
    expect((await browser.who())?.ownerId).toBe(user.id)
  })

  it('and off, by who has just proved who they are: the password alone signs in again', async () => {
    const { user, browser, recoveryCodes } = await person()
    const waiting = await halfSignedIn(user.username)
    expect((await browser.submit(`${TOTP}/off`, {}, FACTORS)).location).toBe(`${FACTORS}?notice=codes_off`)
    expect((await enter(waiting, recoveryCodes[0] ?? '')).location).toBe('/login?notice=code_late')
    expect((await apps.town.login(user.username)).json['result']).toBe('succeeded')
    const events = await apps.town.accounts.audit.list({ most: 10, target: user.publicId })
    expect(events.map(({ action }) => action)).toEqual(['second_factor.turned_off', 'second_factor.turned_on'])
  })

  it('and off by whoever runs the server, for who has lost everything but the password', async () => {
    const { user } = await person()
    const by = { actor: 'command', address: '' }
    const off = () => apps.town.accounts.removeCodes({ username: user.username.toUpperCase() }, by)
    expect(await off()).toBe(true)
    expect((await apps.town.login(user.username)).json['result']).toBe('succeeded')
    expect([await off(), await apps.town.accounts.removeCodes({ publicId: 'u_nobody' }, by)]).toEqual([false, false])
    const [latest] = await apps.town.accounts.audit.list({ most: 1, target: user.publicId })
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
    await apps.town.shift(310)
    const answer = method === 'GET' ? await browser.get(path) : await browser.post(path, { csrf })
    expect(answer).toMatchObject({
      status: 303,
      location: `/account/confirm?${new URLSearchParams({ return_to: FACTORS })}`,
    })
    expect((await apps.town.login(user.username)).json['error']).toBe('otp_required')
    if (method === 'POST') expect((await browser.post(path, {})).status).toBe(403)
    expect((await apps.town.visitor().get(FACTORS)).location).toContain('/login?')
  })
})

it('whoever has confirmed an address is told there of each change, and nobody else (ASVS 6.3.7)', async () => {
  const told = await person()
  const email = `${told.user.username}@example.com`
  const confirmed = { email, email_folded: email, email_verified_at: new Date() }
  await apps.town.tables.updateTable('user_account').set(confirmed).where('id', '=', told.user.id).execute()
  letters.length = 0
  await enter(await halfSignedIn(told.user.username), told.recoveryCodes[0] ?? '')
  await told.browser.submit(`${TOTP}/off`, {}, FACTORS)
  await told.browser.submit(`${TOTP}/begin`, {}, FACTORS)
  const key = keyIn((await told.browser.get(TOTP)).body)
  await told.browser.submit(TOTP, { code: codeOf(key) })
  const silent = await person()
  await silent.browser.submit(`${TOTP}/off`, {}, FACTORS)
  expect(letters).toEqual([`recovery_code_used ${email}`, `codes_off ${email}`, `codes_on ${email}`])
})

it('what is over is removed by housekeeping', async () => {
  const { user } = await person()
  await halfSignedIn(user.username)
  await apps.town.shift(700)
  await apps.town.accounts.prune()
  expect(await apps.town.tables.selectFrom('pending_sign_in').select('id').execute()).toEqual([])
})
