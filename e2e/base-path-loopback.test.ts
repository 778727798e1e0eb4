import { expect, test } from 'vitest'
import { PASSWORD } from './harness/person.ts'
import { freePort } from './harness/product.ts'
import { agree } from './harness/runs.ts'
import { useSite } from './harness/site.ts'

// By plain http on this machine, below a path: the sandbox at its own address, and what browsers bind to an origin.
const port = await freePort()
const here = `http://localhost:${port}/auth`
const site = useSite({ port, environment: { TRIVET_PUBLIC_URL: here } })

test('the start says where it is, and the first page of the host leads there', async () => {
  expect(site.product.output()).toContain(`Trivet is ready at ${here} `)
  const { page } = await site.visitor()
  await page.goto(site.product.url)
  expect(page.url()).toBe(`${here}/`)
  const names = (await page.context().cookies()).map(({ name, path }) => `${name} ${path}`)
  expect(names).toEqual([`trivet-${port}-visit /`])
})

test.each([true, false])(
  'sign in with Google, JavaScript %s: consent, callback, new account, and on to where it was',
  async (javaScriptEnabled) => {
    const { page } = await site.visitor({ javaScriptEnabled })
    await page.goto(`${here}/login?return_to=/account/profile`)
    await page.locator('#login-google').click()
    await page.waitForURL(`${site.sandbox.url}/google/**`)
    await agree(page, javaScriptEnabled ? 'ana' : 'bob')
    await page.locator('#username').fill(`google-${javaScriptEnabled}`)
    await page.locator('#identity-create').click()
    await page.waitForURL(`${here}/account/profile`)
  },
)

test('a passkey is bound to the host, not to the path: added, and signed in with', async () => {
  const { page, context } = await site.visitor()
  const cdp = await context.newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  await page.goto(`${here}/register`)
  await page.locator('#username').fill('pat')
  await page.locator('#password').fill(PASSWORD)
  await page.locator('#register-submit').click()
  await page.waitForURL(`${here}/account`)
  await page.goto(`${here}/account/factors`)
  await page.locator('#passkey-name').fill('This computer')
  await page.locator('#passkey-add').click()
  await page.locator('li[id^="passkey-"]').waitFor()
  await page.goto(`${here}/account`)
  await page.locator('#logout').click()
  await page.waitForURL(`${here}/login**`)
  // Offered to the field, or by the button: this authenticator answers either at once.
  await page
    .locator('#passkey-sign-in')
    .click({ timeout: 3000 })
    .catch(() => undefined)
  await page.waitForURL(`${here}/account`)
})
