import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { axeFindings } from './harness/browser.ts'
import { temporaryFolder } from './harness/machine.ts'
import { useMailbox } from './harness/mailbox.ts'
import { PASSWORD, registerPerson } from './harness/person.ts'
import { freePort, startProduct } from './harness/product.ts'
import { useSite } from './harness/site.ts'

const NEW = 'another long enough one'

const box = useMailbox()
const site = useSite({
  get environment() {
    return box.settings
  },
})

async function look(page: Page, heading: string): Promise<void> {
  expect(await page.locator('h1').innerText()).toBe(heading)
  expect(await axeFindings(page)).toEqual([])
}

async function signIn(page: Page, username: string, password: string): Promise<void> {
  await page.locator('#username').fill(username)
  await page.locator('#password').fill(password)
  await page.locator('#login-submit').click()
}

describe.each([true, false])('letters, with JavaScript in the browser: %s', (javaScriptEnabled) => {
  const name = (who: string) => `${who}-${javaScriptEnabled ? 'js' : 'plain'}`
  // Axe itself needs JavaScript.
  const see = (page: Page, heading: string) =>
    javaScriptEnabled ? look(page, heading) : expect.poll(() => page.locator('h1').innerText()).toBe(heading)

  test('an address is confirmed by the link of a letter, and says so to apps', async () => {
    const username = name('ana')
    const email = `${username}@example.com`
    const { page } = await site.visitor({ javaScriptEnabled })
    await page.goto(`${site.product.url}/register`)
    await page.locator('#username').fill(username)
    await page.locator('#password').fill(PASSWORD)
    await page.locator('#email').fill(email)
    await page.locator('#register-submit').click()
    await page.locator('#account-email').waitFor()
    expect(await page.locator('#account-email').innerText()).toContain('not confirmed')
    if (javaScriptEnabled) expect(await axeFindings(page)).toEqual([])

    await page.goto(await box.link(email, '/verify-email'))
    await see(page, 'Is this your e-mail address?')
    expect(await page.locator('#verify-address').innerText()).toContain(email)
    await page.locator('#verify-submit').click()
    await page.locator('p.status').waitFor()
    expect(await page.locator('#account-email').innerText()).toMatch(/@example\.com confirmed$/)
    expect(await page.locator('#account-verify-email').count()).toBe(0)

    const login = await site.client().postJson('/login', { username, password: PASSWORD })
    const authorization = `Bearer ${JSON.parse(login.text).token}`
    const account = await site.client().send('/api/account', { headers: { authorization } })
    expect(JSON.parse(account.text)).toMatchObject({ email, email_verified: true })
  })

  test('a forgotten password: from the sign-in over the letter to a new one, and nobody is signed in by it', async () => {
    const username = name('ben')
    const email = `${username}@example.com`
    await registerPerson(site.client(), username)
    await giveEmail(username, email)
    const { page, context } = await site.visitor({ javaScriptEnabled })
    await page.goto(`${site.product.url}/login?return_to=%2Fruns`)
    await page.locator('#forgot-link').click()
    await see(page, 'Forgot your password?')
    await page.locator('#email').fill(email)
    await page.locator('#forgot-submit').click()
    await page.locator('#forgot-sent').waitFor()
    await see(page, 'Forgot your password?')
    expect(await page.locator('#forgot-back').getAttribute('href')).toBe('/login?return_to=%2Fruns')

    await page.goto(await box.link(email, '/reset'))
    await see(page, 'Choose a new password')
    // The token stays in no address bar.
    expect(page.url()).toBe(`${site.product.url}/reset`)
    await page.locator('#next-password').fill('short')
    await page.locator('#reset-submit').click()
    await page.locator('#next-password-error').waitFor()
    await see(page, 'Choose a new password')
    await page.locator('#next-password').fill(NEW)
    await page.locator('#reset-submit').click()
    await page.locator('#login-submit').waitFor()
    expect(await page.locator('p.status').innerText()).toContain('Sign in with the new one')
    const cookies = (await context.cookies()).map((cookie) => cookie.name.replace(/^trivet-\d+/, ''))
    expect(cookies).toEqual(['-visit'])
    await signIn(page, username, NEW)
    await page.locator('#account-username').waitFor()
    expect(await page.locator('#login-log').innerText()).toContain('chose a new password')
  })

  test('a link that is over says what to do', async () => {
    const { page } = await site.visitor({ javaScriptEnabled })
    await page.goto(`${site.product.url}/reset?token=${'x'.repeat(43)}`)
    await see(page, 'This link does not work any more')
    await page.goto(`${site.product.url}/reset`)
    await see(page, 'This link does not work any more')
  })
})

test('a letter that was ordered while the mail server was down is sent after a kill and a new start', async () => {
  const place = { directory: await temporaryFolder(), port: await freePort(), environment: box.settings }
  const email = 'cleo@example.com'
  await box.down(async () => {
    const product = await startProduct(place)
    const body = JSON.stringify({ username: 'cleo', password: PASSWORD, email })
    const headers = { 'content-type': 'application/json' }
    const made = await fetch(`${product.url}/register`, { method: 'POST', headers, body })
    expect(made.status).toBe(201)
    await product.kill()
  })
  const product = await startProduct(place)
  expect(await box.link(email, '/verify-email')).toContain(product.url)
  expect(await product.stop()).toBe(0)
})

test('without a mail server, on loopback, the letter is printed where the product was started', async () => {
  const product = await startProduct({ environment: { NODE_ENV: 'development' } })
  const email = 'dora@example.com'
  const body = JSON.stringify({ username: 'dora', password: PASSWORD, email })
  await fetch(`${product.url}/register`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  await expect.poll(product.output).toMatch(/\/verify-email\?token=[\w-]{43}/)
  expect(await product.stop()).toBe(0)

  const strict = await startProduct({ environment: { NODE_ENV: 'production' } })
  const { page } = await site.visitor({}, strict)
  await page.goto(`${strict.url}/forgot`)
  await page.locator('#forgot-off').waitFor()
  await look(page, 'Forgot your password?')
  expect(await strict.stop()).toBe(0)
})

test('the first start prints one link; it makes the first administrator, and works once', async () => {
  const place = { directory: await temporaryFolder(), port: await freePort(), sandboxPort: await freePort() }
  const linkOf = (output: string) => /http\S+\/setup\/administrator\?token=[\w-]{43}/.exec(output)?.[0]
  let product = await startProduct(place)
  await expect.poll(() => linkOf(product.output())).toBeDefined()
  const link = linkOf(product.output()) ?? ''
  expect(await product.stop()).toBe(0)

  // The link of the first start is good for an hour, whatever is started anew; another one is not made.
  product = await startProduct(place)
  const { page } = await site.visitor({ javaScriptEnabled: true }, product)
  await page.goto(link)
  await look(page, 'The first administrator')
  await page.locator('#username').fill('root')
  await page.locator('#password').fill(PASSWORD)
  await page.locator('#setup-submit').click()
  await page.locator('#account-username').waitFor()
  expect(await page.locator('#main').innerText()).toContain('administrator')
  await page.goto(link)
  await look(page, 'This link does not work any more')
  expect(linkOf(product.output())).toBeUndefined()
  expect(await product.stop()).toBe(0)
})

/** Writes an address into a profile, as an app of the account API would. */
async function giveEmail(username: string, email: string): Promise<void> {
  const client = site.client()
  const { token } = JSON.parse((await client.postJson('/login', { username, password: PASSWORD })).text)
  const answer = await client.send('/api/account', {
    method: 'PATCH',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ email }),
  })
  expect(answer.status, answer.text).toBe(200)
}
