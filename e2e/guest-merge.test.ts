import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { postAvatar } from './harness/avatars.ts'
import { axeFindings } from './harness/browser.ts'
import { askForCat, postCat, startCat } from './harness/cats.ts'
import { type Client, createClient, readForm } from './harness/client.ts'
import { agreeAtSandbox } from './harness/consent.ts'
import { withDatabase } from './harness/database.ts'
import { temporaryFolder } from './harness/machine.ts'
import { allowWithForm, PASSWORD, registerPerson } from './harness/person.ts'
import { freePort, type Product, startProduct } from './harness/product.ts'
import { agree, isStatus, readRun, runIdOf, runUntil } from './harness/runs.ts'
import { useSite } from './harness/site.ts'
import { authorizeQuery, CALLBACK, registerApp } from './harness/tokens.ts'

const site = useSite()

let names = 0
function newName(): string {
  names += 1
  return `person-${names}`
}

/** Fills the form of /register, as somebody who was a guest until now. */
async function registerOn(page: Page, username: string): Promise<void> {
  await page.goto(`${site.product.url}/register`)
  await page.locator('#username').fill(username)
  await page.locator('#password').fill(PASSWORD)
  await page.locator('#register-submit').click()
}

/** The same without a screen. @returns where it leads */
async function register(client: Client, username: string): Promise<string> {
  const { action, fields } = await client.form('/register', '/register')
  return (await client.postForm(action, { ...fields, username, password: PASSWORD })).location
}

async function merge(client: Client, decision: string, more: Record<string, string> = {}) {
  const { action, fields } = await client.form('/account/merge', '/account/merge')
  return client.postForm(action, { ...fields, decision, ...more })
}

async function runIds(client: Client): Promise<string[]> {
  const { runs } = JSON.parse((await client.getJson('/api/runs')).text)
  return runs.map(({ id }: { id: string }) => id)
}

async function accountNames(client: Client): Promise<string[]> {
  const connections = JSON.parse((await client.getJson('/api/connections')).text)
  return connections.map((one: { account: { name: string } }) => one.account.name)
}

describe.each([true, false])('a guest who registers, with JavaScript in the browser: %s', (javaScriptEnabled) => {
  test('takes along what is ticked, then the rest from the account page; the picture is theirs, and nobody else’s', async () => {
    const { page, context } = await site.visitor({ javaScriptEnabled })
    await askForCat(page, site.product.url, 'siam')
    await agree(page, 'ana')
    await page.waitForURL('**/runs/*')
    await page.locator('#result').waitFor()
    const run = runIdOf(page)
    const picture = new URL((await page.locator('#result img').getAttribute('src')) ?? '', site.product.url).href

    const username = newName()
    await page.goto(`${site.product.url}/login`)
    expect(await page.locator('#guest-things').innerText()).toContain('you are asked about it next')
    await registerOn(page, username)
    await page.waitForURL('**/account/merge*')
    if (javaScriptEnabled) expect(await axeFindings(page)).toEqual([])
    expect(await page.locator('input[type=checkbox]').count()).toBe(2)
    expect(await page.locator('input[type=checkbox]:checked').count()).toBe(0)
    expect(await page.locator('#merge-connections').innerText()).toContain('Google: ana@example.com')
    expect(await page.locator('#merge-runs').innerText()).toContain('done')

    await page.locator('#merge-take').click()
    expect(await page.locator('#errors').innerText()).toContain('Nothing is ticked')
    await page.locator('#merge-runs input').check()
    await page.locator('#merge-take').click()
    await page.waitForURL('**/account?*')
    if (javaScriptEnabled) expect(await axeFindings(page)).toEqual([])
    await page.goto(`${site.product.url}/runs/${run}`)
    await page.locator('#result').waitFor()
    expect((await context.request.get(picture)).status()).toBe(200)
    expect((await site.client().get(picture)).status).toBe(404)
    await page.goto(`${site.product.url}/connections`)
    expect(await page.locator('main').innerText()).not.toContain('ana@example.com')

    await page.goto(`${site.product.url}/account`)
    await page.locator('#account-merge').click()
    await page.locator('#merge-all').click()
    await page.waitForURL('**/account?*')
    expect(await page.locator('#account-guest-things').count()).toBe(0)
    await page.goto(`${site.product.url}/connections`)
    expect(await page.locator('main').innerText()).toContain('ana@example.com')
    // It opens for its new owner: another cat without being asked for consent.
    await askForCat(page, site.product.url, 'beng')
    await page.locator('#result').waitFor()
    expect(await site.sandbox.files()).toHaveLength(2)
  })

  test('leaves everything behind by the first button, and who signs in next in this browser gets nothing of it', async () => {
    const { page } = await site.visitor({ javaScriptEnabled })
    await askForCat(page, site.product.url, 'siam')
    await agree(page, 'ana')
    await page.locator('#result').waitFor()
    await registerOn(page, newName())
    await page.locator('#merge-leave').click()
    await page.waitForURL('**/account')
    await page.goto(`${site.product.url}/runs`)
    await page.locator('#no-runs').waitFor()
    await page.goto(`${site.product.url}/account`)
    await page.locator('#logout').click()
    await registerOn(page, newName())
    await page.waitForURL('**/account')
    expect(await page.locator('#account-guest-things').count()).toBe(0)
  })
})

