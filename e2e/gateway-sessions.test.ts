import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createGatewayFile } from './harness/gateway-file.ts'
import { type NotesApp, socketScript, startNotesApp } from './harness/notes-app.ts'
import { PASSWORD, registerPerson, signIn } from './harness/person.ts'
import { useSite } from './harness/site.ts'

let app: NotesApp
const site = useSite()
const { write: setRoutes } = createGatewayFile(() => site.product)
const hosts = () => {
  const { port } = new URL(site.product.url)
  return { app: `http://app.localhost:${port}`, evil: `http://evil.localhost:${port}` }
}

beforeAll(async () => {
  app = await startNotesApp()
  const [own, evil] = [new URL(hosts().app).host, new URL(hosts().evil).host]
  await setRoutes(`gateway:
  routes:
    - { path: /, host: "${own}", upstream: "http://127.0.0.1:${app.port}", access: session }
    - { path: /, host: "${evil}", upstream: "http://127.0.0.1:${app.port}", access: public }
`)
})
afterAll(() => app.close())

describe('a route with access: session, in Chromium', () => {
  test('leads through the sign-in of Trivet to the app, whose page, form, script and socket work, and out again', async () => {
    const client = site.client()
    await registerPerson(client, 'ada')
    const visitor = await site.visitor({ apps: [hosts().app] })
    const { page } = visitor
    await page.goto(`${hosts().app}/notes?of=today`)
    expect(new URL(page.url()).origin).toBe(site.product.url)
    await signIn(page, 'ada')
    await page.waitForURL(`${hosts().app}/notes?of=today`)
    expect(await page.locator('h1').textContent()).toBe('Notes')

    await page.locator('#save').click()
    expect(await page.locator('body').textContent()).toBe('{"method":"POST","user":"ada"}')
    await page.goBack()
    expect(await page.evaluate(`fetch('/data').then((answer) => answer.json())`)).toMatchObject({ user: 'ada' })
    expect(await page.evaluate(socketScript(`${hosts().app.replace('http', 'ws')}/socket`))).toBe('hi')

    // Of all that the app got, nothing is Trivet's to keep; its own cookie comes back to it.
    for (const { headers } of app.seen) expect(headers.cookie ?? '').not.toContain('trivet')
    expect(app.seen.at(-1)?.headers.cookie).toBe('theirs=1')
    const names = (await visitor.context.cookies(hosts().app)).map(({ name, httpOnly, sameSite }) => [
      ...[name, httpOnly, sameSite],
    ])
    expect(names).toContainEqual([`trivet-${new URL(site.product.url).port}-gateway`, true, 'Lax'])

    await page.locator('#leave').click()
    await page.waitForURL(`${site.product.url}/login*`)
    await page.goto(`${hosts().app}/notes`)
    expect(new URL(page.url()).pathname).toBe('/login')
    // Whoever signs in there without being asked by the app is known to it without a further question.
    await page.locator('#username').fill('ada')
    await page.locator('#password').fill(PASSWORD)
    await page.locator('#login-submit').click()
    await page.waitForURL(`${hosts().app}/notes`)
  })

  test('a page of another site can send nothing in the name of who is signed in', async () => {
    await registerPerson(site.client(), 'grace')
    const visitor = await site.visitor({ apps: [hosts().app, hosts().evil] })
    const { page } = visitor
    await page.goto(`${hosts().app}/`)
    await signIn(page, 'grace')
    await page.waitForURL(`${hosts().app}/`)
    await page.goto(`${hosts().evil}/`)
    const before = app.seen.length
    expect(await page.evaluate(socketScript(`${hosts().app.replace('http', 'ws')}/socket`))).toBe('refused')
    const form = `fetch('${hosts().app}/notes', { method: 'POST', mode: 'no-cors', credentials: 'include', body: 'x' }).then((answer) => answer.type)`
    expect(await page.evaluate(form)).toBe('opaque')
    const reached = app.seen.slice(before).filter(({ headers }) => headers['x-trivet-username'] === 'grace')
    expect(reached).toEqual([])
    visitor.complaints.length = 0
  })
})
