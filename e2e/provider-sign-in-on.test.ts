import { createHmac } from 'node:crypto'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { askForAvatar } from './harness/avatars.ts'
import { withDatabase } from './harness/database.ts'
import { agree } from './harness/runs.ts'
import { useSite } from './harness/site.ts'

const site = useSite()

const open = (page: Page, path: string) => page.goto(`${site.product.url}${path}`)
const forget = () => withDatabase(site.product, (database) => database.query('delete from trivet.login_identity'))

/** An authenticator app (RFC 6238). */
function codeOf(key: string, at: number): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...key.replaceAll(' ', '')].map((one) => alphabet.indexOf(one).toString(2).padStart(5, '0')).join('')
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)))
  const secret = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
  const mac = createHmac('sha1', secret).update(counter).digest()
  return String((mac.readUInt32BE((mac.at(-1) ?? 0) & 0xf) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

/** Somebody new, who signs in with Google. */
async function newcomer(page: Page, persona: 'ana' | 'bob', username: string): Promise<void> {
  await open(page, '/login')
  await page.locator('#login-google').click()
  await agree(page, persona)
  await page.locator('#username').fill(username)
  await page.locator('#identity-create').click()
  await page.waitForURL('**/account')
}

describe.each([true, false])('what follows on a sign-in with Google, with JavaScript: %s', (javaScriptEnabled) => {
  const name = (text: string) => `${text}-${javaScriptEnabled ? 'js' : 'plain'}`

  test('where codes are on: the page that asks for one, and nobody is signed in before it is right (security §10.9)', async () => {
    await forget()
    const { page } = await site.visitor({ javaScriptEnabled })
    await newcomer(page, 'bob', name('with-codes'))
    await open(page, '/account/factors')
    await page.locator('#totp-begin').click()
    const key = await page.locator('#totp-secret').inputValue()
    // The code of the step before: that of now is for the sign-in.
    await page.locator('#code').fill(codeOf(key, Date.now() - 30_000))
    await page.locator('#totp-turn-on').click()
    await page.locator('code').first().waitFor()

    await open(page, '/account')
    await page.locator('#logout').click()
    await open(page, '/login?return_to=/runs')
    await page.locator('#login-google').click()
    await page.waitForURL('**/login/code')
    await open(page, '/account')
    expect(new URL(page.url()).pathname).toBe('/login')
    await open(page, '/login/code')
    await page.locator('#code').fill('000000')
    await page.locator('#code-submit').click()
    expect(await page.locator('#errors').innerText()).toContain('wrong')
    await page.locator('#code').fill(codeOf(key, Date.now()))
    await page.locator('#code-submit').click()
    await page.waitForURL('**/runs')
    await open(page, '/account')
    expect(await page.locator('#account-username').innerText()).toContain(name('with-codes'))
  })

  test('of a guest who has things: the page that asks what comes along; then all of it is theirs (security §10.8)', async () => {
    await forget()
    const first = await site.visitor({ javaScriptEnabled })
    await newcomer(first.page, 'ana', name('was-guest'))

    const { page } = await site.visitor({ javaScriptEnabled })
    await askForAvatar(page, site.product.url, { style: 'lorelei', background_color: 'b6e3f4', mood: 'happy' })
    await agree(page, 'bob')
    await page.waitForURL(({ origin }) => origin === new URL(site.product.url).origin)
    await open(page, '/login?return_to=/runs')
    expect(await page.locator('#guest-things').innerText()).toContain('you are asked about it next')
    await page.locator('#login-google').click()
    // What was allowed before is not asked for again.
    await page.locator('#persona-ana').click()
    await page.waitForURL('**/account/merge?*')
    expect(await page.locator('#merge-connections').innerText()).toContain('Discord')
    expect(await page.locator('input[type=checkbox]:checked').count()).toBe(0)
    await page.locator('#merge-all').click()
    await page.waitForURL('**/runs')
    expect(await page.locator('a[href*="/runs/"]').count()).toBe(1)
  })
})
