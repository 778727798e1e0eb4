import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { axeFindings } from './harness/browser.ts'
import type { Client } from './harness/client.ts'
import { agreeAtSandbox } from './harness/consent.ts'
import { withDatabase } from './harness/database.ts'
import { PASSWORD, registerPerson, signIn } from './harness/person.ts'
import { agree } from './harness/runs.ts'
import { useSite } from './harness/site.ts'

const site = useSite()

/** The sandbox has forgotten its people before each test; so has the product whom it knows from there. */
const forget = () => withDatabase(site.product, (database) => database.query('delete from trivet.login_identity'))

/** axe finds nothing, one `h1`, and nothing sticks out sideways. axe is a script: it looks at pages of those who have some. */
async function expectFit(page: Page, what: string, hasScripts: boolean) {
  await page.waitForLoadState()
  if (!hasScripts) return
  for (const width of [360, 1280]) {
    await page.setViewportSize({ width, height: 740 })
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    expect({ what, width, over }).toEqual({ what, width, over: 0 })
  }
  expect({ what, findings: await axeFindings(page) }).toEqual({ what, findings: [] })
  expect({ what, h1: await page.locator('h1').count() }).toEqual({ what, h1: 1 })
}

const open = (page: Page, path: string) => page.goto(`${site.product.url}${path}`)

describe.each([true, false])('signing in with an account elsewhere, with JavaScript: %s', (javaScriptEnabled) => {
  const name = (text: string) => `${text}-${javaScriptEnabled ? 'js' : 'plain'}`

  test('a newcomer: from /register over Google to an account, out, and in again at once', async () => {
    await forget()
    const { page } = await site.visitor({ javaScriptEnabled })
    await open(page, '/register')
    await expectFit(page, '/register', javaScriptEnabled)
    await page.locator('#login-google').click()
    await agree(page, 'ana')
    await page.waitForURL('**/login/identity')
    await expectFit(page, '/login/identity', javaScriptEnabled)
    expect(await page.locator('#username').inputValue()).toBe('ana')
    await page.locator('#username').fill(name('ana'))
    await page.locator('#identity-create').click()
    expect(await page.locator('#account-username').innerText()).toContain(name('ana'))
    expect(await page.locator('#login-log').innerText()).toContain('signed in (with Google)')
    await expectFit(page, '/account', javaScriptEnabled)

    await page.locator('#logout').click()
    await page.locator('#login-google').click()
    await page.waitForURL('**/account')
    expect(await page.locator('#account-username').innerText()).toContain(name('ana'))
  })

  test('with Discord, for whom something else was the way', async () => {
    await forget()
    const { page } = await site.visitor({ javaScriptEnabled })
    await open(page, '/login?return_to=/runs')
    await expectFit(page, '/login', javaScriptEnabled)
    await page.locator('#login-discord').click()
    await agree(page, 'bob')
    await page.waitForURL('**/login/identity')
    await page.locator('#username').fill(name('bob'))
    await page.locator('#identity-create').click()
    await page.waitForURL('**/runs')
    await open(page, '/account/identities')
    expect(await page.locator('#identities').innerText()).toContain('Discord')
  })

  test('somebody who has an account here signs in to it and links Google; then unlinks it', async () => {
    await forget()
    await registerPerson(site.client(), name('carla'))
    const { page } = await site.visitor({ javaScriptEnabled })
    await open(page, '/login')
    await page.locator('#login-google').click()
    await agree(page, 'chen')
    await page.locator('#identity-have-account').click()
    await signIn(page, name('carla'))
    await page.waitForURL('**/login/identity')
    await expectFit(page, 'link', javaScriptEnabled)
    await page.locator('#identity-link').click()
    await page.waitForURL('**/account')

    await open(page, '/account/identities')
    await expectFit(page, '/account/identities', javaScriptEnabled)
    await page.locator('[id^="unlink-"]').click()
    expect(await page.locator('#notice').innerText()).toContain('Unlinked')
    expect(await page.locator('#no-identities').count()).toBe(1)

    await page.locator('#link-google').click()
    // The sandbox remembers who is signed in, and a user is asked which account it is to be.
    await page.locator('#persona-chen').click()
    await page.locator('#notice').waitFor()
    expect(await page.locator('#notice').innerText()).toContain('Linked')
  })

  test('no agreement at Google: back at the sign-in, with a word', async () => {
    await forget()
    const { page } = await site.visitor({ javaScriptEnabled })
    await open(page, '/login?return_to=/runs')
    await page.locator('#login-google').click()
    await page.locator('#persona-bob').click()
    await page.locator('#consent-cancel').click()
    await page.waitForURL(({ pathname, searchParams }) => pathname === '/login' && searchParams.has('connect'))
    expect(await page.locator('.status').innerText()).toContain('You did not agree there')
    expect(await page.locator('input[name="return_to"]').first().getAttribute('value')).toBe('/runs')
  })
})

async function signInAt(client: Client, provider: string, persona: string, page = '/login?prompt=login') {
  const { action, fields } = await client.form(page, `/login/${provider}`)
  const begun = await client.postForm(action, fields)
  expect(begun.status, begun.text).toBe(303)
  return client.get(await agreeAtSandbox(client, begun.location, persona))
}

async function makeAccount(client: Client, provider: string, persona: string, username: string) {
  expect((await signInAt(client, provider, persona)).location).toBe(`${site.product.url}/login/identity`)
  const { action, fields } = await client.form('/login/identity', '/login/identity')
  return client.postForm(action, { ...fields, username, decision: 'create' })
}

describe('without a screen', () => {
  test('the sandbox gives sign-ins no refresh token, and nothing of them is stored', async () => {
    await forget()
    const client = site.client()
    await makeAccount(client, 'google', 'ana', 'no-tokens')
    const held = await withDatabase(site.product, (database) => database.query('select * from trivet.connection'))
    expect(held.rows).toEqual([])
    expect(JSON.parse((await client.getJson('/api/connections')).text)).toEqual([])
  })

  test('a disconnect keeps the access that somebody signs in with, and says so', async () => {
    await forget()
    const client = site.client()
    await makeAccount(client, 'google', 'bob', 'keeps-the-way-in')
    const { action, fields } = await client.form('/connect/google', '/connect/google')
    await client.get(await agreeAtSandbox(client, (await client.postForm(action, fields)).location, 'bob'))
    const [connection] = JSON.parse((await client.getJson('/api/connections')).text)
    const form = await client.form('/connections', `/connections/${connection.id}/disconnect`)
    const gone = await client.get((await client.postForm(form.action, form.fields)).location)
    expect(gone.text).toContain('somebody signs in to this server')
    // It still does, without consent once more.
    expect((await signInAt(site.client(), 'google', 'bob')).location).toBe(`${site.product.url}/account`)
  })

  test('a password, once set, signs in', async () => {
    await forget()
    const client = site.client()
    await makeAccount(client, 'discord', 'ana', 'sets-a-password')
    const { action, fields } = await client.form('/account/password', '/account/password')
    const set = await client.postForm(action, { ...fields, new_password: PASSWORD })
    expect(set.location).toBe(`${site.product.url}/account?notice=password_changed`)
    const login = await site.client().postJson('/login', { username: 'sets-a-password', password: PASSWORD })
    expect(JSON.parse(login.text)).toMatchObject({ result: 'succeeded' })
  })
})
