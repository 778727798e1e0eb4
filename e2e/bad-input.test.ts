import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { agree, askForCat, isStatus, postCat, type RunJson, runUntil, startCat } from './harness/cats.ts'
import { type Client, createClient } from './harness/client.ts'
import { type Product, startProduct } from './harness/product.ts'
import { sandboxAt } from './harness/sandbox.ts'
import { useSite } from './harness/site.ts'

const site = useSite()
const FETCH = 1
const SAVE = 3

/** A guest who is connected, with nothing running. */
async function connected(): Promise<Client> {
  const client = site.client()
  await runUntil(client, await startCat(client, 'siam'), isStatus('succeeded'))
  await site.sandbox.forgetRequests()
  return client
}

/** A run that waits for its next try: what the page says meanwhile, then it is cancelled. */
async function waitingMessage(client: Client, id: string, step: number): Promise<string> {
  const run = await runUntil(client, id, (one) => one.steps[step]?.message?.includes('Trying again') ?? false)
  const page = await client.get(`/runs/${id}`)
  expect(page.text).toContain('id="cancel"')
  await client.postJson(`/api/runs/${id}/cancel`, {})
  await runUntil(client, id, isStatus('cancelled'))
  return run.steps[step]?.message ?? ''
}

/** What a failed run tells: a sentence that is on its page too, and the buttons to go on with. */
async function expectFailure(client: Client, run: RunJson, code: string, message: RegExp) {
  expect(run.error).toEqual({ code, message: expect.stringMatching(message) })
  const page = await client.get(`/runs/${run.id}`)
  expect(page.status).toBe(200)
  for (const id of ['failure', 'retry', 'change']) expect(page.text).toContain(`id="${id}"`)
}

/** Takes half a minute, so it goes on beside the other tests, on a product of its own. */
const dripping = useDrip()

describe('the breed', () => {
  test('unknown: 422 with the form, error on top and at the field', async () => {
    const answer = await postCat(site.client(), 'dog')
    expect(answer.status).toBe(422)
    expect(answer.text).toContain('id="errors"')
    expect(answer.text).toContain('There is no breed with the id &quot;dog&quot;')
    expect(await site.sandbox.requests('authorize')).toEqual([])
  })

  test.each([
    ['missing', ''],
    ['markup', '<script>alert(1)</script>'],
    ['a member of every object', '__proto__'],
    ['a path', '../../breeds'],
    ['very long', 'b'.repeat(5000)],
    ['emoji', '🐈🐈'],
  ])('%s: 422, and nothing of it unescaped', async (_name, breed) => {
    const answer = await postCat(site.client(), breed)
    expect(answer.status).toBe(422)
    expect(answer.text).not.toContain('<script>alert')
  })

  test('without pictures: fails with a message that says what to do', async () => {
    const client = await connected()
    const run = await runUntil(client, await startCat(client, 'mala'), isStatus('failed'))
    await expectFailure(client, run, 'breed_without_pictures', /no picture of a Malayan\. Choose another breed/)
    const change = await client.get(`/cats?run=${run.id}`)
    expect(change.text).toMatch(/value="mala" checked/)
  })

  test('of a list that is shorter by the time of the run: fails, says so', async () => {
    const client = await connected()
    await site.sandbox.fault({ provider: 'thecatapi', kind: 'no_pictures', breed: 'manx', times: 0 })
    const run = await runUntil(client, await startCat(client, 'manx'), (one) =>
      ['failed', 'succeeded'].includes(one.status),
    )
    // The list is kept for an hour; what it names is the picture that is taken then.
    if (run.status === 'failed') await expectFailure(client, run, 'breed_without_pictures', /Choose another breed/)
  })

  test('The Cat API shows cats of another breed: none of them is taken', async () => {
    const client = await connected()
    await site.sandbox.fault({ provider: 'thecatapi', kind: 'wrong_breed', times: 0 })
    const run = await runUntil(client, await startCat(client, 'ragd'), isStatus('succeeded'))
    expect(run.result?.title).toBe('A Ragdoll is in your Drive')
  })

  test('The Cat API is down: the form is there all the same, and the run waits and says so', async () => {
    const client = await connected()
    await site.sandbox.fault({ provider: 'thecatapi', on: 'images.search', kind: 'status', status: 503, times: 0 })
    const id = await startCat(client, 'pers')
    expect(await waitingMessage(client, id, 0)).toMatch(/The Cat API/)
    expect(await site.sandbox.files()).toHaveLength(1)
  })

  test('The Cat API answers a page of HTML: the run waits and says so', async () => {
    const client = await connected()
    await site.sandbox.fault({ provider: 'thecatapi', on: 'images.search', kind: 'html', times: 0 })
    expect(await waitingMessage(client, await startCat(client, 'pers'), 0)).toMatch(/The Cat API/)
  })
})

