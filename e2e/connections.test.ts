import { beforeEach, describe, expect, test } from 'vitest'
import { askForCat, postCat, startCat } from './harness/cats.ts'
import type { Client } from './harness/client.ts'
import { agreeAtSandbox } from './harness/consent.ts'
import { withDatabase } from './harness/database.ts'
import { agree, isStatus, readRun, runUntil } from './harness/runs.ts'
import { useSite } from './harness/site.ts'

const site = useSite()

// Who else is connected decides what a disconnect means.
beforeEach(() => withDatabase(site.product, (database) => database.query('delete from trivet.connection')))

async function connectionsOf(client: Client) {
  return JSON.parse((await client.getJson('/api/connections')).text)
}

async function connectAs(client: Client, persona: string, scopes = '') {
  const { action, fields } = await client.form(`/connect/google?choose_account=yes&scopes=${scopes}`, '/connect/google')
  const begun = await client.postForm(action, fields)
  await client.get(await agreeAtSandbox(client, begun.location, persona))
}

async function disconnect(client: Client, id: string) {
  const { action, fields } = await client.form('/connections', `/connections/${id}/disconnect`)
  const answer = await client.postForm(action, fields)
  expect(answer.status).toBe(303)
  return client.get(answer.location)
}

describe('/connections', () => {
  test('empty: says what to do first; connecting from there comes back to it', async () => {
    const { page } = await site.visitor()
    await page.goto(`${site.product.url}/connections`)
    expect(await page.locator('#no-connections').innerText()).toContain('No account is connected')
    await page.locator('#connect-google').click()
    expect(await page.locator('#asked').innerText()).toMatch(/Drive/)
    await page.locator('#connect-submit').click()
    await agree(page, 'chen')
    await page.locator('[data-account="chen@example.com"]').waitFor()
    expect(new URL(page.url()).pathname).toBe('/connections')
    const card = await page.locator('[data-account="chen@example.com"]').innerText()
    expect(card).toMatch(/connected/)
    expect(card).toMatch(/stays connected, until you end it/)
    expect(card).toMatch(/create files in your Google Drive/)
  })

  test('the picture of the account is served by us', async () => {
    const { page } = await site.visitor()
    await page.goto(`${site.product.url}/connect/google`)
    await page.locator('#connect-submit').click()
    await agree(page, 'ana')
    const picture = page.locator('[data-account="ana@example.com"] img')
    await picture.waitFor()
    expect(new URL(await picture.evaluate((image) => (image as HTMLImageElement).src)).origin).toBe(site.product.url)
    await expect
      .poll(() => picture.evaluate((image) => (image as HTMLImageElement).naturalWidth), { timeout: 10_000 })
      .toBeGreaterThan(0)
  })

  test('a connection without the permission says so, in words, and Reconnect asks for it', async () => {
    await site.sandbox.fault({ provider: 'google', kind: 'untick_scopes' })
    const { page } = await site.visitor()
    await page.goto(`${site.product.url}/connect/google?scopes=drive.file`)
    await page.locator('#connect-submit').click()
    await agree(page, 'ana')
    await page.goto(`${site.product.url}/connections`)
    const card = page.locator('[data-account="ana@example.com"]')
    expect(await card.innerText()).toMatch(/connected, a permission is missing/)
    expect(await card.innerText()).toMatch(/Not allowed\s+create files in your Google Drive/)
    await card.locator('[id^="reconnect-"]:is(button)').click()
    await page.locator('#consent-allow').click()
    await page.locator('[data-account="ana@example.com"]').waitFor()
    expect(await page.locator('[data-account="ana@example.com"]').innerText()).not.toMatch(/Not allowed/)
  })

  test('taken back at Google: says that it no longer works and why, once it was found out', async () => {
    const { page } = await site.visitor()
    await askForCat(page, site.product.url, 'beng')
    await agree(page, 'ana')
    await page.locator('#result').waitFor()
    await site.sandbox.atGoogle('revoke', 'ana@example.com')
    await page.locator('#again').click()
    await page.locator('#cat_breed-siam').check()
    await page.locator('#submit').click()
    await page.locator('#pause').waitFor()
    await page.goto(`${site.product.url}/connections`)
    const card = page.locator('[data-account="ana@example.com"]')
    expect(await card.getAttribute('data-status')).toBe('needs_reconnect')
    expect(await card.innerText()).toMatch(/It no longer works.*Google no longer accepts the access/s)
    await card.locator('[id^="reconnect-"]:is(button)').click()
    await page.locator('#consent-allow').click()
    await page.locator('[data-account="ana@example.com"][data-status="active"]').waitFor()
    // The run that waited for it has gone on by itself.
    await expect.poll(() => site.sandbox.files(), { timeout: 10_000 }).toHaveLength(2)
  })

  test('two accounts: the form asks which, and the cat goes into that Drive', async () => {
    const { page } = await site.visitor()
    for (const persona of ['ana', 'bob'] as const) {
      await page.goto(`${site.product.url}/connect/google?choose_account=yes&scopes=drive.file`)
      await page.locator('#connect-submit').click()
      await agree(page, persona)
      await page.locator(`[data-account="${persona}@example.com"]`).waitFor()
    }
    await page.goto(`${site.product.url}/cats`)
    const account = page.getByLabel('Google account')
    expect(await account.locator('option').allInnerTexts()).toEqual(
      expect.arrayContaining(['ana@example.com', 'bob@example.com']),
    )
    await account.selectOption({ label: 'ana@example.com' })
    await page.locator('#cat_breed-beng').check()
    await page.locator('#submit').click()
    await page.locator('#result').waitFor()
    expect((await site.sandbox.files()).map((file) => file.account)).toEqual(['ana@example.com'])
    // The one last used is offered first (decisions.md).
    await page.goto(`${site.product.url}/cats`)
    expect(await account.locator('option:checked').innerText()).toBe('ana@example.com')
  })

  test('one account: the form names it, and offers another one (decisions.md)', async () => {
    const { page } = await site.visitor()
    await askForCat(page, site.product.url, 'beng')
    await agree(page, 'ana')
    await page.locator('#again').click()
    expect(await page.locator('#consent-drive').innerText()).toContain('ana@example.com')
    await page
      .locator('#consent-drive')
      .getByRole('link', { name: /another/i })
      .click()
    await page.locator('#connect-submit').click()
    await agree(page, 'bob')
    await page.waitForURL(`${site.product.url}/**`)
    await page.goto(`${site.product.url}/cats`)
    expect(await page.getByLabel('Google account').locator('option').count()).toBe(2)
  })

  test('connected for signing in only: the form asks for what is missing, and it stays one connection', async () => {
    const client = site.client()
    await connectAs(client, 'ana')
    const [connection] = await connectionsOf(client)
    await runUntil(client, await startCat(client, 'beng'), isStatus('succeeded'))
    expect(await connectionsOf(client)).toMatchObject([{ id: connection.id, missing_scopes: [] }])
  })

  test('disconnect: gone here, ended at Google, said so; the next cat asks again', async () => {
    const { page, context } = await site.visitor()
    await askForCat(page, site.product.url, 'beng')
    await agree(page, 'ana')
    await page.locator('#result').waitFor()
    await page.goto(`${site.product.url}/connections`)
    await page.locator('[id^="disconnect-"]:is(button)').click()
    expect(await page.locator('#notice').innerText()).toMatch(/Disconnected from Google.*has ended the access too/s)
    expect(await page.locator('#no-connections').count()).toBe(1)
    expect((await site.sandbox.requests('revoke')).map((one) => one.status)).toEqual([200])
    expect(await (await context.request.get(`${site.product.url}/api/connections`)).json()).toEqual([])
    await askForCat(page, site.product.url, 'siam')
    await page.locator('#consent-allow').click()
    await page.locator('#result').waitFor()
    expect(await site.sandbox.files()).toHaveLength(2)
  })

  test('disconnect while somebody else uses the same account: theirs lives on, and it says so', async () => {
    const [one, other] = [site.client(), site.client()]
    await runUntil(one, await startCat(one, 'beng'), isStatus('succeeded'))
    await runUntil(other, await startCat(other, 'siam'), isStatus('succeeded'))
    const [connection] = await connectionsOf(one)
    const page = await disconnect(one, connection.id)
    expect(page.text).toMatch(/somebody else on this server\s+uses the same account/)
    expect(await site.sandbox.requests('revoke')).toEqual([])
    await runUntil(other, await startCat(other, 'beng'), isStatus('succeeded'))
    const [theirs] = await connectionsOf(other)
    expect((await disconnect(other, theirs.id)).text).toContain('has ended the access too')
    expect(await site.sandbox.requests('revoke')).toHaveLength(1)
  })

  test('disconnect while Google is down: gone here all the same, and it says what is left to do', async () => {
    const client = site.client()
    await connectAs(client, 'ana')
    await site.sandbox.fault({ provider: 'google', on: 'revoke', kind: 'status', status: 503, times: 0 })
    const [connection] = await connectionsOf(client)
    const page = await disconnect(client, connection.id)
    expect(page.text).toMatch(/could not be told just now/)
    expect(await connectionsOf(client)).toEqual([])
  })

  test('disconnect leaves no token behind', async () => {
    const client = site.client()
    await connectAs(client, 'bob')
    const [connection] = await connectionsOf(client)
    await disconnect(client, connection.id)
    const left = await withDatabase(site.product, async (database) => {
      const { rows } = await database.query('select count(*)::int as count from trivet.connection where id = $1', [
        connection.id,
      ])
      return rows[0].count
    })
    expect(left).toBe(0)
  })

  test('nobody disconnects what is somebody else’s', async () => {
    const owner = site.client()
    await connectAs(owner, 'ana')
    const [connection] = await connectionsOf(owner)
    const stranger = site.client()
    await postCat(stranger, 'beng')
    const { fields } = await stranger.form('/cats', '/cats/create_cat_request')
    const answer = await stranger.postForm(`/connections/${connection.id}/disconnect`, { csrf: fields['csrf'] ?? '' })
    expect(answer.status).toBe(404)
    expect((await stranger.get(`/connections/${connection.id}/picture`)).status).toBe(404)
    const again = { csrf: fields['csrf'] ?? '', connection: connection.id }
    expect((await stranger.postForm('/connect/google', again)).status).toBe(404)
    expect(await connectionsOf(owner)).toHaveLength(1)
  })

  test('a disconnected account under a waiting run: the run says what it needs now', async () => {
    const client = site.client()
    await runUntil(client, await startCat(client, 'beng'), isStatus('succeeded'))
    const [connection] = await connectionsOf(client)
    await site.sandbox.fault({ provider: 'thecatapi', on: 'images.search', kind: 'slow', seconds: 1 })
    const id = await startCat(client, 'siam')
    await disconnect(client, connection.id)
    const run = await runUntil(client, id, isStatus('paused'))
    expect(run.pause?.reason).toMatch(/^(needs_reconnect|connection_required)$/)
    const page = await client.get(run.pause?.connect_url ?? '')
    expect(page.status).toBe(200)
    const { action, fields } = await client.form(run.pause?.connect_url ?? '', '/connect/google')
    const begun = await client.postForm(action, fields)
    expect(begun.status).toBe(303)
    await client.get(await agreeAtSandbox(client, begun.location, 'ana'))
    await runUntil(client, id, isStatus('succeeded'))
  })
})

