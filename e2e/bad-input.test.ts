import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { askForCat, postCat, startCat } from './harness/cats.ts'
import { type Client, createClient } from './harness/client.ts'
import { agreeAtSandbox } from './harness/consent.ts'
import { type Product, startProduct } from './harness/product.ts'
import { agree, isStatus, type RunJson, runUntil } from './harness/runs.ts'
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
      await expect
        .poll(async () => (await site.sandbox.requests('drive.upload')).length, { timeout: 10_000 })
        .toBe(uploads + 1)
      await runUntil(client, id, isStatus('failed'))
    }
    await site.sandbox.clearFaults()
    await client.postJson(`/api/runs/${id}/retry`, {})
    await runUntil(client, id, isStatus('succeeded'))
    expect(await site.sandbox.files()).toHaveLength(2)
  })

  test('Retry pressed twice at once, and once more when it is over: one file', async () => {
    const client = await connected()
    await site.sandbox.fault({ provider: 'google', kind: 'drive_full' })
    const id = await startCat(client, 'beng')
    await runUntil(client, id, isStatus('failed'))
    const { action, fields } = await client.form(`/runs/${id}`, `/runs/${id}/retry`)
    const both = await Promise.all([1, 2].map(() => client.postForm(action, fields)))
    expect(both.map((answer) => answer.status)).toEqual([303, 303])
    await runUntil(client, id, isStatus('succeeded'))
    expect((await client.postForm(action, fields)).status).toBe(303)
    expect((await runUntil(client, id, isStatus('succeeded'))).status).toBe('succeeded')
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

  test('has lost the permission in the middle: the run waits for the person, and does not ask again and again', async () => {
    const client = await connected()
    const error = { code: 403, message: 'Insufficient', errors: [{ reason: 'insufficientPermissions' }] }
    await site.sandbox.fault({
      provider: 'google',
      on: 'drive.upload',
      kind: 'status',
      status: 403,
      body: { error },
      times: 0,
    })
    const id = await startCat(client, 'beng')
    const run = await runUntil(client, id, isStatus('paused'))
    expect(run.pause).toMatchObject({ reason: 'missing_scope', message: expect.stringContaining('ana@example.com') })
    await new Promise((resolve) => setTimeout(resolve, 5000))
    expect(await site.sandbox.requests('drive.upload')).toHaveLength(1)

    await site.sandbox.clearFaults()
    const { action, fields } = await client.form(run.pause?.connect_url ?? '', '/connect/google')
    const begun = await client.postForm(action, fields)
    await client.get(await agreeAtSandbox(client, begun.location, 'ana'))
    await runUntil(client, id, isStatus('succeeded'))
    expect(await site.sandbox.files()).toHaveLength(2)
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

  test('(first of all, The Cat API does not answer: the form has a list all the same, and says whose)', async () => {
    await site.sandbox.fault({ provider: 'thecatapi', on: 'breeds', kind: 'status', status: 503, times: 0 })
    const page = await createClient(wrong?.url ?? '').get('/cats')
    expect(page.status).toBe(200)
    expect(page.text).toContain('The Cat API does not answer just now: this list is ours')
    expect(page.text.match(/type="radio"/g)?.length).toBeGreaterThan(60)
  })

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