describe('the picture', () => {
  const fault = (more: Record<string, unknown>) =>
    site.sandbox.fault({ provider: 'thecatapi', on: 'picture', times: 0, kind: '', ...more })

  test('is not an image: fails, names the host; Retry when it is one succeeds without a second search', async () => {
    const client = await connected()
    await fault({ kind: 'not_an_image' })
    const run = await runUntil(client, await startCat(client, 'birm'), isStatus('failed'))
    await expectFailure(client, run, 'picture_not_an_image', /is not a picture/)
    await site.sandbox.clearFaults()
    await client.postJson(`/api/runs/${run.id}/retry`, {})
    await runUntil(client, run.id, isStatus('succeeded'))
    expect(await site.sandbox.requests('images.search')).toHaveLength(1)
  })

  test('has 50 MB: fails at once, without reading it all', async () => {
    const client = await connected()
    await fault({ kind: 'huge', bytes: 50_000_000 })
    const began = performance.now()
    const run = await runUntil(client, await startCat(client, 'bomb'), isStatus('failed'))
    await expectFailure(client, run, 'picture_too_large', /larger than 20(\.0)? MB/)
    expect(performance.now() - began).toBeLessThan(5000)
    expect(run.steps[FETCH]?.attempts).toBe(1)
  })

  test('redirects to a private address: refused, nobody is asked there', async () => {
    const asked: string[] = []
    const inside = createServer((request, response) => {
      asked.push(request.url ?? '')
      response.end('secret')
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => inside.once('listening', resolve))
    const address = inside.address()
    const port = typeof address === 'object' ? address?.port : 0
    try {
      for (const [breed, url] of [
        ['cspa', `http://127.0.0.1:${port}/latest/meta-data`],
        ['csho', `http://localhost:${port}/`],
        ['bure', `http://[::ffff:127.0.0.1]:${port}/`],
        ['buri', 'http://169.254.169.254/latest/meta-data'],
      ] as const) {
        const client = await connected()
        await fault({ kind: 'redirect_to', url })
        const run = await runUntil(client, await startCat(client, breed), isStatus('failed'))
        await expectFailure(client, run, 'redirect_not_allowed', / sent Trivet on to .*, so it was not called/)
        await site.sandbox.clearFaults()
      }
      expect(asked).toEqual([])
    } finally {
      inside.close()
    }
  })

  test('is gone: fails and says so', async () => {
    const client = await connected()
    await fault({ kind: 'status', status: 404, body: 'gone' })
    const run = await runUntil(client, await startCat(client, 'chau'), isStatus('failed'))
    await expectFailure(client, run, 'picture_not_found', /no longer/)
  })

  test('breaks off: tried again by itself, whole the second time', async () => {
    const client = await connected()
    await site.sandbox.fault({ provider: 'thecatapi', on: 'picture', kind: 'drop_before' })
    const run = await runUntil(client, await startCat(client, 'cymr'), isStatus('succeeded'))
    expect(run.steps[FETCH]?.attempts).toBe(2)
    const files = await site.sandbox.files()
    expect(files.at(-1)?.size).toBe(run.result?.image.file.size)
  })
})

describe('the Drive', () => {
  test('is full: fails and says what to do; Retry does that step alone, and there is one file', async () => {
    const { page } = await site.visitor()
    await site.sandbox.fault({ provider: 'google', kind: 'drive_full', times: 0 })
    await askForCat(page, site.product.url, 'beng')
    await agree(page, 'ana')
    await page.locator('#failure').waitFor()
    expect(await page.locator('#failure').innerText()).toMatch(
      /The Drive of ana@example\.com is full\. Free some space there, then press Retry.*are kept/s,
    )
    expect(await page.locator('[data-step="Save it to your Drive"]').getAttribute('data-status')).toBe('failed')
    const before = {
      search: (await site.sandbox.requests('images.search')).length,
      picture: (await site.sandbox.requests('picture')).length,
      id: (await site.sandbox.requests('drive.generateIds')).length,
    }

    await site.sandbox.clearFaults()
    await page.locator('#retry').click()
    await page.locator('#result').waitFor()
    expect(await site.sandbox.files()).toHaveLength(1)
    expect({
      search: (await site.sandbox.requests('images.search')).length,
      picture: (await site.sandbox.requests('picture')).length,
      id: (await site.sandbox.requests('drive.generateIds')).length,
    }).toEqual(before)
  })

  test('is full still: Retry fails the same way, and can be pressed again', async () => {
    const client = await connected()
    await site.sandbox.fault({ provider: 'google', kind: 'drive_full', times: 0 })
    const id = await startCat(client, 'beng')
    await runUntil(client, id, isStatus('failed'))
    for (const _ of [1, 2]) {
      const { action, fields } = await client.form(`/runs/${id}`, `/runs/${id}/retry`)
      const uploads = (await site.sandbox.requests('drive.upload')).length
      expect((await client.postForm(action, fields)).status).toBe(303)
      await expect.poll(async () => (await site.sandbox.requests('drive.upload')).length).toBe(uploads + 1)
      await runUntil(client, id, isStatus('failed'))
    }
    await site.sandbox.clearFaults()
    await client.postJson(`/api/runs/${id}/retry`, {})
    await runUntil(client, id, isStatus('succeeded'))
    expect(await site.sandbox.files()).toHaveLength(2)
  })

  test('does not answer: the run waits and says so', async () => {
    const client = await connected()
    await site.sandbox.fault({ provider: 'google', on: 'drive.upload', kind: 'status', status: 503, times: 0 })
    expect(await waitingMessage(client, await startCat(client, 'beng'), SAVE)).toMatch(/Google Drive has a problem/)
  })

  test('answers a page of HTML: the run waits and says so', async () => {
    const client = await connected()
    await site.sandbox.fault({ provider: 'google', on: 'drive.upload', kind: 'html', times: 0 })
    expect(await waitingMessage(client, await startCat(client, 'beng'), SAVE)).toMatch(/Google Drive has a problem/)
  })

  test('has lost the permission in the middle: the run waits for it', async () => {
    const client = await connected()
    const error = { code: 403, message: 'Insufficient', errors: [{ reason: 'insufficientPermissions' }] }
    await site.sandbox.fault({
      provider: 'google',
      on: 'drive.upload',
      kind: 'status',
      status: 403,
      body: { error },
      headers: { 'content-type': 'application/json' },
    })
    const run = await runUntil(client, await startCat(client, 'beng'), isStatus('paused'))
    expect(run.pause).toMatchObject({ reason: 'missing_scope', message: expect.stringContaining('ana@example.com') })
  })
})

function useDrip(): () => { client: Client; id: string } {
  let product: Product | undefined
  let begun: { client: Client; id: string } | undefined
  beforeAll(async () => {
    product = await startProduct()
    const sandbox = sandboxAt(product.sandboxUrl)
    await sandbox.fault({ provider: 'thecatapi', on: 'picture', kind: 'drip', bytes_per_second: 500, times: 0 })
    const client = createClient(product.url)
    begun = { client, id: await startCat(client, 'char') }
  })
  afterAll(() => product?.stop())
  return () => {
    if (!begun) throw new Error('it did not start')
    return begun
  }
}

describe('a wrong client secret', () => {
  let wrong: Product | undefined

  beforeAll(async () => {
    const google = `${site.product.sandboxUrl}/google`
    wrong = await startProduct({
      environment: {
        TRIVET_SANDBOX: 'auto',
        TRIVET_SANDBOX_URL: site.product.sandboxUrl,
        GOOGLE_CLIENT_ID: 'trivet-sandbox',
        GOOGLE_CLIENT_SECRET: 'wrong-secret-of-google',
        GOOGLE_ISSUER: google,
        GOOGLE_AUTHORIZE_URL: `${google}/o/oauth2/v2/auth`,
        GOOGLE_TOKEN_URL: `${google}/token`,
        GOOGLE_REVOKE_URL: `${google}/revoke`,
        GOOGLE_USERINFO_URL: `${google}/v1/userinfo`,
        GOOGLE_API_URL: google,
      },
    })
  })
  afterAll(() => wrong?.stop())

  test('is said to the person and to the operator, with the way to mend it, and never shown', async () => {
    if (!wrong) throw new Error('it did not start')
    const { page } = await site.visitor({}, { ...wrong, sandboxUrl: site.product.sandboxUrl })
    await page.goto(`${wrong.url}/cats`)
    await page.locator('#cat_breed-beng').check()
    await page.locator('#submit').click()
    await agree(page, 'ana')
    await page.locator('#try-again').waitFor()
    expect(await page.locator('h1').innerText()).toBe('Google does not accept our client')
    const text = await page.locator('main').innerText()
    expect(text).toMatch(/You cannot help that/)
    expect(text).toMatch(/client secret.*is wrong/)
    expect(await page.locator('#redirect-uri').inputValue()).toBe(`${wrong.url}/connect/google/callback`)
    await page.getByRole('link', { name: 'Set up Google' }).click()
    expect(new URL(page.url()).pathname).toBe('/setup/google')
    expect(await page.content()).not.toContain('wrong-secret-of-google')
    expect(wrong.output()).toContain('provider_misconfigured')
    expect(wrong.output()).not.toContain('wrong-secret-of-google')
    expect(await site.sandbox.files()).toEqual([])
  })
})

describe('requests that nobody writes by hand', () => {
  const statuses = async (send: (client: Client) => Promise<{ status: number }>) => (await send(site.client())).status

  test.each([
    ['a NUL byte in a field', 'cat_breed=be%00ng'],
    ['a NUL byte in a name', 'cat%00breed=beng'],
    ['half a surrogate pair', 'cat_breed=%ED%A0%80'],
    ['bytes that are no UTF-8', 'cat_breed=%ff%fe'],
    ['a broken escape', 'cat_breed=%zz&a=%'],
    ['a field many times', Array.from({ length: 900 }, () => 'cat_breed=beng').join('&')],
    ['members of every object', '__proto__=a&constructor=b&hasOwnProperty=c&cat_breed=toString'],
    ['brackets', 'cat_breed[]=beng&cat_breed[a][b]=c'],
    ['nothing', ''],
  ])('%s in a form: no 5xx', async (_name, body) => {
    const client = site.client()
    const { fields } = await client.form('/cats', '/cats/create_cat_request')
    for (const token of ['', `&csrf=${fields['csrf']}`]) {
      const answer = await client.send('/cats/create_cat_request', {
        method: 'POST',
        headers: { accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' },
        body: body + token,
      })
      expect(answer.status).toBeLessThan(500)
    }
  })

  test.each(['\u0000', '\ud800', 'be\udc00ng'])('JSON with %j: 4xx', async (text) => {
    const answer = await site.client().postJson('/api/mashups/cats/runs', { cat_breed: text })
    expect([400, 422]).toContain(answer.status)
  })

  test('a Idempotency-Key that is odd: no 5xx', async () => {
    const client = await connected()
    for (const key of ['', 'ü'.normalize(), 'k'.repeat(5000), '%00', "';drop table run;--"]) {
      const answer = await client.postJson(
        '/api/mashups/cats/runs',
        { cat_breed: 'beng' },
        { 'idempotency-key': Buffer.from(key).toString('latin1') },
      )
      expect(answer.status).toBeLessThan(500)
      if (answer.status === 202) await runUntil(client, JSON.parse(answer.text).id, isStatus('succeeded'))
    }
  })

  test.each([
    ['an account that is no id', { account_drive: 'not-an-id' }],
    ['an account of nobody', { account_drive: '01a1f863-ebea-78a6-afd2-9ede2a2f6044' }],
    ['a long submission', { submission: randomBytes(15_000).toString('base64url') }],
    ['a submission that is no id', { submission: "';--" }],
    ['no submission', { submission: '' }],
  ])('%s in the form: no 5xx, and the run is made or the form is back', async (_name, fields) => {
    const client = await connected()
    const answer = await postCat(client, 'beng', fields)
    expect([303, 400, 413, 422]).toContain(answer.status)
    const { runs } = JSON.parse((await client.getJson('/api/runs')).text)
    await runUntil(client, runs[0].id, isStatus('succeeded'))
  })

  test('the account of somebody else in the form: theirs is not used', async () => {
    const ana = await connected()
    const [connection] = JSON.parse((await ana.getJson('/api/connections')).text)
    const bob = site.client()
    await runUntil(bob, await startCat(bob, 'siam', 'bob'), isStatus('succeeded'))
    const answer = await postCat(bob, 'beng', { account_drive: connection.id })
    expect(answer.status).toBeLessThan(500)
    const { runs } = JSON.parse((await bob.getJson('/api/runs')).text)
    await runUntil(bob, runs[0].id, (run) => ['succeeded', 'paused', 'failed'].includes(run.status))
    const files = await site.sandbox.files()
    expect(files.filter((file) => file.account === 'ana@example.com')).toHaveLength(1)
  })

  test('JSON nested 10,000 deep: answered, and the server lives', async () => {
    const deep = `${'['.repeat(10_000)}${']'.repeat(10_000)}`
    expect(await statuses((client) => client.postJson('/api/mashups/cats/runs', deep))).toBeLessThan(500)
    const objects = `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`
    expect(await statuses((client) => client.postJson('/api/mashups/cats/runs', objects))).toBeLessThan(500)
    expect(await statuses((client) => client.get('/healthz'))).toBe(200)
  })

  test('__proto__ in JSON: refused or without effect', async () => {
    const body = '{"__proto__":{"cat_breed":"beng"},"constructor":{"prototype":{"x":1}}}'
    expect(await statuses((client) => client.postJson('/api/mashups/cats/runs', body))).toBeGreaterThanOrEqual(400)
  })

  test('a huge form: 413', async () => {
    const answer = await site.client().postForm('/cats/create_cat_request', { cat_breed: 'b'.repeat(200_000) })
    expect(answer.status).toBe(413)
    expect(answer.text).toContain('That is too large')
  })

  test.each([
    '/%00',
    '/runs/%00',
    '/runs/%ED%A0%80',
    '/runs/%ff',
    '/runs/%zz',
    '/problems/__proto__',
    '/problems/constructor',
    '/assets/..%2f..%2fmain.js',
    '/assets/%2e%2e/main.js',
    '/assets/manifest.json',
    '/cats/breeds/%00.webp',
    '/cats/breeds/..%2f..%2fetc%2fpasswd.webp',
    '/cats/breeds/__proto__.webp',
    '/cats?cat_breed=%00',
    '/cats?run=%00',
    '/cats?run=not-an-id',
    '/connect/%00',
    '/connect/__proto__',
    '/connect/google?connection=not-an-id',
    '/connect/google/callback?state=%00&code=%00',
    '/connect/google/outcome/not-an-id',
    '/connections?connection=%00&provider=__proto__&notice=disconnected',
    '/connections/not-an-id/picture',
    '/setup/__proto__',
    '/api/runs/%00',
    '/api/mashups/__proto__/runs',
    `/${'a'.repeat(8000)}`,
    `/runs/${'a'.repeat(3000)}`,
  ])('GET %s: below 500, with a page or a document', async (path) => {
    const client = site.client()
    await postCat(client, 'beng')
    const answer = await client.get(path)
    expect(answer.status).toBeLessThan(500)
    expect(answer.status).not.toBe(0)
    expect(answer.text).not.toMatch(/at .*\.(ts|js):\d+/)
  })

  test.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND'])('method %s: 4xx, not 5xx', async (method) => {
    for (const path of ['/cats', '/', '/api/runs', '/nothing']) {
      const answer = await site.client().send(path, { method })
      expect([path, answer.status >= 400 && answer.status < 500]).toEqual([path, true])
    }
  })

  test('HEAD answers as GET without a body', async () => {
    for (const path of ['/', '/cats', '/healthz']) {
      const answer = await site.client().send(path, { method: 'HEAD', headers: { accept: 'text/html' } })
      expect([path, answer.status, answer.bytes.length]).toEqual([path, 200, 0])
    }
  })

  test('a content type that is none, or another: 4xx', async () => {
    for (const type of ['', 'text/html', 'multipart/form-data; boundary=x', 'application/xml', 'x/y; charset=☃']) {
      const answer = await site.client().send('/cats/create_cat_request', {
        method: 'POST',
        headers: { accept: 'text/html', 'content-type': Buffer.from(type).toString('latin1') },
        body: 'cat_breed=beng',
      })
      expect([type, answer.status >= 300 && answer.status < 500]).toEqual([type, true])
    }
  })
})

describe('a picture that drips in', () => {
  test('is given up after its time, said on the page, and tried again', { timeout: 60_000 }, async () => {
    const { client, id } = dripping()
    const waits = (run: RunJson) => run.steps[FETCH]?.message?.includes('Trying again') ?? false
    const run = await runUntil(client, id, waits, 45_000)
    expect(run.steps[FETCH]?.message).toMatch(/too slow|took (too )?long|not done within|in time/i)
    expect(run.status).toBe('running')
    await client.postJson(`/api/runs/${id}/cancel`, {})
    await runUntil(client, id, isStatus('cancelled'))
  })
})
