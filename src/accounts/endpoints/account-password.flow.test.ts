import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTown, PASSWORD, type Town } from '../people.fixture.ts'

const NEW = 'lamp river tuesday'

let town: Town
beforeAll(async () => {
  town = await createTown()
})
beforeEach(() => {
  town.ended.length = 0
})
afterAll(() => town.close())

describe('a change of password (ASVS 6.2.2, 6.2.3; security §11.5)', () => {
  const fields = { current_password: PASSWORD, new_password: NEW }

  it('needs the old one, ends all other sessions, and tells the apps to stop', async () => {
    const user = await town.user()
    const [here, there] = [await town.signedIn(user.username), await town.signedIn(user.username)]
    const old = here.cookies.get(town.cookies.session.name) ?? ''
    const answer = await here.submit('/account/password', fields)
    expect(answer).toMatchObject({ status: 303, location: '/account?notice=password_changed' })
    expect(await there.who()).toBe(null)
    expect(await here.who()).toMatchObject({ ownerId: user.id })
    expect(new Set(town.ended)).toEqual(new Set([user.id]))
    // A new id here too: whoever had copied the cookie has nothing.
    expect(here.cookies.get(town.cookies.session.name)).not.toBe(old)
    there.cookies.set(town.cookies.session.name, old)
    expect(await there.who()).toBe(null)
    expect((await town.login(user.username, PASSWORD)).json['result']).toBe('failed')
    expect((await town.login(user.username, NEW)).json['result']).toBe('succeeded')
  })

  it.each([
    [
      'the wrong old one',
      { ...fields, current_password: 'a wrong one' },
      'current-password',
      'not the password you have',
    ],
    ['no old one', { new_password: NEW }, 'current-password', 'not the password you have'],
    ['a short new one', { ...fields, new_password: 'short' }, 'next-password', 'at least 8'],
    ['a common new one', { ...fields, new_password: 'password1' }, 'next-password', 'first that are tried'],
    ['the old one again', { ...fields, new_password: PASSWORD }, 'next-password', 'the password you have'],
  ])('with %s changes nothing and says so at the field', async (_title, sent, field, why) => {
    const user = await town.user()
    const [here, there] = [await town.signedIn(user.username), await town.signedIn(user.username)]
    const { status, body } = await here.submit('/account/password', sent)
    expect(status).toBe(422)
    expect(body).toContain(`href="#${field}"`)
    expect(body).toContain(why)
    expect(body).not.toContain(NEW)
    expect(await there.who()).not.toBe(null)
    expect(town.ended).toEqual([])
    expect((await town.login(user.username)).json['result']).toBe('succeeded')
  })

  it('that apps cannot be told of is not made', async () => {
    const deaf = await createTown({
      onCredentialsChanged: async () => Promise.reject(new Error('the database is away')),
    })
    const { username } = await deaf.user()
    const browser = await deaf.signedIn(username)
    expect((await browser.submit('/account/password', fields)).status).toBe(500)
    expect((await deaf.login(username, PASSWORD)).json['result']).toBe('succeeded')
    await deaf.close()
  })

  it.each([1, 2, 3, 4])('by two at once is made by one (%i)', async () => {
    const { username } = await town.user()
    const [here, there] = [await town.signedIn(username), await town.signedIn(username)]
    const other = { ...fields, new_password: `${NEW} and more` }
    const csrfs = [await here.csrfOf('/account/password'), await there.csrfOf('/account/password')]
    const answers = await Promise.all([
      here.post('/account/password', { ...fields, csrf: csrfs[0] ?? '' }),
      there.post('/account/password', { ...other, csrf: csrfs[1] ?? '' }),
    ])
    const made = answers.filter(({ location }) => location === '/account?notice=password_changed')
    expect(made).toHaveLength(1)
    const outcomes = await Promise.all([town.login(username, NEW), town.login(username, other.new_password)])
    expect(outcomes.map(({ json }) => json['result']).sort()).toEqual(['failed', 'succeeded'])
  })
})
