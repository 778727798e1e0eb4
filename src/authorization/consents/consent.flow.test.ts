import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRig, type Rig, responseOf, type TestClient } from '../testing/rig.fixture.ts'

let rig: Rig
let app: TestClient
beforeAll(async () => {
  rig = await createRig()
  app = await rig.client()
})
afterAll(() => rig.close())

type Browser = Awaited<ReturnType<Rig['person']>>['browser']
/** As far as the question. @returns where it is put */
async function asked(browser: Browser, of: TestClient, changes: Record<string, string> = {}): Promise<string> {
  const { location, status } = await browser.get(rig.authorizePath(of, changes))
  if (!location.startsWith('/consent?')) throw new Error(`not asked: ${status} ${location}`)
  return location
}
const interactionOf = (location: string) => location.slice(location.indexOf('=') + 1)
const isSilent = async (browser: Browser, of: TestClient, changes: Record<string, string> = {}) =>
  responseOf(await browser.get(rig.authorizePath(of, { prompt: 'none', ...changes }))).has('code')

describe('the consent page (ASVS 5.0, 10.7.2)', () => {
  it('says who asks, for what in plain words, where it goes back to, and for how long', async () => {
    const { browser, person } = await rig.person()
    const location = await asked(browser, app, {
      scope: 'openid email offline_access',
      resource: 'https://api.example',
    })
    const { body } = await browser.get(location)
    for (const text of [
      'Test app',
      person.username,
      'app.example',
      'https://api.example',
      'See your e-mail address',
      'while you are away',
      '90 days',
      'id="unverified"',
      'id="consent-allow"',
      'id="consent-deny"',
    ]) {
      expect(body).toContain(text)
    }
  })

  it('has no form-action, no script of its own and no foreign source: its form leaves the site', async () => {
    const { browser } = await rig.person()
    const { headers, body } = await browser.get(await asked(browser, app))
    expect(headers.get('content-security-policy')).not.toContain('form-action')
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(headers.get('x-frame-options')).toBe('DENY')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('referrer-policy')).toBe('same-origin')
    expect(body).not.toMatch(/<script|\son\w+=|style=/)
  })

  it('shows the name of a client as text', async () => {
    const { browser } = await rig.person()
    const odd = await rig.client({ client_name: '<img src=x onerror=alert(1)>"' })
    const { body } = await browser.get(await asked(browser, odd))
    expect(body).not.toContain('<img')
    expect(body).toContain('&lt;img')
  })

  it('shows no unverified mark for a verified client', async () => {
    const { browser } = await rig.person()
    const verified = await rig.client()
    await rig.authorization.clients.setState(verified.client.id, { isVerified: true })
    const { body } = await browser.get(await asked(browser, verified))
    expect(body).not.toContain('id="unverified"')
  })

  it('is for who is signed in: anybody else signs in first', async () => {
    const { browser } = await rig.person()
    const location = await asked(browser, app)
    expect((await rig.browser().get(location)).location).toBe(`/login?interaction=${interactionOf(location)}`)
  })
})

