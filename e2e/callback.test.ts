import { describe, expect, test } from 'vitest'
import { askForCat, postCat } from './harness/cats.ts'
import { agreeAtSandbox, type Choice } from './harness/consent.ts'
import { withDatabase } from './harness/database.ts'
import { agree, isStatus, readRun, runUntil } from './harness/runs.ts'
import { useSite } from './harness/site.ts'

const site = useSite()

const stored = () =>
  withDatabase(site.product, async (client) => {
    const { rows } = await client.query('select count(*)::int as count from trivet.connection')
    return rows[0].count
  })

/** Somebody's form is sent, and Google's answer is on its way: its address, not visited yet. */
async function answerOnItsWay(persona = 'ana', choice: Choice = {}) {
  const client = site.client()
  const posted = await postCat(client, 'beng')
  const callback = await agreeAtSandbox(client, posted.location, persona, choice)
  expect(callback).toMatch(new RegExp(`^${site.product.url}/connect/google/callback\\?`))
  return { client, callback }
}

describe('the callback', () => {
  test('no page is ever shown at an address that holds a code (RFC 9700 §4.2.4)', async () => {
    const { client, callback } = await answerOnItsWay()
    const answer = await client.get(callback)
    expect(answer.status).toBe(303)
    expect(answer.location).toMatch(/\/runs\/[\w-]{36}$/)
    expect(answer.headers['referrer-policy']).toBe('no-referrer')
    expect(answer.bytes).toHaveLength(0)
  })

  test('replayed in the same browser: it lands on the run, and nothing is done twice', async () => {
    const { page } = await site.visitor()
    const callbacks: string[] = []
    page.on('request', (request) => {
      if (request.url().includes('/connect/google/callback')) callbacks.push(request.url())
    })
    await askForCat(page, site.product.url, 'beng')
    await agree(page, 'ana')
    await page.locator('#result').waitFor()
    const run = page.url()
    const [callback = ''] = callbacks
    await page.goto(callback)
    await page.locator('#result').waitFor()
    expect(page.url()).toBe(run)
    expect(await site.sandbox.files()).toHaveLength(1)
    expect(await site.sandbox.requests('token.exchange')).toHaveLength(1)
  })

  test('ten at once: one exchange, one run, all land on it', async () => {
    const { client, callback } = await answerOnItsWay()
    const answers = await Promise.all(Array.from({ length: 10 }, () => client.get(callback)))
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([303]))
    const [landed, ...others] = new Set(answers.map((answer) => answer.location))
    expect(others).toEqual([])
    const id = landed?.split('/').at(-1) ?? ''
    await runUntil(client, id, isStatus('succeeded'))
    expect(await site.sandbox.requests('token.exchange')).toHaveLength(1)
    expect(await site.sandbox.files()).toHaveLength(1)
  })

  test('in another browser: refused on a page that says why, nothing is stored, and it still works in its own', async () => {
    const before = await stored()
    const { client, callback } = await answerOnItsWay()
    const { page } = await site.visitor()
    const answer = await page.goto(callback)
    expect(answer?.status()).toBe(403)
    expect(await page.locator('h1').innerText()).toBe('This sign-in was begun in another browser')
    expect(await page.locator('#error').innerText()).toMatch(/Nothing was stored.*go back to that browser/s)
    expect(await stored()).toBe(before)
    expect(await site.sandbox.requests('token.exchange')).toEqual([])

    const landed = await client.get(callback)
    await runUntil(client, landed.location.split('/').at(-1) ?? '', isStatus('succeeded'))
    expect(await site.sandbox.files()).toHaveLength(1)
  })

  test('in another browser with a session of its own: the same', async () => {
    const before = await stored()
    const { callback } = await answerOnItsWay()
    const stranger = site.client()
    await postCat(stranger, 'siam')
    const answer = await stranger.get(callback)
    expect(answer.status).toBe(403)
    expect(await stored()).toBe(before)
    expect(await site.sandbox.files()).toEqual([])
  })

  test.each([
    ['without a state', '', 400],
    ['with a state nobody gave out', '?state=guess&code=4/0Aguess', 400],
    ['with two states', '?state=a&state=b&code=c', 400],
  ])('%s: a page, no exchange', async (_name, query, status) => {
    const client = site.client()
    await postCat(client, 'beng')
    const answer = await client.get(`/connect/google/callback${query}`)
    expect(answer.status).toBe(status)
    expect(answer.text).toContain('<h1>')
    expect(await site.sandbox.requests('token.exchange')).toEqual([])
  })

  test('from another issuer than the one asked (RFC 9207): refused, the code is not sent anywhere', async () => {
    const { client, callback } = await answerOnItsWay()
    const forged = new URL(callback)
    forged.searchParams.set('iss', 'https://evil.example')
    const answer = await client.get(forged.href)
    const shown = await client.get(answer.location)
    expect(shown.status).toBe(400)
    expect(shown.text).toContain('The answer came from somebody else')
    expect(await site.sandbox.requests('token.exchange')).toEqual([])
    // The state is spent: the right answer comes too late for it.
    await client.get(callback)
    expect(await site.sandbox.requests('token.exchange')).toEqual([])
  })

  test('with a code of somebody else (RFC 7636): Google refuses it, a page says so with the way on', async () => {
    const { callback: stolen } = await answerOnItsWay('bob')
    const { client, callback } = await answerOnItsWay('ana')
    const injected = new URL(callback)
    injected.searchParams.set('code', new URL(stolen).searchParams.get('code') ?? '')
    const answer = await client.get(injected.href)
    const shown = await client.get(answer.location)
    expect(shown.status).toBe(502)
    expect(shown.text).toMatch(/Nothing was connected/)
    expect(shown.text).toContain('id="try-again"')
    expect(JSON.parse((await client.getJson('/api/connections')).text)).toEqual([])
  })

  test('as a POST of another site: turned into the GET that has the cookie', async () => {
    const { client, callback } = await answerOnItsWay()
    const { search, pathname } = new URL(callback)
    const query = Object.fromEntries(new URLSearchParams(search))
    const turned = await client.postForm(pathname, query, { 'sec-fetch-site': 'cross-site' })
    expect(turned.status).toBe(303)
    const landed = await client.get(turned.location)
    await runUntil(client, landed.location.split('/').at(-1) ?? '', isStatus('succeeded'))
  })

  test('denied twice in a row, and replayed: always the filled form', async () => {
    const { client, callback } = await answerOnItsWay('ana', { allow: false })
    for (const _ of [1, 2]) {
      const answer = await client.get(callback)
      expect(answer.location).toMatch(/\/cats\?run=[\w-]{36}&connect=denied/)
      const form = await client.get(answer.location)
      expect(form.text).toMatch(/value="beng" checked/)
    }
    expect(await site.sandbox.requests('token.exchange')).toEqual([])
  })

  test('the token endpoint is down: a page with Try again, which brings the run to its end', async () => {
    await site.sandbox.fault({ provider: 'google', on: 'token.exchange', kind: 'status', status: 503 })
    const { page } = await site.visitor()
    await askForCat(page, site.product.url, 'beng')
    await page.locator('#persona-ana').click()
    await page.locator('#consent-allow').click()
    await page.locator('#try-again').waitFor()
    expect(await page.locator('#error').innerText()).toContain('did not answer as it should')
    await page.locator('#try-again').click()
    await page.locator('#consent-allow').click()
    await page.locator('#result').waitFor()
    expect(await site.sandbox.files()).toHaveLength(1)
  })

  test('its answer is a page of HTML: the same', async () => {
    await site.sandbox.fault({ provider: 'google', on: 'token.exchange', kind: 'html' })
    const { client, callback } = await answerOnItsWay()
    const answer = await client.get(callback)
    const shown = await client.get(answer.location)
    expect(shown.status).toBe(502)
    expect(shown.text).toContain('id="try-again"')
    const { runs } = JSON.parse((await client.getJson('/api/runs')).text)
    expect((await readRun(client, runs[0].id)).status).toBe('paused')
  })
})
