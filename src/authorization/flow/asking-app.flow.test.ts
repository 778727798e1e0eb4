import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Browser } from '../testing/browser.fixture.ts'
import { createRig, type Rig, type TestClient } from '../testing/rig.fixture.ts'

const CALLBACK = 'http://wiki.localhost:8080/.trivet/callback'

let rig: Rig
beforeAll(async () => {
  rig = await createRig({ settings: { gatewayCallbacks: () => [CALLBACK] } })
})
afterAll(() => rig.close())

/** Where somebody is sent who is not signed in. */
async function signInPath(app: TestClient, changes: Record<string, string> = {}): Promise<string> {
  const { location } = await rig.browser().get(rig.authorizePath(app, changes))
  expect(location).toMatch(/^\/(login|register)\?interaction=/)
  return location
}

/** The line about the app, as people read it; undefined where there is none. */
async function named(path: string, browser: Browser = rig.browser()): Promise<string | undefined> {
  const { status, body } = await browser.get(path)
  expect(status).toBe(200)
  return lineOf(body)
}

function lineOf(body: string): string | undefined {
  return /<span id="asking-app">(.*?)<\/span>/s.exec(body)?.[1]?.replace(/<[^>]+>/g, '')
}

describe('the app that somebody signs in for', () => {
  it('is named where one signs in or registers, with where one goes then, and that nobody has checked it', async () => {
    const app = await rig.client({ client_name: 'A shop' })
    const line = 'To continue to A shop (app.example), an app that nobody here has checked.'
    const login = await signInPath(app)
    expect(await named(login)).toBe(line)
    expect(await named(login.replace('/login', '/register'))).toBe(line)
    expect(await named(await signInPath(app, { prompt: 'create' }))).toBe(line)
  })

  it('is still named after a wrong password, and to somebody who is to sign in once more', async () => {
    const app = await rig.client({ client_name: 'A shop' })
    const path = await signInPath(app)
    const wrong = await rig.browser().press(path, 'login-submit', { username: 'nobody', password: 'not this one' })
    expect(wrong.status).toBe(422)
    expect(lineOf(wrong.body)).toMatch(/^To continue to A shop /)
    const { browser } = await rig.person()
    const { location } = await browser.get(rig.authorizePath(app, { prompt: 'login' }))
    expect(await named(location, browser)).toMatch(/^To continue to A shop /)
  })

  it('is said to be checked by nobody only where that is so', async () => {
    const app = await rig.client({ client_name: 'A shop' })
    await rig.authorization.clients.setState(app.client.id, { isVerified: true })
    expect(await named(await signInPath(app))).toBe('To continue to A shop (app.example).')
  })

  it.each([
    ['http://127.0.0.1:5000/cb', 'a program on this computer'],
    ['com.example.shop:/cb', 'an app on this device'],
  ])('that is called back at %s: "%s"', async (callback, place) => {
    const metadata = { client_name: 'A tool', application_type: 'native', redirect_uris: [callback] }
    expect(await named(await signInPath(await rig.client(metadata)))).toContain(`A tool (${place})`)
  })

  it('writes nothing but a name: no markup, and letters from right to left do not move the host', async () => {
    const app = await rig.client({ client_name: '<img src=x> שלום' })
    const { body } = await rig.browser().get(await signInPath(app))
    expect(body).toContain('<bdi>&lt;img src=x> שלום</bdi></b> (app.example)')
  })

  it('cannot be called by a name that looks like one of ours, as on the page of the consent', async () => {
    const { bearer } = await rig.person()
    const refused = await fetch(`${rig.publicUrl}/client`, {
      method: 'POST',
      headers: { ...bearer, 'content-type': 'application/json' },
      body: JSON.stringify({ client_name: 'Тrіvet', redirect_uris: ['https://app.example/cb'] }),
    })
    expect(refused.status).toBe(400)
    expect(await refused.json()).toMatchObject({ error_description: expect.stringContaining('looks like Trivet') })
  })

  it('is called by its name of now', async () => {
    const app = await rig.client({ client_name: 'A shop' })
    const path = await signInPath(app)
    await rig.rename(app, 'Another shop')
    expect(await named(path)).toMatch(/^To continue to Another shop /)
  })

  it('behind the gateway is the host of its route', async () => {
    await rig.authorization.gatewayClient.ensure()
    const id = rig.authorization.gatewayClient.id
    const client = await rig.authorization.clients.findClient(id)
    if (!client) throw new Error('no client')
    const path = await signInPath({ client, secret: undefined, redirectUri: CALLBACK }, { scope: 'openid profile' })
    expect(await named(path)).toBe('To continue to wiki.localhost:8080.')
  })
})

describe('no app is named', () => {
  it('to who comes for a page of ours, or with an interaction of nobody', async () => {
    expect(await named('/login')).toBeUndefined()
    expect(await named('/register?return_to=/account')).toBeUndefined()
    expect(await named(`/login?interaction=${'x'.repeat(43)}`)).toBeUndefined()
  })

  it('once the request is over, or its client switched off or gone from that address', async () => {
    const [late, off, moved] = [await rig.client(), await rig.client(), await rig.client()]
    const paths = [await signInPath(off), await signInPath(moved)]
    await rig.authorization.clients.setState(off.client.id, { isDisabled: true })
    const metadata = JSON.stringify({ ...moved.client.metadata, redirect_uris: ['https://elsewhere.example/cb'] })
    await rig.tables.updateTable('tinyoauth_client').set({ metadata }).where('id', '=', moved.client.id).execute()
    await rig.rename({ ...moved, client: { ...moved.client, metadata: JSON.parse(metadata) } }, 'Moved')
    for (const path of paths) expect(await named(path)).toBeUndefined()
    const path = await signInPath(late)
    expect(await named(path)).toBeDefined()
    await rig.test.shift(31 * 60)
    expect(await named(path)).toBeUndefined()
  })

  it('while nothing but its address is known: its document is fetched for people who are signed in', async () => {
    const id = 'https://app.example/client.json'
    const query = rig.request(await rig.client(), { client_id: id })
    const { location } = await rig.browser().get(`/authorize?${query}`)
    expect(location).toMatch(/^\/login\?interaction=/)
    expect(await named(location)).toBeUndefined()
  })
})
