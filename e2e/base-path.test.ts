import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as oidc from 'openid-client'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { useApp } from './harness/app.ts'
import { askForAvatar } from './harness/avatars.ts'
import { axeFindings, launchBrowser } from './harness/browser.ts'
import { askForCat } from './harness/cats.ts'
import { type Client, createClient, HTML } from './harness/client.ts'
import { crawl } from './harness/crawl.ts'
import { consentAs, PASSWORD } from './harness/person.ts'
import type { Product } from './harness/product.ts'
import { createReplicas, type Replicas } from './harness/replicas.ts'
import { agree } from './harness/runs.ts'
import { startTlsProxy, type TlsProxy } from './harness/tls-proxy.ts'
import { type Visitor, visit } from './harness/visitor.ts'

// https://id.example/auth: https at a proxy, a base path, two processes that take turns, the sandbox behind the same
// port. Chromium is told where the name leads; every console error and request elsewhere fails a test.
const HOST = 'id.example'
const BASE = '/auth'

let proxy: TlsProxy
let replicas: Replicas
let products: readonly Product[]
let issuer: string
let browser: Browser
let visitors: Visitor[] = []
const app = useApp()

beforeAll(async () => {
  proxy = await startTlsProxy(HOST)
  issuer = `${proxy.origin}${BASE}`
  const settings = { TRIVET_PUBLIC_URL: issuer, TRIVET_SANDBOX: 'on', TRIVET_SANDBOX_MOUNT: '/sandbox' }
  replicas = await createReplicas(settings)
  products = await Promise.all([replicas.start(), replicas.start()])
  replicas.route(...products)
  proxy.passTo(replicas.url)
  browser = await launchBrowser([`--host-resolver-rules=MAP ${HOST} 127.0.0.1`])
})
afterAll(async () => {
  await browser.close()
  await proxy.close()
  await replicas.close()
})
afterEach(async () => {
  const complaints = visitors.flatMap((visitor) => visitor.complaints)
  await Promise.all(visitors.map((visitor) => visitor.context.close()))
  visitors = []
  expect(complaints).toEqual([])
})

const client = () => createClient(proxy.origin, proxy.certificate)

async function newPage(options: { javaScriptEnabled?: boolean } = {}): Promise<Page> {
  const visitor = await visit(
    browser,
    { url: proxy.origin, sandboxUrl: proxy.origin },
    { ...options, apps: [app.origin], ignoreHTTPSErrors: true },
  )
  visitors.push(visitor)
  return visitor.page
}

/** For an app that trusts the certificate; it keeps no cookies. */
const appFetch: oidc.CustomFetch = async (url, { method, headers, body }) => {
  const text = body === undefined || body === null ? {} : { body: String(body) }
  const answer = await client().send(url, { method, headers, ...text })
  const sent = Object.entries(answer.headers).map(([name, value]): [string, string] => [name, String(value)])
  return new Response(answer.bytes.length === 0 ? null : new Uint8Array(answer.bytes), {
    status: answer.status,
    headers: sent,
  })
}

async function registerOnPage(page: Page, username: string): Promise<void> {
  await page.goto(`${issuer}/register`)
  await page.locator('#username').fill(username)
  await page.locator('#password').fill(PASSWORD)
  await page.locator('#register-submit').click()
  await page.waitForURL(`${issuer}/account`)
}

async function loginToken(username: string): Promise<string> {
  const answer = await client().postJson(`${BASE}/login`, { username, password: PASSWORD })
  expect(JSON.parse(answer.text)).toMatchObject({ result: 'succeeded', token: expect.any(String) })
  return JSON.parse(answer.text).token
}

