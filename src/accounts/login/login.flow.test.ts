import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTown, PASSWORD, type Town } from '../people.fixture.ts'

let town: Town
beforeAll(async () => {
  town = await createTown()
})
afterAll(() => town.close())

describe('POST /login with JSON (the API document)', () => {
  it('gives a token for the right password, which names the user by sub', async () => {
    const user = await town.user()
    const answer = await town.login(user.username)
    expect(answer.status).toBe(200)
    expect(answer.json).toEqual({ result: 'succeeded', token: expect.any(String) })
    const bearer = await town.visitor({ authorization: `Bearer ${answer.json['token']}` }).get('/bearer')
    expect(JSON.parse(bearer.body).user).toMatchObject({ id: user.id, publicId: user.publicId })
  })
})
describe('the form', () => {
  it('signs in', async () => {
    const user = await town.user()
    const browser = await town.signedIn(user.username)
    expect(await browser.who()).toMatchObject({ ownerId: user.id, kind: 'user' })
    expect((await browser.submit('/logout')).location).toBe('/login?notice=signed_out')
    expect(await browser.who()).toBe(null)
    const other = town.visitor()
    expect(await other.submit('/register', { username: 'fresh', password: PASSWORD })).toMatchObject({
      status: 303,
      location: '/account',
    })
    expect(await other.who()).toMatchObject({ kind: 'user', user: { username: 'fresh' } })
  })
})