describe('the answer', () => {
  it('deny: access_denied for the client, and nothing is remembered', async () => {
    const { browser } = await rig.person()
    const answer = await browser.press(await asked(browser, app), 'consent-deny')
    expect(answer.status).toBe(303)
    expect(Object.fromEntries(responseOf(answer))).toMatchObject({ error: 'access_denied', state: 'st' })
    expect(await isSilent(browser, app)).toBe(false)
  })

  it('needs the CSRF token of the session, and comes from no other site', async () => {
    const { browser } = await rig.person()
    const interaction = interactionOf(await asked(browser, app))
    const { body } = await browser.get(`/consent?interaction=${interaction}`)
    const csrf = /name="csrf" value="([^"]+)"/.exec(body)?.[1] ?? ''
    const fields = { interaction, decision: 'allow' }
    const stolen = (await rig.person()).browser
    const theirs = /name="csrf" value="([^"]+)"/.exec((await stolen.get(await asked(stolen, app))).body)?.[1] ?? ''
    for (const token of [{}, { csrf: 'x' }, { csrf: theirs }]) {
      expect((await browser.post('/consent', { ...fields, ...token })).status).toBe(403)
    }
    const crossSite = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
    expect((await browser.post('/consent', { ...fields, csrf }, crossSite)).status).toBe(403)
    expect(responseOf(await browser.post('/consent', { ...fields, csrf })).has('code')).toBe(true)
  })

  it('counts for the session that was asked: another one that knows the interaction is asked itself', async () => {
    const victim = await rig.person()
    const attacker = await rig.person()
    const location = await asked(attacker.browser, app)
    const { body } = await victim.browser.get(await asked(victim.browser, app))
    const csrf = /name="csrf" value="([^"]+)"/.exec(body)?.[1] ?? ''
    const fields = { csrf, interaction: interactionOf(location), decision: 'allow' }
    const answer = await victim.browser.post('/consent', fields)
    expect(answer.location).toBe(`/authorize?interaction=${interactionOf(location)}`)
  })

  it('counts for the session that was asked, of the same person too', async () => {
    const { browser, person } = await rig.person()
    const location = await asked(browser, app)
    const elsewhere = rig.browser()
    await rig.people.signIn(elsewhere, person)
    const back = `/authorize?interaction=${interactionOf(location)}`
    expect((await elsewhere.get(location)).location).toBe(back)
    const { body } = await elsewhere.get(await asked(elsewhere, app))
    const csrf = /name="csrf" value="([^"]+)"/.exec(body)?.[1] ?? ''
    const fields = { csrf, interaction: interactionOf(location), decision: 'allow' }
    expect((await elsewhere.post('/consent', fields)).location).toBe(back)
    expect(responseOf(await browser.press(location, 'consent-allow')).has('code')).toBe(true)
  })

  it('counts for its own request: a second tab cannot swap it (security.md §6)', async () => {
    const { browser } = await rig.person()
    const evil = await rig.client({ client_name: 'Other app', redirect_uris: ['https://other.example/cb'] })
    const first = await asked(browser, app, { state: 'one' })
    const second = await asked(browser, evil, { state: 'two' })
    const answer = await browser.press(first, 'consent-allow')
    expect(answer.location).toMatch(/^https:\/\/app\.example\/cb\?/)
    expect(responseOf(answer).get('state')).toBe('one')
    expect((await browser.press(second, 'consent-allow')).location).toMatch(/^https:\/\/other\.example\/cb\?/)
  })

  it('counts for what was shown: a client renamed meanwhile is shown again', async () => {
    const { browser } = await rig.person()
    const changing = await rig.client()
    const location = await asked(browser, changing)
    const { body } = await browser.get(location)
    const csrf = /name="csrf" value="([^"]+)"/.exec(body)?.[1] ?? ''
    await rig.rename(changing, 'Something else')
    expect((await browser.get(location)).location).toBe(`/authorize?interaction=${interactionOf(location)}`)
    const answer = await browser.post('/consent', { csrf, interaction: interactionOf(location), decision: 'allow' })
    expect(answer.location).toBe(`/authorize?interaction=${interactionOf(location)}`)
    const again = await browser.get(answer.location)
    expect((await browser.get(again.location)).body).toContain('Something else')
  })

  it('may be given twice for a moment (double click), and not later', async () => {
    const { browser } = await rig.person()
    const location = await asked(browser, app)
    for (const _click of [1, 2]) {
      expect(responseOf(await browser.press(location, 'consent-allow')).has('code')).toBe(true)
    }
    await rig.test.shift(61)
    expect((await browser.get(location)).status).toBe(400)
    await rig.test.shift(0)
  })

  it('that is neither yes nor no is asked again', async () => {
    const { browser } = await rig.person()
    const location = await asked(browser, app)
    const { body } = await browser.get(location)
    const csrf = /name="csrf" value="([^"]+)"/.exec(body)?.[1] ?? ''
    const answer = await browser.post('/consent', { csrf, interaction: interactionOf(location), decision: 'maybe' })
    expect(answer.status).toBe(200)
    expect(answer.body).toContain('id="consent-allow"')
  })

  it('comes after sign-in: an interaction that asks for a new one cannot be decided before it', async () => {
    const { browser } = await rig.person()
    const first = await browser.get(rig.authorizePath(app, { prompt: 'login' }))
    const interaction = new URL(first.location, rig.publicUrl).searchParams.get('interaction') ?? ''
    const early = await browser.get(`/consent?interaction=${interaction}`)
    expect(early.location).toBe(`/authorize?interaction=${interaction}`)
    expect((await browser.get(early.location)).location).toMatch(/^\/login\?/)
  })
})