describe('a run', () => {
  test('never goes on with another account by itself', async () => {
    const client = site.client()
    await runUntil(client, await startCat(client, 'beng', 'bob'), isStatus('succeeded'))
    await connectAs(client, 'ana', 'drive.file')
    await site.sandbox.fault({ provider: 'thecatapi', on: 'images.search', kind: 'slow', seconds: 1 })
    const [bob, ana] = ['bob', 'ana'].map((name) => `${name}@example.com`)
    const all = await connectionsOf(client)
    const used = all.find((one: { account: { name: string } }) => one.account.name === bob)
    const posted = await postCat(client, 'siam', { account_drive: used.id })
    const id = posted.location.split('/').at(-1) ?? ''
    await runUntil(client, id, (run) => run.steps[0]?.status === 'running')
    await disconnect(client, used.id)
    await runUntil(client, id, isStatus('paused'))
    // Longer than what looks after runs that wait.
    await new Promise((resolve) => setTimeout(resolve, 5000))
    expect((await readRun(client, id)).status).toBe('paused')
    expect((await site.sandbox.files()).filter((file) => file.account === ana)).toEqual([])
    await client.postJson(`/api/runs/${id}/cancel`, {})
  })
})

describe('GET /connect/:provider', () => {
  test('starts nothing by itself', async () => {
    const client = site.client()
    const answer = await client.get('/connect/google')
    expect(answer.status).toBe(200)
    expect(client.cookie(`trivet-${new URL(site.product.url).port}`)).toBeUndefined()
  })

  test('asks only for what a mash-up declares (security §10.7)', async () => {
    const client = site.client()
    const wrong = '/connect/google?scopes=https://www.googleapis.com/auth/drive'
    expect((await client.get(wrong)).status).toBe(400)
    const { action, fields } = await client.form('/connect/google', '/connect/google')
    const posted = await client.postForm(action, { ...fields, scopes: 'https://www.googleapis.com/auth/drive' })
    expect(posted.status).toBe(400)
  })

  test.each(['https://evil.example/', '//evil.example', '/\\evil.example', '/%5Cevil.example', 'javascript:alert(1)'])(
    'leads back to pages of ours only: %s is refused (security §6)',
    async (path) => {
      const client = site.client()
      const answer = await client.get(`/connect/google?return_to=${encodeURIComponent(path)}`)
      expect(answer.status).toBe(400)
      const { action, fields } = await client.form('/connect/google', '/connect/google')
      expect((await client.postForm(action, { ...fields, return_to: path })).status).toBe(400)
    },
  )

  test('an unknown provider: 404 page', async () => {
    const answer = await site.client().get('/connect/facebook')
    expect(answer.status).toBe(404)
    expect(answer.text).toContain('There is no such provider here')
  })
})

describe('/setup/google', () => {
  test('shows the exact redirect URI, named actions (at most 12), the state, and no secret', async () => {
    const { page } = await site.visitor()
    await page.goto(`${site.product.url}/setup/google`)
    const html = await page.content()
    expect(html).toContain(`${site.product.url}/connect/google/callback`)
    const steps = await page.locator('ol li').count()
    expect(steps).toBeGreaterThan(5)
    expect(steps).toBeLessThanOrEqual(12)
    expect(html).toMatch(/sandbox/i)
    expect(html).not.toContain('trivet-sandbox-secret')
  })
})
