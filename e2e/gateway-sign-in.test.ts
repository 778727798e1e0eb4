import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { read } from './docs/repository.ts'
import { launchBrowser } from './harness/browser.ts'
import { createClient } from './harness/client.ts'
import { type NotesApp, socketScript, startNotesApp } from './harness/notes-app.ts'
import { PASSWORD, registerPerson, signIn } from './harness/person.ts'
import { createSender } from './harness/plain-request.ts'
import { freePort, type Product, startProduct } from './harness/product.ts'
import { runProgram } from './harness/program.ts'
import { changesOf, isMissing, type RunningProxy, startShipped } from './harness/proxies.ts'
import { type Visitor, visit } from './harness/visitor.ts'

/** The shipped configurations in front of an app that people sign in for, with a browser. */
const ASKING = ['nginx', 'caddy', 'haproxy-asking'] as const
const SPOOFED = 'spoofed-by-the-caller'

let directory = ''
let product: Product
let app: NotesApp
let browser: Browser
/** Of an administrator. */
let chief = ''
const ports = new Map<string, number>()
const hostOf = (name: string) => `app.localhost:${ports.get(name)}`

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'trivet-sign-in-'))
  for (const name of ASKING) ports.set(name, await freePort())
  const [, shown = ''] =
    /```yaml behind-a-proxy\n(?:.*\n)*? +routes:\n([\s\S]*?)```/.exec(read('docs/how-to/sign-in-for-an-app.md')) ?? []
  const routes = ASKING.map((name) => shown.replaceAll('app.localhost:8000', hostOf(name))).join('')
  const named = ASKING.map(
    (name) => `    - {path: /private, host: '${hostOf(name)}', access: session, users: [chief]}\n`,
  )
  await writeFile(join(directory, 'trivet.yaml'), `gateway:\n  routes:\n${routes}${named.join('')}`)
  app = await startNotesApp()
  product = await startProduct({ directory, environment: { TRIVET_TRUSTED_PROXIES: '127.0.0.1' } })
  const made = await runProgram(['user', 'create', 'chief', '--admin', '--json'], { directory, environment: {} })
  chief = JSON.parse(made).password
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  await product?.stop()
  app?.close()
  await rm(directory, { recursive: true, force: true })
})

/** What an administrator does by a script. */
async function administer(method: string, path: string, body?: object) {
  const login = await createClient(product.url).postJson('/login', { username: 'chief', password: chief })
  const authorization = `Bearer ${JSON.parse(login.text).token}`
  const sent =
    body === undefined
      ? { headers: { authorization } }
      : { headers: { authorization, 'content-type': 'application/json' }, body: JSON.stringify(body) }
  const answer = await fetch(`${product.url}/api/admin/${path}`, { method, ...sent })
  expect(answer.ok, `${method} ${path}: ${answer.status}`).toBe(true)
  return answer.status === 204 ? undefined : answer.json()
}

async function idOf(username: string): Promise<string> {
  const { users } = await administer('GET', `users?search=${username}`)
  return users[0].id
}

