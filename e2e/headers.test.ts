import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { askForCat, postCat, startCat } from './harness/cats.ts'
import { createClient, HTML } from './harness/client.ts'
import { agreeAtSandbox } from './harness/consent.ts'
import { shiftClock, withDatabase } from './harness/database.ts'
import { type Product, startProduct } from './harness/product.ts'
import { agree, isStatus, runUntil } from './harness/runs.ts'
import { useSite } from './harness/site.ts'

const site = useSite({ environment: { LOG_LEVEL: 'debug' } })

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
]

const directives = (text: unknown) => String(text).split('; ')

describe('headers of every answer (security §1 A15, A16; ASVS V3.4)', () => {
  test.each([
    ['/', 200],
    ['/runs', 200],
    ['/privacy', 200],
    ['/problems', 200],
    ['/nothing', 404],
    ['/api/runs', 200],
    ['/api/nothing', 404],
    ['/healthz', 200],
  ])('%s', async (path, status) => {
    const answer = await site.client().get(path)
    expect(answer.status).toBe(status)
    expect(directives(answer.headers['content-security-policy'])).toEqual([...POLICY, "form-action 'self'"])
    expect(answer.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'cache-control': 'no-store',
    })
    expect(answer.headers['strict-transport-security']).toBeUndefined()
    expect(answer.headers['access-control-allow-origin']).toBeUndefined()
    expect(answer.headers['x-powered-by']).toBeUndefined()
    expect(answer.headers['server']).toBeUndefined()
  })

  test('pages whose form may leave the site carry no form-action; others of them do (Chromium applies it to every hop)', async () => {
    const client = site.client()
    await postCat(client, 'beng')
    const { runs } = JSON.parse((await client.getJson('/api/runs')).text)
    for (const path of ['/cats', '/connections', '/connect/google', `/runs/${runs[0].id}`]) {
      const answer = await client.get(path)
      expect([path, directives(answer.headers['content-security-policy'])]).toEqual([path, POLICY])
    }
  })

  test('redirects and refusals carry them too', async () => {
    const client = site.client()
    for (const answer of [
      await client.get('/create_cat_request?cat_breed=beng'),
      await client.postForm('/cats/create_cat_request', { cat_breed: 'beng' }),
      await client.get('/connect/google/callback?state=x'),
    ]) {
      expect(answer.headers['x-content-type-options']).toBe('nosniff')
      expect(answer.headers['x-frame-options']).toBe('DENY')
      expect(answer.headers['cache-control']).toBe('no-store')
    }
  })

  test('a picture of a run: its own type, no script, no page (security §10.17)', async () => {
    const client = site.client()
    const run = await runUntil(client, await startCat(client, 'beng'), isStatus('succeeded'))
    const answer = await client.get(`/runs/${run.id}/files/${run.result?.image.file.id}`)
    expect(answer.status).toBe(200)
    expect(answer.headers['content-type']).toMatch(/^image\/(jpeg|png)$/)
    expect(answer.headers['content-security-policy']).toBe("default-src 'none'; sandbox")
    expect(answer.headers['x-content-type-options']).toBe('nosniff')
    expect(answer.headers['cache-control']).toContain('private')
    expect(Number(answer.headers['content-length'])).toBe(answer.bytes.length)
  })
})

