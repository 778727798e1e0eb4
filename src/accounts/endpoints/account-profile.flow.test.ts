import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTown, PASSWORD, type Town } from '../people.fixture.ts'

let town: Town
beforeAll(async () => {
  town = await createTown()
})
afterAll(() => town.close())

describe('the profile', () => {
  it('keeps every claim, and shows it again', async () => {
    const user = await town.user()
    const browser = await town.signedIn(user.username)
    const typed = {
      name: 'Ana <Maria>',
      website: 'https://ana.example/',
      locale: 'fr',
      'address.locality': 'Paris',
      email: 'ana@example.com',
    }
    const saved = await browser.submit('/account/profile', typed)
    expect(saved).toMatchObject({ status: 303, location: '/account/profile?notice=saved' })
    const { body } = await browser.get(saved.location)
    expect(body).toContain('Your profile has been saved.')
    for (const value of ['Ana &lt;Maria>', 'https://ana.example/', 'Paris', 'ana@example.com'])
      expect(body).toContain(value)
    const now = await town.accounts.user(user.id)
    if (!now) throw new Error('gone')
    expect(town.accounts.claimsOf(now, ['profile', 'email', 'address'])).toMatchObject({
      ...{ name: 'Ana <Maria>', website: 'https://ana.example/', locale: 'fr', preferred_username: user.username },
      ...{ email: 'ana@example.com', email_verified: false, address: { locality: 'Paris', formatted: 'Paris' } },
    })
    expect(now.updatedAt.getTime()).toBeGreaterThan(user.updatedAt.getTime())
  })

  it('what is wrong is told at its field and loses nothing that was typed; nothing is saved', async () => {
    const user = await town.user()
    const browser = await town.signedIn(user.username)
    const { status, body } = await browser.submit('/account/profile', {
      name: 'Ana',
      website: 'javascript:x',
      'address.country': 'a\nb',
    })
    expect(status).toBe(422)
    expect(body).toContain('href="#profile-website"')
    expect(body).toContain('id="profile-website-error"')
    expect(body).toContain('href="#profile-address-country"')
    expect(body).toContain('value="Ana"')
    expect((await town.row(user.id)).profile).toEqual({})
  })

  it('takes nothing else (mass assignment, security §9.15, §11.11)', async () => {
    const user = await town.user()
    const browser = await town.signedIn(user.username)
    const before = await town.row(user.id)
    await browser.submit('/account/profile', {
      ...{ email: 'ana@example.com', email_verified: 'true', email_verified_at: '2026-01-01', is_admin: 'true' },
      ...{ username: 'root', public_id: 'u_mine', sub: 'u_mine', owner_id: 'x', login_epoch: '99', kind: 'guest' },
    })
    const {
      email: _email,
      email_folded: _folded,
      updated_at: _at,
      operated_at: _op,
      online_until: _on,
      ...rest
    } = await town.row(user.id)
    expect(before).toMatchObject(rest)
    expect(rest).toMatchObject({ is_admin: false, email_verified_at: null, profile: {} })
  })

  it('an address that was verified is so no longer when it is changed, and stays so when it is not', async () => {
    const user = await town.user()
    const browser = await town.signedIn(user.username)
    await browser.submit('/account/profile', { email: 'ana@example.com' })
    await town.tables
      .updateTable('user_account')
      .set({ email_verified_at: new Date() })
      .where('id', '=', user.id)
      .execute()
    await browser.submit('/account/profile', { email: 'ana@example.com', name: 'Ana' })
    expect((await town.accounts.user(user.id))?.emailVerified).toBe(true)
    await browser.submit('/account/profile', { email: 'eve@example.com', name: 'Ana' })
    expect((await town.accounts.user(user.id))?.emailVerified).toBe(false)
  })
})

describe('the e-mail address, which is a way into the account (ASVS 5.0, 7.5.1)', () => {
  it('is not changed by a session whose sign-in is older than five minutes; the rest is saved, and said', async () => {
    const user = await town.user()
    const browser = await town.signedIn(user.username)
    await browser.submit('/account/profile', { email: 'ana@example.com' })
    expect((await browser.get('/account/profile')).body).not.toContain('profile-confirm')
    await town.shift(301)
    const { body } = await browser.get('/account/profile')
    expect(body).toContain('href="/account/confirm?return_to=%2Faccount%2Fprofile"')
    expect(body).toMatch(/id="profile-email"[^>]*readonly|readonly[^>]*id="profile-email"/)
    const answer = await browser.submit('/account/profile', { email: 'eve@example.com', name: 'Ana' })
    expect(answer.location).toMatch(/^\/account\/confirm\?return_to=/)
    expect(await town.accounts.user(user.id)).toMatchObject({ email: 'ana@example.com', profile: { name: 'Ana' } })
    // Not taken away either.
    await browser.submit('/account/profile', { email: '', name: 'Ana' })
    expect((await town.accounts.user(user.id))?.email).toBe('ana@example.com')
    const way = Object.fromEntries(new URL(answer.location, town.publicUrl).searchParams)
    const confirmed = await browser.submit('/account/confirm', { password: PASSWORD, ...way }, answer.location)
    expect((await browser.get(confirmed.location)).body).toContain('but for the e-mail address')
    await browser.submit('/account/profile', { email: 'eve@example.com', name: 'Ana' })
    expect((await town.accounts.user(user.id))?.email).toBe('eve@example.com')
    await town.shift(0)
  })

  it('what is not the address is saved however old the sign-in is', async () => {
    const user = await town.user()
    const browser = await town.signedIn(user.username)
    await browser.submit('/account/profile', { email: 'ana@example.com' })
    await town.shift(3600)
    const answer = await browser.submit('/account/profile', { email: 'ana@example.com', name: 'Ana' })
    expect(answer.location).toBe('/account/profile?notice=saved')
    await town.shift(0)
  })
})