describe.each(ASKING)('sign-in behind %s, in Chromium', (name) => {
  describe.skipIf(isMissing(name))('', () => {
    let proxy: RunningProxy
    let visitor: Visitor
    let page: Page
    let username = ''
    let people = 0
    const origin = () => `http://${hostOf(name)}`

    beforeAll(async () => {
      const port = ports.get(name) ?? 0
      const changes = changesOf(name, { port, host: hostOf(name), product: product.url, service: app.port })
      proxy = await startShipped(name, { port, changes })
    })
    afterAll(() => proxy?.stop())
    beforeEach(async () => {
      people += 1
      username = `${name}-${people}`
      await registerPerson(createClient(product.url), username)
      visitor = await visit(browser, product, { apps: [origin()] })
      page = visitor.page
      return async () => {
        expect(visitor.complaints).toEqual([])
        await visitor.context.close()
      }
    })

    /** Through the sign-in of Trivet to a page of the app. */
    async function enter(path = '/') {
      await page.goto(`${origin()}${path}`)
      expect(new URL(page.url()).origin).toBe(product.url)
      await signIn(page, username)
      await page.waitForURL(`${origin()}${path}`)
    }
    const cookieHeader = async () =>
      (await visitor.context.cookies(origin())).map(({ name: key, value }) => `${key}=${value}`).join('; ')
    const wire = () => createSender(ports.get(name) ?? 0, hostOf(name))

    test('a deep link leads through the sign-in and back to all of it; page, form, script and socket know who it is', async () => {
      const before = app.seen.length
      await enter('/notes/a%20b?of=today&tag=a%2Fb&tag=c')
      expect(app.seen.slice(before).map(({ url }) => url)).toEqual(['/notes/a%20b?of=today&tag=a%2Fb&tag=c'])
      expect(app.seen.at(-1)?.headers['x-trivet-user']).toBe(await idOf(username))

      await page.locator('#save').click()
      expect(await page.locator('body').textContent()).toBe(`{"method":"POST","user":"${username}"}`)
      await page.goBack()
      expect(await page.evaluate(`fetch('/data').then((answer) => answer.json())`)).toMatchObject({ user: username })
      expect(await page.evaluate(socketScript(`${origin().replace('http', 'ws')}/socket`))).toBe('hi')
      // Of all that the app got, nothing is Trivet's to keep; its own cookie comes back to it.
      for (const { headers } of app.seen.slice(before)) {
        expect(headers.cookie ?? '').not.toContain('trivet')
      }
      expect(app.seen.at(-1)?.headers.cookie).toBe('theirs=1')
    })

    test('what a caller says of itself never arrives, with a session or without (security R5, §9.6)', async () => {
      await enter()
      const before = app.seen.length
      const names = ['X-Trivet-User', 'x-trivet-username', 'X_Trivet_User', 'x-trivet-identity']
      const said = [...names.flatMap((one) => [one, SPOOFED]), 'authorization', `Bearer ${SPOOFED}`]
      const cookie = `${await cookieHeader()}; mine=1`
      const answer = await wire().send({ path: '/data', headers: [...said, 'cookie', cookie] })
      // A server may refuse such a name; what counts is that nothing of it gets through.
      expect([200, 400]).toContain(answer.status)
      await wire().send({ path: '/open/data', headers: [...said, 'cookie', cookie] })
      expect(JSON.stringify(app.seen.slice(before))).not.toContain(SPOOFED)
      for (const { headers } of app.seen.slice(before)) expect(headers.cookie).toBe('theirs=1; mine=1')
      // As much as browsers keep for a host that sets large ones.
      const large = `large=${'x'.repeat(4000)}; larger=${'y'.repeat(3000)}`
      expect((await wire().send({ path: '/data', headers: ['cookie', `${cookie}; ${large}`] })).status).toBe(200)
      expect(app.seen.at(-1)?.headers.cookie).toBe(`theirs=1; mine=1; ${large}`)
    })

    test('without a session: a page leads to the sign-in; POST, script and socket are 401 and lead nowhere', async () => {
      const before = app.seen.length
      const html = ['accept', 'text/html']
      const to = await wire().send({ path: '/notes?a=1&b=2', headers: html })
      const signInAt = `${origin()}/.trivet/sign-in?return_to=%2Fnotes%3Fa%3D1%26b%3D2`
      expect([to.status, to.headers.location]).toEqual([302, signInAt])
      const others = [
        await wire().send({ path: '/notes', method: 'POST', headers: html, body: Buffer.from('x') }),
        await wire().send({ path: '/data', headers: [...html, 'sec-fetch-mode', 'cors'] }),
        await wire().send({ path: '/data', headers: ['accept', 'application/json'] }),
      ]
      for (const { status, headers } of others) {
        expect([status, headers.location]).toEqual([401, undefined])
        expect(headers['www-authenticate']).toMatch(/^Session realm="trivet", sign_in="\/\.trivet\/sign-in\?return_to=/)
      }
      expect(await wire().upgrade(['origin', origin(), ...html], '/socket')).toBe(401)
      expect(app.seen.slice(before)).toEqual([])
    })

    test('pages of elsewhere do nothing with the cookie: no POST, no socket (RFC 6455 §10.2)', async () => {
      await enter()
      const cookie = ['cookie', await cookieHeader()]
      const evil = ['origin', 'https://evil.example', 'sec-fetch-site', 'cross-site', ...cookie]
      const before = app.seen.length
      expect((await wire().send({ path: '/notes', method: 'POST', headers: evil })).status).toBe(403)
      expect(await wire().upgrade(evil, '/socket')).toBe(403)
      expect(await wire().upgrade(cookie, '/socket')).toBe(403)
      expect(app.seen.slice(before)).toEqual([])
      const socket = await wire().upgrade(['origin', origin(), ...cookie], '/socket')
      if (typeof socket === 'number') throw new Error(`refused with ${socket}`)
      socket.destroy()
    })

    test('signing out on a page of the app ends it, there and at Trivet', async () => {
      await enter('/notes')
      const cookie = ['cookie', await cookieHeader()]
      await page.locator('#leave').click()
      await page.waitForURL(`${product.url}/login*`)
      await page.goto(`${origin()}/notes`)
      expect(new URL(page.url()).pathname).toBe('/login')
      // Nor is what somebody kept of it worth anything.
      await expect.poll(async () => (await wire().send({ path: '/data', headers: cookie })).status).toBe(401)
      await page.locator('#username').fill(username)
      await page.locator('#password').fill(PASSWORD)
      await page.locator('#login-submit').click()
      await page.waitForURL(`${origin()}/notes`)
    })

    test.each([
      { what: 'signs somebody out everywhere', of: (id: string) => administer('DELETE', `users/${id}/sessions`) },
      { what: 'disables somebody', of: (id: string) => administer('PATCH', `users/${id}`, { is_disabled: true }) },
    ])('within 2 s after an administrator $what their browser is asked to sign in again', async ({ of }) => {
      await enter('/notes')
      const id = await idOf(username)
      const status = () => page.evaluate(`fetch('/data').then(({ status }) => status)`)
      expect(await status()).toBe(200)
      await of(id)
      await expect.poll(status, { timeout: 2000, interval: 100 }).toBe(401)
      await page.goto(`${origin()}/notes`)
      expect(new URL(page.url()).pathname).toBe('/login')
      visitor.complaints.length = 0
    })

    test('who is not named in the route is told so, and may sign out (route_not_for_you)', async () => {
      await enter()
      const answer = await page.goto(`${origin()}/private`)
      expect(answer?.status()).toBe(403)
      expect(app.seen.filter(({ url }) => url === '/private')).toEqual([])
    })

    test.each(['//evil.example/', 'https://evil.example/', '/\\evil.example', '/%2f%2fevil.example'])(
      'the sign-in leads back to no other host: return_to=%s (RFC 9700 §4.11)',
      async (to) => {
        await page.goto(`${origin()}/.trivet/sign-in?return_to=${encodeURIComponent(to)}`)
        await signIn(page, username)
        await page.waitForURL(`${origin()}/`)
      },
    )
  })
})
