import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ANA } from '../testing/fake-provider.fixture.ts'
import { createRig, type Rig } from '../testing/rig.fixture.ts'

let rig: Rig
beforeAll(async () => {
  rig = await createRig()
})
afterAll(() => rig.close())
afterEach(() => {
  rig.provider.settings.idToken = (claims) => claims
  rig.provider.settings.userinfo = (claims) => claims
})

describe('the ID token (OpenID Connect Core §3.1.3.7)', () => {
  const now = () => Math.floor(Date.now() / 1000)
  it.each<[string, (claims: Record<string, unknown>) => Record<string, unknown>]>([
    ['another nonce', (claims) => ({ ...claims, nonce: 'x' })],
    ['no nonce', ({ nonce: _, ...claims }) => claims],
    ['another issuer', (claims) => ({ ...claims, iss: 'https://evil.example' })],
    ['another audience', (claims) => ({ ...claims, aud: 'somebody' })],
    ['several audiences and another azp', (claims) => ({ ...claims, aud: ['test-client', 'b'], azp: 'b' })],
    ['an end in the past', (claims) => ({ ...claims, exp: now() - 301 })],
    ['an end that is a text', (claims) => ({ ...claims, exp: '99999999999' })],
    ['another subject than userinfo', (claims) => ({ ...claims, sub: '202' })],
  ])('refuses one with %s, and stores nothing', async (_what, change) => {
    const { browser, query } = await rig.begun()
    const before = await rig.countConnections()
    rig.provider.settings.idToken = change
    const page = await rig.outcomeOf(browser, query)
    expect(page.body).toContain('identity_not_proved')
    expect(await rig.countConnections()).toBe(before)
  })

  it('is required, because openid was asked for (§3.1.3.3)', async () => {
    const { browser, query } = await rig.begun()
    const before = await rig.countConnections()
    rig.provider.settings.idToken = () => undefined
    expect((await rig.outcomeOf(browser, query)).body).toContain('identity_not_proved')
    expect(await rig.countConnections()).toBe(before)
  })

  it('may have several audiences, when it is ours', async () => {
    rig.provider.settings.idToken = (claims) => ({ ...claims, aud: ['test-client', 'b'], azp: 'test-client' })
    const second = await rig.begun()
    expect((await rig.callback(second.browser, second.query)).location).toBe('/cats?run=7')
  })
})

describe('whose account it is', () => {
  it.each([
    ['nothing', {}],
    ['an empty id', { sub: '' }],
    ['a number', { sub: 12 }],
    ['an id with NUL', { sub: 'a\0' }],
    ['half of a surrogate pair', { sub: 'a\ud800' }],
    ['a very long id', { sub: 'x'.repeat(256) }],
  ])('refuses userinfo with %s', async (_what, claims) => {
    const { browser, query } = await rig.begun()
    rig.provider.settings.userinfo = () => claims
    rig.provider.settings.idToken = () => undefined
    expect((await rig.outcomeOf(browser, query)).body).toContain('provider_unavailable')
  })

  it('cleans the name of line ends and direction overrides, and keeps no picture that is not http(s)', async () => {
    const { browser, query } = await rig.begun()
    rig.provider.settings.userinfo = () => ({
      sub: ANA.sub,
      email: 'ana\r\nBcc: x\u202e\0\ud800 @example.com',
      picture: 'javascript:alert(1)',
    })
    await rig.callback(browser, query)
    const row = await rig.tables.selectFrom('connection').selectAll().orderBy('id', 'desc').executeTakeFirstOrThrow()
    expect(row.account_name).not.toMatch(/[\r\n\u202e\0]/)
    expect(row.account_picture).toBeNull()
  })
})
