import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Browser } from '../testing/browser.fixture.ts'
import { claimsOf, createRig, type Rig, responseOf, type TestClient } from '../testing/rig.fixture.ts'

let rig: Rig
let app: TestClient
beforeAll(async () => {
  rig = await createRig()
  app = await rig.client()
})
afterAll(() => rig.close())
afterEach(() => rig.test.shift(0))

const interactionOf = (location: string) => new URL(location, rig.publicUrl).searchParams.get('interaction') ?? ''
const resumed = (browser: Browser, location: string) => browser.get(`/authorize?interaction=${interactionOf(location)}`)

/** Somebody who allowed the app everything that these tests ask for. */
async function allowed(scope = 'openid profile') {
  const somebody = await rig.person()
  await rig.allow(somebody.browser, rig.authorizePath(app, { scope }))
  return somebody
}

describe('prompt (OpenID Connect Core §3.1.2.1)', () => {
  it('without one, who is signed in and allowed it before is asked nothing', async () => {
    const { browser } = await allowed()
    const answer = await browser.get(rig.authorizePath(app, { scope: 'openid profile' }))
    expect(answer.status).toBe(302)
    expect(responseOf(answer).get('code')).toMatch(/^tra_[\w-]{43}$/)
  })

  it('none: the code, where nothing has to be asked', async () => {
    const { browser } = await allowed()
    const answer = await browser.get(rig.authorizePath(app, { scope: 'openid', prompt: 'none' }))
    expect(responseOf(answer).has('code')).toBe(true)
  })

  it.each(['login', 'select_account'])('%s: signs in once more, whoever is signed in', async (prompt) => {
    const { browser, person } = await allowed()
    const first = await browser.get(rig.authorizePath(app, { scope: 'openid', prompt }))
    expect(first.location).toMatch(/^\/login\?interaction=/)
    // Coming back without having signed in changes nothing.
    expect((await resumed(browser, first.location)).location).toBe(first.location)
    await rig.people.signIn(browser, person)
    expect(responseOf(await resumed(browser, first.location)).has('code')).toBe(true)
  })

  it('create: goes to /register, then on', async () => {
    const browser = rig.browser()
    const first = await browser.get(rig.authorizePath(app, { prompt: 'create', login_hint: 'new&name' }))
    expect(first.location).toMatch(/^\/register\?interaction=[\w-]{43}&login_hint=new%26name$/)
    await rig.people.signIn(browser, await rig.people.create())
    expect((await resumed(browser, first.location)).location).toMatch(/^\/consent\?/)
  })

  it('consent: asks again what was allowed before', async () => {
    const { browser } = await allowed()
    const first = await browser.get(rig.authorizePath(app, { scope: 'openid', prompt: 'consent' }))
    expect(first.location).toMatch(/^\/consent\?interaction=/)
    expect(responseOf(await browser.press(first.location, 'consent-allow')).has('code')).toBe(true)
  })

  it('login consent: both', async () => {
    const { browser, person } = await allowed()
    const first = await browser.get(rig.authorizePath(app, { scope: 'openid', prompt: 'login consent' }))
    expect(first.location).toMatch(/^\/login\?/)
    await rig.people.signIn(browser, person)
    expect((await resumed(browser, first.location)).location).toMatch(/^\/consent\?/)
  })

  it('hands login_hint to the sign-in page', async () => {
    const { location } = await rig.browser().get(rig.authorizePath(app, { login_hint: 'ana' }))
    expect(location).toMatch(/^\/login\?interaction=[\w-]{43}&login_hint=ana$/)
  })
})

describe('sign-in', () => {
  it('that was cancelled is access_denied for the client, with state and iss', async () => {
    const browser = rig.browser()
    const { location } = await browser.get(rig.authorizePath(app))
    const answer = await browser.get(`/authorize?interaction=${interactionOf(location)}&login=cancelled`)
    expect(Object.fromEntries(responseOf(answer))).toMatchObject({
      error: 'access_denied',
      state: 'st',
      iss: rig.publicUrl,
    })
  })

  it('of a guest is none', async () => {
    const browser = rig.browser()
    expect((await browser.get(rig.authorizePath(app))).location).toMatch(/^\/login\?/)
  })
})

