import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRig, type Rig, responseOf, type TestClient } from '../testing/rig.fixture.ts'

let rig: Rig
let app: TestClient
beforeAll(async () => {
  rig = await createRig()
  app = await rig.client()
})
afterAll(() => rig.close())

describe('/account/apps (ASVS 5.0, 10.4.9, 10.7.3)', () => {
  it('is for who is signed in', async () => {
    expect((await rig.browser().get('/account/apps')).location).toBe('/login?return_to=%2Faccount%2Fapps')
  })

  it('lists what was allowed, once per application', async () => {
    const { browser } = await rig.person()
    expect((await browser.get('/account/apps')).body).toContain('id="no-apps"')
    await rig.allow(browser, rig.authorizePath(app, { scope: 'openid profile' }))
    await rig.redeem(app, await rig.code(app, browser, { scope: 'profile email' }))
    const { body } = await browser.get('/account/apps')
    expect(body.match(/Test app/g)).toHaveLength(1)
    for (const scope of ['openid', 'profile', 'email']) expect(body).toContain(`data-scope="${scope}"`)
    const other = (await rig.person()).browser
    expect((await other.get('/account/apps')).body).toContain('id="no-apps"')
  })

  it('takes it back: tokens end, and the application has to ask again', async () => {
    const mine = await rig.tokens(app)
    const theirs = await rig.tokens(app)
    const works = async (token: string) => (await rig.authorization.tokens.verifyAccessToken(token)) !== undefined
    const answer = await mine.browser.press('/account/apps', `revoke-${app.client.id}`)
    expect(answer).toMatchObject({ status: 303, location: '/account/apps?revoked' })
    expect((await mine.browser.get(answer.location)).body).toContain('id="no-apps"')
    await expect.poll(() => works(mine.access_token)).toBe(false)
    expect((await rig.refresh(app, mine.refresh_token)).body.error).toBe('invalid_grant')
    const silent = await mine.browser.get(rig.authorizePath(app, { prompt: 'none' }))
    expect(responseOf(silent).get('error')).toBe('consent_required')
    expect(await works(theirs.access_token)).toBe(true)
  })

  it('needs the form of the page', async () => {
    const { browser } = await rig.person()
    await rig.allow(browser, rig.authorizePath(app))
    expect((await browser.post('/account/apps/revoke', { client: app.client.id })).status).toBe(403)
    const silent = await browser.get(rig.authorizePath(app, { prompt: 'none' }))
    expect(responseOf(silent).has('code')).toBe(true)
  })
})
