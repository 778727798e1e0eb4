import { createHmac } from 'node:crypto'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { axeFindings } from './harness/browser.ts'
import { shiftClock } from './harness/database.ts'
import { PASSWORD, registerPerson, signIn } from './harness/person.ts'
import { useSite } from './harness/site.ts'

const site = useSite()

/** A device with a fingerprint reader, as Chromium plays it (Chrome DevTools Protocol, WebAuthn). */
async function authenticator(page: Page, isUserVerified = true): Promise<Device> {
  const session = await page.context().newCDPSession(page)
  await session.send('WebAuthn.enable')
  const { authenticatorId: id } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified,
      automaticPresenceSimulation: true,
    },
  })
  return {
    keys: async () => (await session.send('WebAuthn.getCredentials', { authenticatorId: id })).credentials,
    touch: (enabled) => session.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId: id, enabled }),
  }
}

type Device = {
  keys(): Promise<readonly { readonly isResidentCredential: boolean; readonly rpId?: string }[]>
  /** Whether it is touched when it begins to ask, which it does by itself at the sign-in (conditional mediation). */
  touch(atOnce: boolean): Promise<unknown>
}

/** The button is pressed, and the device touched when it asks. */
async function usePasskey(page: Page, device: Device): Promise<void> {
  await page.locator('#passkey-sign-in').waitFor()
  await device.touch(true)
  await page.locator('#passkey-sign-in').click()
}

async function somebody(username: string, page: Page, path: string): Promise<void> {
  await registerPerson(site.client(), username)
  await page.goto(`${site.product.url}${path}`)
  await signIn(page, username)
}

