import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRig, type Rig, responseOf, type TestClient } from '../testing/rig.fixture.ts'

let rig: Rig
let app: TestClient
beforeAll(async () => {
  rig = await createRig()
  app = await rig.client()
})
afterAll(() => rig.close())

/** As browsers write them (Fetch Metadata Request Headers §2.1). */
const from = (destination: string) => ({ 'sec-fetch-dest': destination, 'sec-fetch-site': 'cross-site' })

const begun = async () => {
  const interactions = await rig.tables.selectFrom('tinyoauth_interaction').select('id_hash').execute()
  const counts = await rig.tables.selectFrom('tinyoauth_count').select('count').execute()
  return { interactions: interactions.length, counted: counts.reduce((sum, { count }) => sum + count, 0) }
}

describe('GET|POST /authorize where no page can be shown', () => {
  it.each(['image', 'iframe', 'script', 'empty', 'object'])(
    'from a page of anybody as %s: answered at once, and nothing is begun that their network has a limit for',
    async (destination) => {
      const before = await begun()
      const browser = rig.browser()
      const answers = [
        await browser.get(rig.authorizePath(app), from(destination)),
        await browser.get(rig.authorizePath(app, { prompt: 'create' }), from(destination)),
        await browser.post('/authorize', rig.request(app), from(destination)),
      ]
      for (const answer of answers) expect(responseOf(answer).get('error')).toBe('login_required')
      expect(await begun()).toEqual(before)
    },
  )

  it('somebody who is signed in and would be asked: consent_required; who need not be: the code, as in a hidden frame', async () => {
    const { browser } = await rig.person()
    const asked = await browser.get(rig.authorizePath(app), from('iframe'))
    expect(responseOf(asked).get('error')).toBe('consent_required')
    await rig.allow(browser, rig.authorizePath(app))
    expect(responseOf(await browser.get(rig.authorizePath(app), from('iframe'))).has('code')).toBe(true)
    expect(responseOf(await browser.post('/authorize', rig.request(app), from('iframe'))).has('code')).toBe(true)
  })

  it('a client that is looked up after sign-in only: refused here, and nothing is begun', async () => {
    const before = await begun()
    const client_id = 'https://client.example/app.json'
    const answer = await rig.browser().get(rig.authorizePath(app, { client_id }), from('image'))
    expect({ status: answer.status, location: answer.location }).toEqual({ status: 400, location: '' })
    expect(await begun()).toEqual(before)
  })

  it('a page of its own goes on to sign-in', async () => {
    const { location } = await rig.browser().get(rig.authorizePath(app), from('document'))
    expect(location).toMatch(/^\/login\?interaction=/)
    const kept = await rig.browser().post('/authorize', rig.request(app), from('document'))
    expect(kept.location).toMatch(/^\/authorize\?interaction=/)
  })
})
