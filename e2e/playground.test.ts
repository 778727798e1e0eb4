import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { axeFindings } from './harness/browser.ts'
import { PASSWORD, registerPerson, signIn } from './harness/person.ts'
import { useSite } from './harness/site.ts'

const site = useSite()

const statusOf = async (page: Page, step: string) =>
  Number(/^HTTP\/1\.1 (\d+)/.exec(await page.locator(`#step-${step}-answer`).innerText())?.[1])

/** Steps 1 to 3 as a person does them. */
async function upToClient(page: Page, username: string): Promise<void> {
  await page.goto(`${site.product.url}/playground`)
  for (const step of ['register', 'login']) {
    await page.locator(`#${step}-username`).fill(username)
    await page.locator(`#${step}-password`).fill(PASSWORD)
    await page.locator(`#${step}-send`).click()
    await page.locator(`#step-${step}-answer`).waitFor()
  }
  await page.locator('#client-send').click()
  expect(await statusOf(page, 'client')).toBe(201)
}

describe.each([true, false])('/playground, with JavaScript in the browser: %s', (javaScriptEnabled) => {
  test('from an account to the end of its tokens; axe is silent on the whole page', async () => {
    const username = javaScriptEnabled ? 'dev-js' : 'dev-plain'
    const { page, context } = await site.visitor({ javaScriptEnabled })
    await upToClient(page, username)
    await page.locator('#authorize-send').click()
    expect(await page.locator('#username').inputValue()).toBe(username)
    await signIn(page, username)
    await page.locator('#consent-allow').click()
    await page.locator('#code-came').waitFor()
    // The code is in no address that stays.
    expect(page.url()).toBe(`${site.product.url}/playground?step=callback#step-callback`)
    for (const step of ['token', 'jwks', 'userinfo', 'refresh', 'introspect']) {
      await page.locator(`#${step}-send`).click()
      await page.locator(`#step-${step}-answer`).waitFor()
      expect([step, await statusOf(page, step)]).toEqual([step, 200])
      if (step === 'jwks') expect(await page.locator('#decoded-id-checks').innerText()).not.toMatch(/\bno\b/)
      if (step === 'userinfo') expect(await page.locator('#step-userinfo-answer').innerText()).toContain(username)
    }
    if (javaScriptEnabled) {
      await page.evaluate(() => {
        for (const one of document.querySelectorAll('details')) one.open = true
      })
      for (const width of [360, 1280]) {
        await page.setViewportSize({ width, height: 740 })
        const over = await page.evaluate(() =>
          [...document.querySelectorAll('main *')]
            .filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
            .map((one) => `${one.tagName} ${one.id} ${one.textContent?.slice(0, 40)}`),
        )
        expect({ width, over }).toEqual({ width, over: [] })
      }
      expect(await axeFindings(page)).toEqual([])
      await context.grantPermissions(['clipboard-read', 'clipboard-write'])
      await page.locator('#step-userinfo-curl-copy').click()
      expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(
        /^curl -sS 'http:\/\/localhost:\d+\/userinfo'/,
      )
    }
    await page.locator('#revoke-send').click()
    expect(await statusOf(page, 'revoke')).toBe(200)
    await page.locator('#userinfo-send').click()
    expect(await statusOf(page, 'userinfo')).toBe(401)
    await page.locator('#remove-send').click()
    expect(await statusOf(page, 'remove')).toBe(204)
    await page.locator('#forget').click()
    await page.locator('[role=status]').first().waitFor()
    expect(await page.locator('#step-register-answer').count()).toBe(0)
  })
})

test('an empty page is fit for everybody, in light and dark', async () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    const { page } = await site.visitor({ colorScheme })
    await page.goto(`${site.product.url}/playground`)
    expect(await axeFindings(page)).toEqual([])
  }
})

test('Deny: the page says access_denied, and asks again when told', async () => {
  const { page } = await site.visitor()
  await upToClient(page, 'dev-denied')
  await page.locator('#authorize-send').click()
  await signIn(page, 'dev-denied')
  await page.locator('#consent-deny').click()
  expect(await page.locator('#authorize-refused').innerText()).toContain('access_denied')
  await page.locator('#authorize-send').click()
  await page.locator('#consent-allow').click()
  await page.locator('#code-came').waitFor()
})

test('a code that a page of somebody else leads here with is not taken (RFC 9700 §4.7)', async () => {
  await registerPerson(site.client(), 'planter')
  const { page } = await site.visitor()
  await upToClient(page, 'dev-planted')
  await page.goto(`${site.product.url}/playground/callback?code=tra_planted&state=x&iss=${site.product.url}`)
  expect(await page.locator('[role=status]').first().innerText()).toContain('not taken')
  expect(await page.content()).not.toContain('tra_planted')
})