describe.each([true, false])('in a browser, with JavaScript: %s', (javaScriptEnabled) => {
  const named = (who: string) => `${who}-${javaScriptEnabled ? 'js' : 'plain'}`

  test('the whole run of the cats: form, provider, callback, live page, picture, link', async () => {
    const page = await newPage({ javaScriptEnabled })
    await page.goto(`${proxy.origin}/`)
    expect(page.url()).toBe(`${issuer}/`)
    // axe is a script.
    if (javaScriptEnabled) expect(await axeFindings(page)).toEqual([])
    await askForCat(page, issuer, 'beng')
    await page.waitForURL(`${issuer}/sandbox/google/**`)
    // The first persona's sign-in is remembered by the sandbox, per browser.
    await agree(page, javaScriptEnabled ? 'ana' : 'bob')
    await page.waitForURL(`${issuer}/runs/*`)
    await page.locator('#result').waitFor()
    const image = page.locator('#result-image')
    expect(await image.getAttribute('src')).toMatch(/^\/auth\/runs\/[\w-]{36}\/files\/[\w-]+$/)
    await expect
      .poll(() => image.evaluate((element) => (element as HTMLImageElement).naturalWidth), { timeout: 10_000 })
      .toBeGreaterThan(0)
    await page.locator('#result-link-0').click()
    await page.waitForURL(`${issuer}/sandbox/google/drive/files/*`)
  })

  test('register → app → login → consent → code → tokens → userinfo → refresh → logout, with openid-client', async () => {
    const username = named('ana')
    await registerOnPage(await newPage({ javaScriptEnabled }), username)
    const wanted = {
      client_name: 'An app',
      redirect_uris: [app.callback],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'client_secret_post',
      scope: 'openid profile offline_access',
    }
    const config = await oidc.dynamicClientRegistration(new URL(issuer), wanted, undefined, {
      [oidc.customFetch]: appFetch,
      initialAccessToken: await loginToken(username),
    })
    expect(config.clientMetadata()['registration_client_uri']).toMatch(`${issuer}/client/`)
    const verifier = oidc.randomPKCECodeVerifier()
    const checks = { pkceCodeVerifier: verifier, expectedState: oidc.randomState(), expectedNonce: oidc.randomNonce() }
    const address = oidc.buildAuthorizationUrl(config, {
      redirect_uri: app.callback,
      scope: 'openid profile offline_access',
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state: checks.expectedState,
      nonce: checks.expectedNonce,
    })
    const page = await newPage({ javaScriptEnabled })
    const back = await consentAs(page, app, { address, username })
    expect(new URL(back.url).searchParams.get('iss')).toBe(issuer)
    const tokens = await oidc.authorizationCodeGrant(config, back, checks)
    expect(tokens.claims()?.iss).toBe(issuer)
    const sub = tokens.claims()?.sub ?? ''
    expect(await oidc.fetchUserInfo(config, tokens.access_token, sub)).toMatchObject({ sub })
    const renewed = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')
    expect(await oidc.tokenIntrospection(config, renewed.access_token)).toMatchObject({ active: true, iss: issuer })

    await page.goto(oidc.buildEndSessionUrl(config, { id_token_hint: tokens.id_token ?? '' }).href)
    if (await page.locator('#logout-confirm').count()) await page.locator('#logout-confirm').click()
    await page.locator('#logged-out').waitFor()
    await page.goto(`${issuer}/account`)
    await page.waitForURL(`${issuer}/login?return_to=%2Faccount`)
  })
})

describe('where everything is', () => {
  test.each(['oidc', 'oauth2'] as const)(
    'metadata are found by %s discovery (Discovery §4, RFC 8414 §3.1)',
    async (algorithm) => {
      const config = await oidc.discovery(new URL(issuer), 'any', undefined, undefined, {
        [oidc.customFetch]: appFetch,
        algorithm,
      })
      expect(config.serverMetadata()).toMatchObject({ issuer, token_endpoint: `${issuer}/token` })
    },
  )

  test('nothing is outside the base path but health, and what belongs to its issuer', async () => {
    for (const path of [
      '/login',
      '/token',
      '/jwks',
      '/.well-known/openid-configuration',
      '/authx/login',
      '/sandbox/google',
    ]) {
      expect([path, (await client().get(path)).status]).toEqual([path, 404])
    }
    expect((await client().get('/healthz')).status).toBe(200)
    expect((await client().get(`${BASE}?x=1`)).status).toBe(200)
  })

  test('the seeds’ addresses are below it, too, with their queries', async () => {
    const asked = await client().send(`${BASE}/create_cat_request?cat_breed=beng`)
    expect([asked.status, asked.headers.location]).toEqual([302, `${BASE}/cats?cat_breed=beng`])
    const posted = await client().postForm(`${BASE}/create_cat_request`, { cat_breed: 'beng' })
    expect([posted.status, posted.headers.location]).toEqual([308, `${BASE}/cats/create_cat_request`])
  })
})

test('each of the two processes by itself: the same keys and metadata, the same session, the same form', async () => {
  const page = await newPage()
  await registerOnPage(page, 'twice')
  const answers: unknown[] = []
  for (const { url } of products) {
    proxy.passTo(url)
    const texts = await Promise.all(
      [`${BASE}/jwks`, `/.well-known/openid-configuration${BASE}`].map(async (path) => (await client().get(path)).text),
    )
    await page.goto(`${issuer}/account/profile`)
    answers.push([texts, await page.locator('input[name=csrf]').first().inputValue()])
  }
  // The form of the second, sent to the first.
  proxy.passTo(products[0]?.url ?? '')
  await page.locator('#profile-save').click()
  await page.waitForURL(`${issuer}/account/profile?notice=saved`)
  proxy.passTo(replicas.url)
  expect(answers[0]).toEqual(answers[1])
})