describe('what is remembered', () => {
  it('is per scope: less is not asked again, more is, and both are known afterwards', async () => {
    const { browser } = await rig.person()
    await rig.allow(browser, rig.authorizePath(app, { scope: 'openid profile' }))
    expect(await isSilent(browser, app, { scope: 'openid' })).toBe(true)
    expect(await isSilent(browser, app, { scope: 'openid email' })).toBe(false)
    await rig.allow(browser, rig.authorizePath(app, { scope: 'openid email' }))
    expect(await isSilent(browser, app, { scope: 'profile email' })).toBe(true)
  })

  it('is per resource (RFC 8707)', async () => {
    const { browser } = await rig.person()
    await rig.allow(browser, rig.authorizePath(app, { resource: 'https://a.example' }))
    expect(await isSilent(browser, app, { resource: 'https://a.example' })).toBe(true)
    expect(await isSilent(browser, app, { resource: 'https://b.example' })).toBe(false)
    expect(await isSilent(browser, app)).toBe(false)
  })

  it('is per person and per client', async () => {
    const [one, two] = [await rig.person(), await rig.person()]
    await rig.allow(one.browser, rig.authorizePath(app))
    expect(await isSilent(two.browser, app)).toBe(false)
    expect(await isSilent(one.browser, await rig.client())).toBe(false)
  })

  it.each(['http://127.0.0.1/cb', 'http://localhost:4711/cb', 'com.example.app:/cb'])(
    'is nothing for %s: any program on the machine could be it (RFC 8252 §8.6)',
    async (uri) => {
      const { browser } = await rig.person()
      const native = await rig.client({ redirect_uris: [uri], application_type: 'native' })
      await rig.allow(browser, rig.authorizePath(native))
      expect(await isSilent(browser, native)).toBe(false)
    },
  )
})

describe('who need not be asked (interfaces, "Clients": consent_required)', () => {
  it('the registrant, about their own client, and nobody else', async () => {
    const { browser, person } = await rig.person()
    const own = await rig.client({}, person)
    expect(await isSilent(browser, own)).toBe(true)
    expect(await isSilent((await rig.person()).browser, own)).toBe(false)
  })

  it('nor what it asks with prompt=consent, or for a time when they are away (OpenID Connect Core §11)', async () => {
    const { browser, person } = await rig.person()
    const own = await rig.client({}, person)
    await asked(browser, own, { prompt: 'consent' })
    const offline = { scope: 'openid offline_access' }
    expect(await isSilent(browser, own, offline)).toBe(false)
    await rig.allow(browser, rig.authorizePath(own, offline))
    expect(await isSilent(browser, own, offline)).toBe(true)
  })

  it.each(['http://127.0.0.1/cb', 'com.example.app:/cb'])(
    'but at %s they are asked: any program on the machine could be their client (RFC 8252 §8.6)',
    async (uri) => {
      const { browser, person } = await rig.person()
      const native = await rig.client({ redirect_uris: [uri], application_type: 'native' }, person)
      expect(await isSilent(browser, native)).toBe(false)
    },
  )

  it('anybody, about a client of the house: consent_required: false, and verified', async () => {
    const { browser } = await rig.person()
    const house = await rig.client({ consent_required: false })
    expect(await isSilent(browser, house)).toBe(false)
    await rig.authorization.clients.setState(house.client.id, { isVerified: true })
    expect(await isSilent(browser, house)).toBe(true)
    expect(await isSilent(browser, house, { scope: 'openid offline_access' })).toBe(false)
  })
})