/** RFC 6238. */
function codeOf(key: string, at = Date.now()): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...key.replaceAll(' ', '')].map((one) => alphabet.indexOf(one).toString(2).padStart(5, '0')).join('')
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)))
  const secret = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
  const mac = createHmac('sha1', secret).update(counter).digest()
  return String((mac.readUInt32BE((mac.at(-1) ?? 0) & 0xf) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

/** axe is a script itself. */
async function expectNoFindings(page: Page, hasScripts = true): Promise<void> {
  if (hasScripts) expect(await axeFindings(page)).toEqual([])
}

/** Turns codes on. @returns the key, and the recovery codes */
async function turnOn(page: Page, hasScripts = true): Promise<{ key: string; recoveryCodes: string[] }> {
  await page.locator('#totp-begin').click()
  const key = await page.locator('#totp-secret').inputValue()
  await expectNoFindings(page, hasScripts)
  await page.locator('#code').fill(codeOf(key))
  await page.locator('#totp-turn-on').click()
  await page.locator('#recovery-codes').waitFor()
  await expectNoFindings(page, hasScripts)
  const recoveryCodes = await page.locator('#recovery-codes code').allInnerTexts()
  expect(recoveryCodes).toHaveLength(8)
  await page.locator('#recovery-codes-kept').click()
  return { key, recoveryCodes }
}

describe('passkeys in Chromium', () => {
  test('added, then signing in without a name or a password, renamed, confirmed with, removed', async () => {
    const { page } = await site.visitor()
    const device = await authenticator(page)
    await somebody('passkey-ana', page, '/account/factors')
    await page.locator('#passkey-name').fill('My laptop')
    expect(await axeFindings(page)).toEqual([])
    await page.locator('#passkey-add').click()
    await page.getByText('The passkey has been added.').waitFor()
    expect(await device.keys()).toMatchObject([{ isResidentCredential: true, rpId: 'localhost' }])
    expect(await axeFindings(page)).toEqual([])

    // The same device is not added twice.
    await page.locator('#passkey-add').click()
    await page.getByText('This device has a passkey of yours already.').waitFor()

    await device.touch(false)
    await page.goto(`${site.product.url}/logout`)
    await page.locator('#logout-confirm').click()
    await page.waitForURL('**/login?*')
    await page.goto(`${site.product.url}/login?return_to=%2Faccount%2Ffactors`)
    await page.locator('#passkey-sign-in').waitFor()
    expect(await axeFindings(page)).toEqual([])
    await usePasskey(page, device)
    await page.waitForURL('**/account/factors')
    await page.getByText('My laptop').first().waitFor()

    await page.locator('details summary').click()
    await page.locator('details input[name=name]').fill('Old laptop')
    await page.locator('[id^=rename-]').click()
    await page.getByText('The passkey has another name now.').waitFor()

    await shiftClock(site.product, '6 minutes')
    try {
      await page.goto(`${site.product.url}/account/factors`)
      expect(new URL(page.url()).pathname).toBe('/account/confirm')
      expect(await axeFindings(page)).toEqual([])
      await usePasskey(page, device)
      await page.waitForURL('**/account/factors')
    } finally {
      await shiftClock(site.product, '0')
    }
    await page.locator('details summary').click()
    await page.locator('[id^=remove-]').click()
    await page.getByText('The passkey has been removed').waitFor()
    await page.locator('#no-passkeys').waitFor()
  })

  test('are offered in the list of the username field: chosen there, nothing else is pressed', async () => {
    const { page } = await site.visitor()
    await authenticator(page)
    await somebody('passkey-di', page, '/account/factors')
    await page.locator('#passkey-add').click()
    await page.getByText('The passkey has been added.').waitFor()
    await page.goto(`${site.product.url}/logout`)
    await page.locator('#logout-confirm').click()
    await page.waitForURL('**/account')
  })

  test('of a device that does not check the person is not taken', async () => {
    const { page } = await site.visitor()
    await authenticator(page, false)
    await somebody('passkey-bo', page, '/account/factors')
    await page.locator('#passkey-add').click()
    await page.locator('passkey-add [role=status]').getByText('Nothing was done').waitFor()
    await page.reload()
    await page.locator('#no-passkeys').waitFor()
  })

  test('that nobody knows here: the page says so, and the password still works', async () => {
    const { page } = await site.visitor()
    const device = await authenticator(page)
    await somebody('passkey-cy', page, '/account/factors')
    await page.locator('#passkey-add').click()
    await page.getByText('The passkey has been added.').waitFor()
    await page.locator('details summary').click()
    await page.locator('[id^=remove-]').click()
    await page.locator('#no-passkeys').waitFor()
    expect(await device.keys()).toHaveLength(1)
    await device.touch(false)
    await page.goto(`${site.product.url}/logout`)
    await page.locator('#logout-confirm').click()
    await usePasskey(page, device)
    await page.getByText('This passkey does not sign you in here.').waitFor()
    expect(await axeFindings(page)).toEqual([])
    await signIn(page, 'passkey-cy')
    expect(new URL(page.url()).pathname).toBe('/account')
  })
})

describe('codes of an app', () => {
  test.each([true, false])('are set up and asked for (JavaScript: %s)', async (javaScriptEnabled) => {
    const username = javaScriptEnabled ? 'codes-ana' : 'codes-bo'
    const { page } = await site.visitor({ javaScriptEnabled })
    const { page: other, context } = await site.visitor({ javaScriptEnabled })
    await somebody(username, page, '/account/factors')
    if (!javaScriptEnabled) {
      expect(await page.locator('#passkey-add').isVisible()).toBe(false)
      await page.getByText('a browser needs JavaScript').waitFor()
    }
    const { key, recoveryCodes } = await turnOn(page, javaScriptEnabled)

    await other.goto(`${site.product.url}/login`)
    expect(await other.locator('#passkey-sign-in').isVisible()).toBe(javaScriptEnabled)
    await signIn(other, username)
    expect(new URL(other.url()).pathname).toBe('/login/code')
    await expectNoFindings(other, javaScriptEnabled)
    const stranger = await context.newPage()
    await stranger.goto(`${site.product.url}/account`)
    expect(new URL(stranger.url()).pathname).toBe('/login')
    await other.locator('#code').fill('000000')
    await other.locator('#code-submit').click()
    await other.locator('#code-error').waitFor()
    await expectNoFindings(other, javaScriptEnabled)
    // The step of the set-up is used; the next one counts already.
    await other.locator('#code').fill(codeOf(key, Date.now() + 30_000))
    await other.locator('#code-submit').click()
    await other.waitForURL('**/account')

    await other.goto(`${site.product.url}/logout`)
    await other.locator('#logout-confirm').click()
    await signIn(other, username)
    await other.locator('#code').fill(recoveryCodes[0] ?? '')
    await other.locator('#code-submit').click()
    await other.waitForURL('**/account')
    await other.locator('#account-factors').click()
    expect(await other.locator('#recovery-codes-left').innerText()).toBe('7')
    await other.locator('#totp-off').click()
    await other.getByText('No more codes are asked for').waitFor()
  })

  test('stand for nothing with the JSON call, until both factors are there', async () => {
    const { page } = await site.visitor()
    await somebody('codes-cy', page, '/account/factors')
    const { key } = await turnOn(page)
    const client = site.client()
    const login = async (more: object) =>
      JSON.parse((await client.postJson('/login', { username: 'codes-cy', password: PASSWORD, ...more })).text)
    expect(await login({})).toEqual({ result: 'failed', token: null, error: 'otp_required' })
    const { result, token } = await login({ otp: codeOf(key, Date.now() + 30_000) })
    expect(result).toBe('succeeded')
    const claims = JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString())
    expect(claims.amr).toEqual(['pwd', 'otp', 'mfa'])
  })
})
