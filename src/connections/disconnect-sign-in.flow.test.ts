import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ANA, BOB, type Person } from './testing/fake-provider.fixture.ts'
import { createSignInRig, type SignInRig } from './testing/sign-in.fixture.ts'

let rig: SignInRig
beforeAll(async () => {
  rig = await createSignInRig()
})
afterAll(() => rig.close())

let people = 0
const somebody = (): Person => {
  people += 1
  return { sub: `s-${people}`, email: `somebody${people}@example.com`, name: `Some Body ${people}` }
}

describe('access at the provider, when an account is disconnected', () => {
  it('is kept where somebody signs in here with the same account, and said so', async () => {
    const { browser } = await rig.newcomer(ANA, 'ana-signs-in')
    const { row } = await rig.connect(rig.browser(), ANA)
    const connected = await rig.connect(browser, BOB)
    const revocations = rig.provider.calls.revoke
    const guest = await rig.connect(rig.browser(), ANA)
    await rig.tables.deleteFrom('connection').where('id', '=', row.id).execute()
    const answer = await guest.browser.submit(`/connections/${guest.row.id}/disconnect`)
    expect(answer.location).toContain('upstream=kept_for_sign_in')
    expect((await guest.browser.get(answer.location)).body).toContain('somebody signs in to this server')
    expect(rig.provider.calls.revoke).toBe(revocations)
    const other = await connected.browser.submit(`/connections/${connected.row.id}/disconnect`)
    expect(other.location).toContain('upstream=revoked')
  })

  it('is ended with an account here that goes: what signed it in goes too', async () => {
    const person = somebody()
    const { browser } = await rig.newcomer(person, 'takes-all-along')
    await rig.connect(browser, person)
    const revocations = rig.provider.calls.revoke
    const gone = await browser.submit('/account/delete', {}, '/account/delete')
    expect(gone.location).toBe('/login?notice=account_deleted')
    expect(rig.provider.calls.revoke).toBe(revocations + 1)
  })
})