test('a run that waits for an account goes on after it was taken along, once the user connects that', async () => {
  const client = site.client()
  const posted = await postAvatar(client)
  expect(posted.location).toContain('/discord/')
  const [id = ''] = await runIds(client)
  expect((await readRun(client, id)).status).toBe('paused')
  expect(await register(client, newName())).toContain('/account/merge')
  await merge(client, 'all')
  expect((await readRun(client, id)).status).toBe('paused')
  // The answer to what was begun as a guest is nobody's any more; the form of the run begins again.
  const again = await postAvatar(client)
  const callback = await agreeAtSandbox(client, again.location, 'ana')
  await client.get(callback)
  await runUntil(client, id, isStatus('succeeded'))
})

test('a run that waits goes on at once where the user has the account', async () => {
  const [client, username] = [site.client(), newName()]
  await register(client, username)
  await startCat(client, 'siam')
  const guest = createClient(site.product.url)
  await postCat(guest, 'beng')
  const [id = ''] = await runIds(guest)
  const { action, fields } = await guest.form('/login', '/login')
  const answer = await guest.postForm(action, { ...fields, username, password: PASSWORD })
  expect(answer.location).toContain('/account/merge')
  await merge(guest, 'all')
  await runUntil(guest, id, isStatus('succeeded'))
  expect(await site.sandbox.files()).toHaveLength(2)
})

test.each(['thecatapi images.search', 'google drive.upload'])(
  'a run that is at work at that very moment (%s is slow) ends as the user’s: once, with the account that came along',
  async (slow) => {
    const [provider, on] = slow.split(' ')
    const client = site.client()
    await startCat(client, 'siam').then((id) => runUntil(client, id, isStatus('succeeded')))
    await site.sandbox.fault({ provider: provider as 'google', on, kind: 'slow', seconds: 1.5 })
    const id = await startCat(client, 'beng')
    await runUntil(client, id, (run) => run.steps.some(({ status }) => status === 'running'))
    await register(client, newName())
    expect((await merge(client, 'all')).location).toContain('taken_along')
    await runUntil(client, id, isStatus('succeeded'))
    expect(await site.sandbox.files()).toHaveLength(2)
    expect(await accountNames(client)).toEqual(['ana@example.com'])
    const run = await readRun(client, id)
    expect((await client.get(`/runs/${id}/files/${run.result?.image.file.id}`)).status).toBe(200)
  },
)

test('on the way to an app: the sign-in, then what was done as a guest, then the consent, then the code', async () => {
  const [owner, client, username] = [site.client(), site.client(), newName()]
  const app = await registerApp(owner, await registerPerson(owner, username))
  const run = await startCat(client, 'siam')
  await runUntil(client, run, isStatus('succeeded'))
  const asked = await client.get(`/authorize?${new URLSearchParams(authorizeQuery(app))}`)
  expect(asked.location).toContain('/login?interaction=')
  const login = readForm((await client.get(asked.location)).text, '/login')
  const signedIn = await client.postForm(login.action, { ...login.fields, username, password: PASSWORD })
  expect(signedIn.location).toContain('/account/merge?interaction=')
  const page = readForm((await client.get(signedIn.location)).text, '/account/merge')
  const taken = await client.postForm(page.action, { ...page.fields, decision: 'all' })
  expect(taken.location).toContain('/authorize?interaction=')
  const code = await allowWithForm(client, taken.location)
  expect(code.origin + code.pathname).toBe(CALLBACK)
  expect(code.searchParams.get('code')).toMatch(/^tra_/)
  expect(await runIds(client)).toEqual([run])
})

test('killed (SIGKILL) at any moment of it: all has come along or nothing, and what has not still can', async () => {
  const place = { directory: await temporaryFolder(), port: await freePort(), sandboxPort: await freePort() }
  let product: Product = await startProduct(place)
  for (const delay of [2, 10, 40]) {
    const client = createClient(product.url)
    const id = await startCat(client, 'siam')
    await runUntil(client, id, isStatus('succeeded'))
    const username = newName()
    await register(client, username)
    const { action, fields } = await client.form('/account/merge', '/account/merge')
    const sent = client.postForm(action, { ...fields, decision: 'all' }).catch(() => undefined)
    await sleep(delay)
    await product.kill()
    await sent
    product = await startProduct(place)

    const counted = await withDatabase(product, (database) =>
      database.query(
        `select (select count(*) from trivet.run where owner_id = u.id)::int as runs,
          (select count(*) from trivet.connection where owner_id = u.id)::int as connections,
          (select count(*) from trivet.stored_file where owner_id = u.id)::int as files
        from trivet.user_account u where username = $1`,
        [username],
      ),
    )
    const { runs, connections, files } = counted.rows[0]
    expect([runs, connections, files]).toEqual(runs === 1 ? [1, 1, files] : [0, 0, 0])
    if (runs === 0) await merge(client, 'all')
    // Where only the new cookie was lost on its way, the person signs in again.
    if ((await client.getJson('/api/runs')).status !== 200 || (await runIds(client)).length === 0) {
      const login = await client.form('/login?prompt=login', '/login')
      await client.postForm(login.action, { ...login.fields, username, password: PASSWORD })
    }
    expect(await runIds(client)).toEqual([id])
    expect(await accountNames(client)).toEqual(['ana@example.com'])
  }
  expect(await product.stop()).toBe(0)
})
