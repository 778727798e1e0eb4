import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRig, NEED, type Rig } from '../testing/rig.fixture.ts'

let rig: Rig
beforeAll(async () => {
  rig = await createRig({ provider: { source: 'unset', redirectPath: '/callback' } })
})
afterAll(() => rig.close())

describe('a provider without credentials', () => {
  it('says who can change that, and where, instead of beginning', async () => {
    const browser = rig.browser()
    const page = await browser.get('/connect/google')
    expect(page).toMatchObject({ status: 503, body: expect.stringContaining('/setup/google') })
    expect((await browser.post('/connect/google', {})).status).toBe(503)
    const caller = await rig.test.guest()
    await expect(rig.connections.begin({ caller, need: NEED, returnTo: '/', deniedTo: '/' })).rejects.toMatchObject({
      code: 'provider_not_set_up',
    })
  })

  it('offers the set-up on the page of connections, and says there how things stand', async () => {
    const { body } = await rig.browser().get('/connections')
    expect(body).toContain('href="/setup/google"')
    expect(body).not.toContain('href="/connect/google"')
    const setup = await rig.browser().get('/setup/google')
    expect(setup.body).toContain('>not set<')
  })

  it('shows the further redirect path of the settings, and takes answers there', async () => {
    const { body } = await rig.browser().get('/setup/google')
    expect(body).toContain(`value="${rig.publicUrl}/callback"`)
    for (const path of ['/callback', '/connect/google/callback']) {
      expect((await rig.browser().get(`${path}?state=x&code=y`)).body).toContain('callback_unknown')
    }
  })
})