describe('assets', () => {
  test('never change under their name, and are compressed; the first page stays under 30 kB', async () => {
    const client = site.client()
    const home = await client.get('/')
    const paths = [...home.text.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map((match) => match[1] ?? '')
    expect(paths.length).toBeGreaterThan(1)
    let total = home.bytes.length
    for (const path of paths) {
      const [plain, brotli, gzip] = await Promise.all(
        ['identity', 'br, gzip', 'gzip'].map((encoding) =>
          client.send(path, { headers: { 'accept-encoding': encoding } }),
        ),
      )
      if (!plain || !brotli || !gzip) throw new Error('no answer')
      expect(path).toMatch(/\.[0-9a-f]{12}\.(css|js|svg)$/)
      expect(plain.headers['cache-control']).toBe('public, max-age=31536000, immutable')
      expect(plain.headers['vary']).toBe('accept-encoding')
      expect(plain.headers['content-encoding']).toBeUndefined()
      expect(brotli.headers['content-encoding']).toBe('br')
      expect(gzip.headers['content-encoding']).toBe('gzip')
      expect(brotliDecompressSync(brotli.bytes).equals(plain.bytes)).toBe(true)
      expect(gunzipSync(gzip.bytes).equals(plain.bytes)).toBe(true)
      total += brotli.bytes.length
    }
    expect(total).toBeLessThan(30_000)
  })

  test('an unknown one: 404, not kept by anybody', async () => {
    const answer = await site.client().get('/assets/style.000000000000.css')
    expect(answer.status).toBe(404)
    expect(answer.headers['cache-control']).toBe('no-store')
  })
})

describe('one host name only', () => {
  test('a visit under another one is sent to the public URL, path and query kept', async () => {
    const answer = await site.client().send('/cats?cat_breed=beng', { headers: { ...HTML, host: '127.0.0.1:4000' } })
    expect(answer.status).toBe(302)
    expect(answer.headers['location']).toBe(`${site.product.url}/cats?cat_breed=beng`)
  })

  test.each([
    ['POST', '/cats/create_cat_request'],
    ['GET', '/api/runs'],
    ['POST', '/api/mashups/cats/runs'],
    ['GET', '//evil.example/'],
  ])('%s %s under another one: 421, no redirect', async (method, path) => {
    const answer = await site.client().send(path, { method, headers: { host: 'evil.example' } })
    expect(answer.status).toBe(421)
    expect(answer.headers['location']).toBeUndefined()
  })

  test('X-Forwarded-Host changes nothing where every local browser would be a proxy (DNS rebinding)', async () => {
    const { host } = new URL(site.product.url)
    const rebound = await site.client().send('/api/runs', {
      headers: { host: 'evil.example', 'x-forwarded-host': host, 'sec-fetch-site': 'same-origin' },
    })
    expect(rebound.status).toBe(421)
    const usual = await site.client().send('/api/runs', { headers: { 'x-forwarded-host': 'evil.example' } })
    expect(usual.status).toBe(200)
  })
})

describe('cookies', () => {
  test('a visitor gets a mark for the forms, and no row anywhere; a guest comes with the first POST', async () => {
    const count = () =>
      withDatabase(site.product, async (database) => {
        const { rows } = await database.query('select count(*)::int as count from trivet.user_account')
        return rows[0].count
      })
    const before = await count()
    const client = site.client()
    const shown = await client.get('/cats')
    expect(shown.headers['set-cookie']).toEqual([
      expect.stringMatching(/^trivet-\d+-visit=[\w-]{22}; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Lax$/),
    ])
    await client.get('/runs')
    await client.get('/connections')
    expect(await count()).toBe(before)

    const posted = await postCat(client, 'beng')
    expect(posted.headers['set-cookie']).toContainEqual(
      expect.stringMatching(/^trivet-\d+=[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax$/),
    )
    expect(await count()).toBe(before + 1)
  })

  test('a session cookie that was made up opens nothing and makes nothing', async () => {
    const { port } = new URL(site.product.url)
    for (const value of ['x'.repeat(43), 'a'.repeat(5000), '%00', "';--"]) {
      const answer = await site.client().send('/api/runs', { headers: { cookie: `trivet-${port}=${value}` } })
      expect([answer.status, answer.text]).toEqual([200, '{"runs":[]}'])
    }
  })

  test('only a hash of the session is stored (security §10.16)', async () => {
    const client = site.client()
    await postCat(client, 'beng')
    const secret = client.cookie(`trivet-${new URL(site.product.url).port}`) ?? ''
    expect(secret.length).toBeGreaterThanOrEqual(43)
    const found = await withDatabase(site.product, async (database) => {
      const { rows } = await database.query(
        "select count(*)::int as count from trivet.browser_session s where s::text like '%' || $1 || '%' or position(convert_to($1, 'utf8') in secret_hash) > 0",
        [secret],
      )
      return rows[0].count
    })
    expect(found).toBe(0)
  })
})

describe('forged forms', () => {
  test('no token: nothing is done, the form is back, filled', async () => {
    const client = site.client()
    await client.get('/cats')
    const answer = await client.postForm('/cats/create_cat_request', { cat_breed: 'siam' })
    expect(answer.status).toBe(303)
    expect(answer.location).toBe(`${site.product.url}/cats?cat_breed=siam`)
    expect((await client.get(answer.location)).text).toMatch(/value="siam" checked/)
    expect(JSON.parse((await client.getJson('/api/runs')).text)).toEqual({ runs: [] })
  })

  test('by the path of the documents: 308, then the filled form', async () => {
    const client = site.client()
    const answer = await client.postForm('/create_cat_request', { cat_breed: 'siam' })
    expect([answer.status, answer.location]).toEqual([308, `${site.product.url}/cats/create_cat_request`])
    const filled = await client.get('/create_cat_request?cat_breed=siam')
    expect([filled.status, filled.location]).toEqual([302, `${site.product.url}/cats?cat_breed=siam`])
  })

  test('a form that lay open overnight: the session is over, the form is back, filled, and works', async () => {
    const client = site.client()
    await runUntil(client, await startCat(client, 'beng'), isStatus('succeeded'))
    const { action, fields } = await client.form('/cats', '/cats/create_cat_request')
    await shiftClock(site.product, '13 hours')
    try {
      const answer = await client.postForm(action, { ...fields, cat_breed: 'siam' })
      expect([answer.status, answer.location]).toEqual([303, `${site.product.url}/cats?cat_breed=siam`])
      const again = await client.form(answer.location, action)
      const posted = await client.postForm(action, { ...again.fields, cat_breed: 'siam' })
      expect(posted.location).toContain(`${site.sandbox.url}/google/`)
    } finally {
      await shiftClock(site.product, '0')
    }
  })

  test.each([
    ['Sec-Fetch-Site: cross-site', { 'sec-fetch-site': 'cross-site' }],
    ['Sec-Fetch-Site: same-site', { 'sec-fetch-site': 'same-site' }],
    ['another Origin', { origin: 'https://evil.example' }],
    ['another port as Origin', { origin: 'http://localhost:1' }],
  ])('the right token with %s: nothing is done', async (_name, headers) => {
    const client = site.client()
    const { action, fields } = await client.form('/cats', '/cats/create_cat_request')
    const answer = await client.postForm(action, { ...fields, cat_breed: 'siam' }, headers)
    expect([answer.status, answer.location]).toEqual([303, `${site.product.url}/cats?cat_breed=siam`])
    const connect = await client.form('/connect/google', '/connect/google')
    expect((await client.postForm(connect.action, connect.fields, headers)).status).toBe(403)
    expect(client.cookie(`trivet-${new URL(site.product.url).port}`)).toBeUndefined()
  })

  test.each([
    ['Sec-Fetch-Site: same-origin', { 'sec-fetch-site': 'same-origin', origin: 'null' }],
    ['Origin: null alone', { origin: 'null' }],
    ['our own Origin', undefined],
    ['neither', {}],
  ])('the right token with %s: taken', async (_name, headers) => {
    const client = site.client()
    const { action, fields } = await client.form('/cats', '/cats/create_cat_request')
    const answer = await client.postForm(
      action,
      { ...fields, cat_breed: 'siam' },
      headers ?? { origin: site.product.url },
    )
    expect(answer.location).toContain(`${site.sandbox.url}/google/`)
  })

  test('a token of another browser is none', async () => {
    const { fields } = await site.client().form('/connect/google', '/connect/google')
    const client = site.client()
    await client.get('/connect/google')
    const answer = await client.postForm('/connect/google', fields)
    expect(answer.status).toBe(403)
    expect(answer.text).toContain('Nothing was done')
  })

  test('every other POST of a page asks for the token', async () => {
    const client = site.client()
    const run = await runUntil(client, await startCat(client, 'beng'), isStatus('succeeded'))
    const [connection] = JSON.parse((await client.getJson('/api/connections')).text)
    for (const path of [
      `/runs/${run.id}/cancel`,
      `/runs/${run.id}/retry`,
      `/connections/${connection.id}/disconnect`,
      '/connect/google',
    ]) {
      expect([path, (await client.postForm(path, {})).status]).toEqual([path, 403])
      expect([path, (await client.postForm(path, { csrf: 'x'.repeat(43) })).status]).toEqual([path, 403])
    }
    expect(JSON.parse((await client.getJson('/api/connections')).text)).toHaveLength(1)
  })

  test('a page of another site cannot start a run in Chromium', async () => {
    const { page } = await site.visitor()
    await askForCat(page, site.product.url, 'beng')
    await agree(page, 'ana')
    await page.locator('#result').waitFor()
    // The sandbox is another site (127.0.0.1, not localhost), and its pages allow no scripts: a form is enough.
    await page.goto(`${site.sandbox.url}/google/drive`)
    await page.evaluate((action) => {
      const form = document.createElement('form')
      form.method = 'post'
      form.action = action
      form.innerHTML = '<input name="cat_breed" value="siam"><button id="forged">Win a cat</button>'
      document.body.append(form)
    }, `${site.product.url}/cats/create_cat_request`)
    await page.locator('#forged').click()
    await page.waitForURL(`${site.product.url}/cats?cat_breed=siam`)
    expect(await site.sandbox.files()).toHaveLength(1)
  })
})

describe('the log, at its most talkative', () => {
  test('holds no code, state, token, cookie or verifier', async () => {
    const client = site.client()
    const posted = await postCat(client, 'beng')
    const authorize = new URL(posted.location).searchParams
    const callback = await agreeAtSandbox(client, posted.location, 'ana')
    const landed = await client.get(callback)
    await runUntil(client, landed.location.split('/').at(-1) ?? '', isStatus('succeeded'))
    await client.get(callback)
    await client.get('/connect/google/callback?state=made-up-state&code=made-up-code')
    // Failures too: what a provider says goes into no message.
    await site.sandbox.fault({ provider: 'google', on: 'drive.upload', kind: 'status', status: 503 })
    await site.sandbox.atGoogle('expire-tokens', 'ana@example.com')
    await runUntil(client, await startCat(client, 'siam'), isStatus('succeeded'))

    const answer = new URL(callback).searchParams
    const { port } = new URL(site.product.url)
    const secrets = [
      authorize.get('state'),
      authorize.get('nonce'),
      authorize.get('code_challenge'),
      answer.get('code'),
      client.cookie(`trivet-${port}`),
      client.cookie(`trivet-${port}-visit`),
      'made-up-state',
      'made-up-code',
      'trivet-sandbox-secret',
    ]
    const log = site.product.output()
    expect(log).toContain('/connect/google/callback')
    const lines = log.split('\n')
    for (const secret of secrets) {
      if (!secret || secret.length < 9) throw new Error('a secret is missing')
      expect(lines.filter((line) => line.includes(secret))).toEqual([])
    }
    expect(lines.filter((line) => /ya29\.|\b1\/\/[\w-]{10}|4\/0A|set-cookie|Bearer /i.test(line))).toEqual([])
    expect(lines.filter((line) => /postgres(ql)?:\/\/[^\s"]*:(?!\*\*\*@)[^\s"@]+@/.test(line))).toEqual([])
  })
})

describe('behind https', () => {
  let secure: Product | undefined
  beforeAll(async () => {
    secure = await startProduct({ environment: { TRIVET_PUBLIC_URL: 'https://trivet.example', TRIVET_SANDBOX: 'off' } })
  })
  afterAll(() => secure?.stop())

  const get = (path: string, more: Record<string, string> = {}) =>
    createClient(secure?.url ?? '').send(path, { headers: { ...HTML, host: 'trivet.example', ...more } })

  test('HSTS for a year, and a __Host- cookie that is Secure (RFC 6265bis §4.1.3.2)', async () => {
    const answer = await get('/cats')
    expect(answer.status).toBe(200)
    expect(answer.headers['strict-transport-security']).toBe('max-age=31536000')
    expect(answer.headers['set-cookie']).toEqual([
      expect.stringMatching(/^__Host-trivet-visit=[\w-]{22}; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
    ])
  })

  test('without credentials and without the sandbox the pages say what is missing, and start nothing', async () => {
    const page = await get('/cats')
    expect(page.text).toContain('Google is not set up on this server')
    expect(page.text).toMatch(/<button[^>]*id="submit"[^>]*disabled/)
    expect((await get('/connections')).text).toContain('id="setup-google"')
    expect((await get('/setup/google')).text).toContain('https://trivet.example/connect/google/callback')
    expect((await get('/connect/google')).status).toBe(503)
  })

  test('a proxy’s X-Forwarded-Host is believed from loopback', async () => {
    const answer = await get('/cats', { host: '127.0.0.1:3000', 'x-forwarded-host': 'trivet.example' })
    expect(answer.status).toBe(200)
  })
})
