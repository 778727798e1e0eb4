import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DOT, EVE, startFakeDiscord } from './testing/fake-discord.fixture.ts'
import { createSignInRig, type SignInRig } from './testing/sign-in.fixture.ts'

let rig: SignInRig
let discord: Awaited<ReturnType<typeof startFakeDiscord>>
beforeAll(async () => {
  discord = await startFakeDiscord()
  rig = await createSignInRig({ discord: discord.config, allow: [discord.host] })
})
afterAll(async () => {
  await rig.close()
  await discord.close()
})

const leave = async (browser: ReturnType<SignInRig['browser']>) =>
  (await browser.submit('/login/discord', { return_to: '/runs' }, '/login?prompt=login')).location
const back = (browser: ReturnType<SignInRig['browser']>, query: URLSearchParams) =>
  browser.get(`/connect/discord/callback?${query}`)

describe('signing in with Discord, which has no OpenID Connect', () => {
  it('asks without a page first, then with one; who it is says userinfo, over the token that has just come', async () => {
    const browser = rig.browser()
    const first = await leave(browser)
    expect(Object.fromEntries(new URL(first).searchParams)).toMatchObject({ scope: 'identify', prompt: 'none' })
    expect(new URL(first).searchParams.has('nonce')).toBe(false)
    const again = await back(browser, discord.agree(first, DOT))
    expect(new URL(again.location).searchParams.get('prompt')).toBe('consent')
    expect((await back(browser, discord.agree(again.location, DOT))).location).toBe('/login/identity')
    const made = await rig.decide(browser, { decision: 'create', username: 'dot' })
    expect(made.location).toBe('/runs')
    expect(await rig.who(browser)).toMatchObject({ user: { username: 'dot', amr: ['ext'] } })
    expect((await browser.get('/account')).body).toContain('signed in (with Discord)')
  })

  it('goes by unseen the next time', async () => {
    const browser = rig.browser()
    expect((await back(browser, discord.agree(await leave(browser), DOT))).location).toBe('/runs')
  })

  it('is somebody else with another account, whatever they call themselves', async () => {
    const browser = rig.browser()
    const again = await back(browser, discord.agree(await leave(browser), { ...EVE, username: DOT.username }))
    const answer = await back(browser, discord.agree(again.location, { ...EVE, username: DOT.username }))
    expect(answer.location).toBe('/login/identity')
    // "dot" is taken: the next best is offered.
    expect((await browser.get('/login/identity')).body).toMatch(/value="dot-\d+"/)
  })
})