describe('max_age (OpenID Connect Core §3.1.2.1)', () => {
  it('lets a younger sign-in pass, and asks who signed in longer ago', async () => {
    const { browser } = await allowed()
    const path = rig.authorizePath(app, { scope: 'openid', max_age: '300' })
    await rig.test.shift(290)
    expect(responseOf(await browser.get(path)).has('code')).toBe(true)
    await rig.test.shift(310)
    expect((await browser.get(path)).location).toMatch(/^\/login\?/)
    const silent = await browser.get(rig.authorizePath(app, { scope: 'openid', max_age: '300', prompt: 'none' }))
    expect(responseOf(silent).get('error')).toBe('login_required')
  })

  it('0 asks everybody, and is content with who has just signed in', async () => {
    const { browser, person } = await allowed()
    await rig.test.shift(5)
    const first = await browser.get(rig.authorizePath(app, { scope: 'openid', max_age: '0' }))
    expect(first.location).toMatch(/^\/login\?/)
    await rig.people.signIn(browser, person)
    const code = responseOf(await resumed(browser, first.location)).get('code') ?? ''
    const { body } = await rig.redeem(app, code)
    expect(claimsOf(body.id_token)['auth_time']).toBeCloseTo(Date.now() / 1000 + 5, -1)
  })

  it('is asked anew when the interaction is taken up long after', async () => {
    const { browser, person } = await allowed()
    await rig.test.shift(100)
    const first = await browser.get(rig.authorizePath(app, { scope: 'openid', max_age: '10' }))
    await rig.people.signIn(browser, person)
    await rig.test.shift(300)
    expect((await resumed(browser, first.location)).location).toMatch(/^\/login\?/)
  })
})

describe('who is expected (OpenID Connect Core §3.1.2.2, §5.5.1)', () => {
  async function hintOf(scope = 'openid') {
    const somebody = await allowed(scope)
    const code = await rig.code(app, somebody.browser, { scope })
    return { ...somebody, hint: (await rig.redeem(app, code)).body.id_token }
  }

  it('id_token_hint of the same person: goes on, also when that token is over', async () => {
    const { browser, hint } = await hintOf()
    const path = rig.authorizePath(app, { scope: 'openid', prompt: 'none', id_token_hint: hint })
    expect(responseOf(await browser.get(path)).has('code')).toBe(true)
  })

  it('of another person: signs in, and never answers for the wrong one', async () => {
    const { hint } = await hintOf()
    const { browser, person } = await allowed('openid')
    const silent = await browser.get(rig.authorizePath(app, { scope: 'openid', prompt: 'none', id_token_hint: hint }))
    expect(responseOf(silent).get('error')).toBe('login_required')
    const first = await browser.get(rig.authorizePath(app, { scope: 'openid', id_token_hint: hint }))
    expect(first.location).toMatch(/^\/login\?/)
    await rig.people.signIn(browser, person)
    expect(responseOf(await resumed(browser, first.location)).get('error')).toBe('login_required')
  })

  it('claims.id_token.sub names who it must be', async () => {
    const { browser, person } = await allowed('openid')
    const ask = (value: string) =>
      browser.get(
        rig.authorizePath(app, {
          scope: 'openid',
          prompt: 'none',
          claims: JSON.stringify({ id_token: { sub: { value } } }),
        }),
      )
    expect(responseOf(await ask(person.publicId)).has('code')).toBe(true)
    expect(responseOf(await ask('u_somebody')).get('error')).toBe('login_required')
  })

  it('an acr that is asked for as essential is met, or nothing is answered (§5.5.1.1)', async () => {
    const { browser } = await allowed('openid')
    const ask = async (acr: object) => {
      const claims = JSON.stringify({ id_token: { acr } })
      return responseOf(await browser.get(rig.authorizePath(app, { scope: 'openid', prompt: 'none', claims })))
    }
    expect((await ask({ essential: true, values: ['urn:trivet:acr:1fa', 'x'] })).has('code')).toBe(true)
    expect((await ask({ essential: true })).has('code')).toBe(true)
    expect((await ask({ values: ['urn:trivet:acr:mfa'] })).has('code')).toBe(true)
    expect((await ask({ essential: true, value: 'urn:trivet:acr:mfa' })).get('error')).toBe(
      'unmet_authentication_requirements',
    )
  })

  it('an acr of several factors leads to the sign-in first, which shows the second factor of who has one', async () => {
    const { browser, person } = await allowed('openid')
    const claims = JSON.stringify({ id_token: { acr: { essential: true, value: 'urn:trivet:acr:mfa' } } })
    const asked = await browser.get(rig.authorizePath(app, { scope: 'openid', claims }))
    expect(asked.location).toMatch(/^\/login\?interaction=/)
    const back = `/authorize?${asked.location.split('?')[1]}`
    // Signed in anew with no more than a password: the app is told that there is no more.
    await rig.people.signIn(browser, person)
    expect(responseOf(await browser.get(back)).get('error')).toBe('unmet_authentication_requirements')
  })

  it('an access token is no id_token_hint', async () => {
    const { browser } = await allowed()
    const { body } = await rig.redeem(app, await rig.code(app, browser, { scope: 'openid' }))
    const path = rig.authorizePath(app, { prompt: 'none', id_token_hint: body.access_token })
    expect(responseOf(await browser.get(path)).get('error')).toBe('invalid_request')
  })
})