describe('https at the proxy', () => {
  test('cookies are __Host- ones: Secure, Path=/, no Domain (RFC 6265bis §4.1.3.2); HSTS (RFC 6797) is on every answer', async () => {
    const answer = await client().get(`${BASE}/login`)
    const [cookie = '', ...more] = answer.headers['set-cookie'] ?? []
    expect(more).toEqual([])
    expect(cookie).toMatch(/^__Host-trivet-visit=[^;]+;/)
    expect(cookie.split('; ').slice(1)).toEqual(
      expect.arrayContaining(['Path=/', 'HttpOnly', 'Secure', 'SameSite=Lax']),
    )
    expect(cookie).not.toMatch(/domain/i)
    for (const path of [BASE, `${BASE}/nothing`, '/nothing', `${BASE}/jwks`]) {
      expect((await client().get(path)).headers['strict-transport-security']).toBe('max-age=31536000')
    }
  })

  test('in the clear: a visit is sent to https, a form is refused and no cookie set (RFC 6749 §3.2)', async () => {
    const plain = createClient(proxy.plainOrigin)
    const host = { host: new URL(proxy.origin).host }
    const visited = await plain.send(`${BASE}/login?x=1`, { headers: { ...host, accept: 'text/html' } })
    expect([visited.status, visited.headers.location]).toEqual([302, `${issuer}/login?x=1`])
    expect(visited.headers['set-cookie']).toBeUndefined()
    const posted = await plain.postForm(`${BASE}/token`, { grant_type: 'client_credentials' }, host)
    expect(posted.status).toBe(421)
    // What the visitor says of it themselves is overwritten by the proxy.
    const claimed = await plain.send(`${BASE}/jwks`, { headers: { ...host, 'x-forwarded-proto': 'https' } })
    expect(claimed.status).toBe(302)
  })
})

test('every link, form, button, picture, redirect and path in JSON has the base path, on all pages', async () => {
  const page = await newPage()
  await registerOnPage(page, 'crawler')
  await askForCat(page, issuer, 'siam')
  await agree(page, 'chen')
  await page.locator('#result').waitFor()
  const runs = page.url()
  await askForAvatar(page, issuer, { style: 'lorelei' })
  await agree(page, 'zoe')
  await page.waitForURL(`${issuer}/avatars/show_avatar?run=*`)
  await replicas.postgres.query("update trivet.user_account set is_admin = true where username = 'crawler'")
  const starts = [...addressesWithoutNames().map((path) => `${issuer}${path}`), runs, `${runs}?show=steps`, page.url()]
  const { read, findings } = await crawl(
    await withCookiesOf(page),
    { origin: proxy.origin, base: BASE, skip: NOT_READ, most: 500 },
    starts.map((address) => address.slice(proxy.origin.length)),
  )
  console.log(`${read.length} addresses were read`)
  // What stands in trivet.yaml stands there without the base path, and is told as it stands.
  const asWritten = `${BASE}/api/admin/routes: JSON="/protected/resource"`
  expect(findings.filter((finding) => finding !== asWritten)).toEqual([])
  expect(read.filter((path) => /\/(runs|connections)\/[\w-]{36}\/(files\/|picture)/.test(path)).length).toBeGreaterThan(
    2,
  )
})

/** The same person without a screen. */
async function withCookiesOf(page: Page): Promise<Client> {
  const cookies = await page.context().cookies(issuer)
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
  const plain = client()
  return { ...plain, get: (target) => plain.send(target, { headers: { ...HTML, cookie } }) }
}

/** Pages of the sandbox, and all but one of the pictures that it would have to draw, and of the pages of errors. */
const NOT_READ = /^\/auth\/(sandbox\/|cats\/breeds\/(?!beng)|avatars\/styles\/(?!lorelei)|problems\/(?!not_found))/

/** All addresses of the product that are asked for by GET and have no id in them; events would never end. */
function addressesWithoutNames(): string[] {
  const words = readFileSync(join(import.meta.dirname, '../scripts/docs/route-words.mjs'), 'utf8')
  const paths = [...words.matchAll(/^ {2}'GET (\/[^':*]*)'/gm)].map(([, path = '']) => path)
  expect(paths.length).toBeGreaterThan(25)
  return paths.filter((path) => !path.endsWith('/events'))
}
