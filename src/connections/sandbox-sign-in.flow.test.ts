import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ANA, BOB } from './testing/fake-provider.fixture.ts'
import { signInByPassword } from './testing/people.fixture.ts'
import { createSignInRig, type SignInRig } from './testing/sign-in.fixture.ts'

let rig: SignInRig
beforeAll(async () => {
  rig = await createSignInRig({ provider: { source: 'sandbox' } })
})
afterAll(() => rig.close())

describe('the sandbox, where anybody signs in as anybody (security §10.10)', () => {
  it('signs in people who are nothing more', async () => {
    const { browser } = await rig.newcomer(ANA, 'ana-of-the-sandbox')
    expect(await rig.who(browser)).toMatchObject({ user: { username: 'ana-of-the-sandbox', isAdmin: false } })
  })

  it('is not linked to an administrator', async () => {
    await rig.user('keeper', { isAdmin: true })
    const browser = rig.browser()
    await signInByPassword(browser, 'keeper')
    expect((await rig.link(browser, BOB)).location).toBe('/account/identities?notice=sandbox_admin')
    expect(await rig.identityIds(browser)).toEqual([])
  })

  it('does not sign in somebody who has become one', async () => {
    const person = { sub: '303', email: 'chen@example.com', name: 'Chen' }
    const { ownerId } = await rig.newcomer(person, 'chen')
    const accounts = rig.test.database.tables<{ user_account: { id: string; is_admin: boolean } }>()
    await accounts.updateTable('user_account').set({ is_admin: true }).where('id', '=', ownerId).execute()
    const browser = rig.browser()
    expect((await rig.signIn(browser, person)).location).toBe('/login?notice=sandbox_admin')
    expect((await rig.who(browser))?.kind).toBe('guest')
  })

  it('is offered where its visitors are on this very machine only', async () => {
    expect(rig.connections.signInProviders).toMatchObject([{ id: 'google', source: 'sandbox' }])
    const config = { publicUrl: 'https://trivet.example', providers: rig.providers }
    expect((await rig.another({ config })).signInProviders).toEqual([])
    const { discord } = rig.providers
    const real = { ...rig.providers, google: { ...discord, source: 'real' as const } }
    expect((await rig.another({ config: { ...config, providers: real } })).signInProviders).toHaveLength(1)
  })
})
