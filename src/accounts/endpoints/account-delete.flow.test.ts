import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTown, PASSWORD, type Town } from '../people.fixture.ts'

const erased: string[] = []
let isDiskAway = false

let town: Town
beforeAll(async () => {
  town = await createTown({
    owned: [
      {
        erase: async (ownerId) => {
          if (isDiskAway) throw new Error('the disk is away')
          erased.push(ownerId)
        },
      },
    ],
    accountLinks: [{ id: 'account-apps', href: '/account/apps', label: 'Apps with access', text: '' }],
  })
})
beforeEach(() => {
  erased.length = 0
  town.ended.length = 0
  isDiskAway = false
})
afterAll(() => town.close())

describe('the end of an account', () => {
  it('takes everything along: sessions, tokens, what rooms keep elsewhere, the rows', async () => {
    const user = await town.user()
    const [here, there] = [await town.signedIn(user.username), await town.signedIn(user.username)]
    const token = String((await town.login(user.username)).json['token'])
    const answer = await here.submit('/account/delete', { password: PASSWORD })
    expect(answer).toMatchObject({ status: 303, location: '/login?notice=account_deleted' })
    expect((await here.get(answer.location)).body).toContain('Your account has been deleted.')
    expect(erased).toEqual([user.id])
    expect([await here.who(), await there.who()]).toEqual([null, null])
    expect(await town.tables.selectFrom('user_account').select('id').where('id', '=', user.id).execute()).toEqual([])
    expect(await town.accounts.loginToken.verify(token)).toBeUndefined()
    expect((await town.login(user.username)).json['result']).toBe('failed')
  })

  it('needs the password', async () => {
    const user = await town.user()
    const browser = await town.signedIn(user.username)
    const { status, body } = await browser.submit('/account/delete', { password: 'a wrong one' })
    expect(status).toBe(422)
    expect(body).toContain('Nothing was deleted.')
    expect(erased).toEqual([])
    expect(await browser.who()).not.toBe(null)
  })

  it('does not come for the last administrator, not even of two who go at once', async () => {
    const names = ['boss', 'deputy']
    for (const username of names) await town.accounts.createUser({ username, password: PASSWORD, isAdmin: true })
    const browsers = await Promise.all(names.map((username) => town.signedIn(username)))
    const answers = await Promise.all(
      browsers.map((browser) => browser.submit('/account/delete', { password: PASSWORD })),
    )
    expect(answers.map(({ status }) => status).toSorted()).toEqual([303, 409])
    const left = browsers[answers.findIndex(({ status }) => status === 409)]
    expect(answers.find(({ status }) => status === 409)?.body).toContain('the only administrator')
    const page = await left?.get('/account/delete')
    expect(page?.body).toContain('the only administrator')
    expect(page?.body).not.toContain('delete-confirm')
    const name = (await left?.who())?.user?.username ?? ''
    expect(names).toContain(name)
    expect(await town.accounts.setDisabled(name, true)).toBe('last_administrator')
    await town.accounts.createUser({ username: 'successor', password: PASSWORD, isAdmin: true })
    expect((await left?.submit('/account/delete', { password: PASSWORD }))?.location).toContain('account_deleted')
    expect(await town.accounts.setDisabled('successor', true)).toBe('last_administrator')
  })

  it('comes at once even where something cannot be removed now; housekeeping ends it', async () => {
    const user = await town.user()
    const browser = await town.signedIn(user.username)
    isDiskAway = true
    expect((await browser.submit('/account/delete', { password: PASSWORD })).location).toBe(
      '/login?notice=account_deleted',
    )
    expect(await browser.who()).toBe(null)
    expect((await town.login(user.username)).json['result']).toBe('failed')
    expect(await town.accounts.user(user.id)).toBeUndefined()
    await expect(town.accounts.prune()).rejects.toThrow('1 owners could not be removed')
    isDiskAway = false
    await town.accounts.prune()
    expect(erased).toEqual([user.id])
    expect(await town.tables.selectFrom('user_account').select('id').where('id', '=', user.id).execute()).toEqual([])
  })

  it('a name that is free again is another person: sub is never used twice', async () => {
    const first = await town.user('phoenix')
    await (await town.signedIn('phoenix')).submit('/account/delete', { password: PASSWORD })
    const second = await town.user('phoenix')
    expect(second.publicId).not.toBe(first.publicId)
    expect(await town.accounts.userByPublicId(first.publicId)).toBeUndefined()
  })
})
