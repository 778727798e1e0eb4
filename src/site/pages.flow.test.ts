import { randomBytes } from 'node:crypto'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import pino from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCookies, createCsrf, createServer, HTTP_PROBLEMS } from '#http'
import { createPages, ErrorPage, renderPage } from '#ui'
import { healthRoutes, privacyRoute, problemRoutes } from './index.ts'

const PUBLIC_URL = 'http://localhost:3000'
const HTML = { accept: 'text/html' }

let ready: boolean
let isLeaving = false
let port: number
let close: () => Promise<void>

beforeAll(async () => {
  const cookies = createCookies(PUBLIC_URL)
  const csrf = createCsrf({ key: randomBytes(32), cookies, publicUrl: PUBLIC_URL })
  const pages = createPages({ asset: (name) => `/assets/${name}`, csrf: csrf.token, sandbox: false })
  const server = await createServer({
    config: { publicUrl: PUBLIC_URL, trustedProxies: [] },
    log: pino({ level: 'silent' }),
    renderError: (incoming, reply, { detail, ...shown }) =>
      renderPage(ErrorPage({ page: pages.context(incoming, reply), message: detail, ...shown })),
  })
  healthRoutes(server, { ready: async () => ready, isLeaving: () => isLeaving })
  privacyRoute(server, { pages })
  problemRoutes(server, { pages, catalogue: { ...HTTP_PROBLEMS, cat_away: { status: 404, title: 'No <cat> & co' } } })
  await server.listen({ port: 0, host: '127.0.0.1' })
  port = (server.server.address() as AddressInfo).port
  close = () => server.close()
})
afterAll(() => close())

function get(path: string, headers: Record<string, string> = {}) {
  return new Promise<{ status: number; headers: Record<string, unknown>; body: string }>((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, agent: false, headers: { host: 'localhost:3000', ...headers } }
    const sent = request(options, async (answer) => {
      resolve({
        status: answer.statusCode ?? 0,
        headers: answer.headers,
        body: (await answer.setEncoding('utf8').toArray()).join(''),
      })
    })
    sent.on('error', reject)
    sent.end()
  })
}

describe('health', () => {
  it('GET /healthz says that the process answers, whether the database does or not', async () => {
    for (ready of [true, false]) expect(await get('/healthz')).toMatchObject({ status: 200, body: '{"status":"ok"}' })
  })

  it('GET /readyz is 503 while the database is away', async () => {
    ready = true
    expect(await get('/readyz')).toMatchObject({ status: 200, body: '{"status":"ok"}' })
    ready = false
    expect(await get('/readyz')).toMatchObject({ status: 503, body: '{"status":"database_unreachable"}' })
  })

  it('GET /readyz is 503 from the moment on in which the process is asked to stop; it still answers', async () => {
    ;[ready, isLeaving] = [true, true]
    expect(await get('/readyz')).toMatchObject({ status: 503, body: '{"status":"stopping"}' })
    expect(await get('/healthz')).toMatchObject({ status: 200, body: '{"status":"ok"}' })
    isLeaving = false
  })

  it('sets no cookie and is not cached', async () => {
    const { headers } = await get('/healthz')
    expect(headers).toMatchObject({ 'cache-control': 'no-store' })
    expect(headers['set-cookie']).toBeUndefined()
  })
})

describe('/problems: the type of an error is a page that exists (RFC 9457 §3.1.1)', () => {
  it('lists every code with a link, and each link leads to its page', async () => {
    const { body } = await get('/problems', HTML)
    for (const code of [...Object.keys(HTTP_PROBLEMS), 'cat_away']) {
      expect(body).toContain(`href="/problems/${code}"`)
      const page = await get(`/problems/${code}`, HTML)
      expect(page).toMatchObject({ status: 200 })
      expect(page.body).toContain(code)
    }
  })

  it('escapes what it shows', async () => {
    const { body } = await get('/problems/cat_away', HTML)
    expect(body).toContain('No &lt;cat> &amp; co')
    expect(body).not.toContain('<cat>')
  })

  it.each(['nothing', 'constructor', '__proto__', 'toString', '%3Cscript%3E'])(
    '/problems/%s is not there',
    async (code) => {
      expect((await get(`/problems/${code}`, HTML)).status).toBe(404)
    },
  )

  it('is where the type of an error leads to', async () => {
    const { type } = JSON.parse((await get('/missing')).body)
    expect(new URL(type).origin).toBe(PUBLIC_URL)
    expect((await get(new URL(type).pathname, HTML)).status).toBe(200)
  })
})

describe('an error for a browser', () => {
  it('is a page: title, what to do, the code with its link, and the id of the request, in an element `error`', async () => {
    const { status, headers, body } = await get('/missing', HTML)
    expect(status).toBe(404)
    expect(headers['content-type']).toBe('text/html; charset=utf-8')
    expect(body).toContain('id="error"')
    expect(body).toContain(HTTP_PROBLEMS.not_found.title)
    expect(body).toContain('href="/problems/not_found"')
    expect(body).toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/)
  })

  it('shows nothing of the address', async () => {
    const { body } = await get('/%3Cimg%20src=x%20onerror=alert(1)%3E?q=%22%3E%3Cscript%3E', HTML)
    expect(body).not.toMatch(/onerror|<script>|<img src=x/)
  })

  it('comes for a path that is no text, too', async () => {
    expect((await get('/%zz', HTML)).body).toContain('href="/problems/not_found"')
  })
})

describe('every page', () => {
  it.each(['/privacy', '/problems', '/problems/not_found', '/missing'])(
    '%s holds no inline script or style and no foreign source (CSP)',
    async (path) => {
      const { body } = await get(path, HTML)
      expect(body).toMatch(/^<!doctype html>\n<html lang="en"/)
      expect(body).not.toMatch(/<script(?![^>]*(src=|type="application\/json"))|<style|\sstyle=|\son\w+=|javascript:/i)
      for (const [, url] of body.matchAll(/\s(?:src|href|action)="([^"]*)"/g)) expect(url).toMatch(/^(\/(?!\/)|#)/)
    },
  )

  it('/privacy says what the code does: 12 idle hours, 30 days, ten minutes', async () => {
    const { body } = await get('/privacy', HTML)
    for (const promise of ['12 idle hours', '30 days', 'ten minutes', 'AES-256-GCM']) expect(body).toContain(promise)
  })
})
