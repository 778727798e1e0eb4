import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createGatewayFile } from './harness/gateway-file.ts'
import { PASSWORD, registerPerson, signIn } from './harness/person.ts'
import { useSite } from './harness/site.ts'

/** An app of somebody's that knows of no sign-in: a page with a form and a button for signing out, a socket, and data. */
const PAGE = `<!doctype html><html lang="en"><title>Notes</title><link rel="icon" href="data:,"><h1>Notes</h1>
<form method="post" action="/notes"><button id="save">Save</button></form>
<form method="post" action="/.trivet/sign-out"><button id="leave">Sign out</button></form></html>`

let app: Server
const sockets = new Set<Socket>()
const seen: { method: string; url: string; headers: IncomingHttpHeaders }[] = []
const site = useSite()
const { write: setRoutes } = createGatewayFile(() => site.product)
const hosts = () => {
  const { port } = new URL(site.product.url)
  return { app: `http://app.localhost:${port}`, evil: `http://evil.localhost:${port}` }
}

beforeAll(async () => {
  app = createServer((request, response) => {
    const { method = '', url = '', headers } = request
    seen.push({ method, url, headers })
    const isPage = method === 'GET' && url !== '/data'
    response.writeHead(200, { 'content-type': isPage ? 'text/html' : 'application/json', 'set-cookie': 'theirs=1' })
    response.end(isPage ? PAGE : JSON.stringify({ method, user: headers['x-trivet-username'] }))
  })
  app.on('connection', (socket) => sockets.add(socket))
  app.on('upgrade', ({ headers, url = '', method = '' }, socket) => {
    seen.push({ method, url, headers })
    const key = `${headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`
    const accept = createHash('sha1').update(key).digest('base64')
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: ${accept}\r\n\r\n`,
    )
    // One text frame: "hi" (RFC 6455 §5.2).
    socket.write(Buffer.from([0x81, 2, 0x68, 0x69]))
    socket.on('error', () => socket.destroy())
  })
  app.listen(0, '127.0.0.1')
  await once(app, 'listening')
  const { port } = app.address() as AddressInfo
  const [own, evil] = [new URL(hosts().app).host, new URL(hosts().evil).host]
  await setRoutes(`gateway:
  routes:
    - { path: /, host: "${own}", upstream: "http://127.0.0.1:${port}", access: session }
    - { path: /, host: "${evil}", upstream: "http://127.0.0.1:${port}", access: public }
`)
})
afterAll(() => {
  app.close()
  for (const socket of sockets) socket.destroy()
})

/** Of a page: opens a socket, and tells what came of it. */
const SOCKET = (url: string) => `new Promise((resolve) => {
  const socket = new WebSocket(${JSON.stringify(url)})
  socket.onmessage = ({ data }) => { resolve(data); socket.close() }
  socket.onerror = () => resolve('refused')
})`

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
    expect(await page.evaluate(SOCKET(`${hosts().app.replace('http', 'ws')}/socket`))).toBe('hi')

    // Of all that the app got, nothing is Trivet's to keep; its own cookie comes back to it.
    for (const { headers } of seen) expect(headers.cookie ?? '').not.toContain('trivet')
    expect(seen.at(-1)?.headers.cookie).toBe('theirs=1')
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
    const before = seen.length
    expect(await page.evaluate(SOCKET(`${hosts().app.replace('http', 'ws')}/socket`))).toBe('refused')
    const form = `fetch('${hosts().app}/notes', { method: 'POST', mode: 'no-cors', credentials: 'include', body: 'x' }).then((answer) => answer.type)`
    expect(await page.evaluate(form)).toBe('opaque')
    const reached = seen.slice(before).filter(({ headers }) => headers['x-trivet-username'] === 'grace')
    expect(reached).toEqual([])
    visitor.complaints.length = 0
  })
})
