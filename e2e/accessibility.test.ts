import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { useApp } from './harness/app.ts'
import { askForAvatar } from './harness/avatars.ts'
import { axeFindings } from './harness/browser.ts'
import { askForCat } from './harness/cats.ts'
import { PASSWORD, registerPerson, signIn } from './harness/person.ts'
import { agree } from './harness/runs.ts'
import { useSite } from './harness/site.ts'

// Besides what is asked here, `useSite` fails a test on any console error (CSP violations are some), script error, or
// request from a page to another origin than its own.
const site = useSite()
const app = useApp()

/** axe finds nothing, one `h1`, and nothing sticks out sideways on a small telephone or a large screen. */
async function expectFit(page: Page, what: string) {
  // With its style sheet and pictures.
  await page.waitForLoadState()
  if (await page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches)) {
    // Only the colours differ.
    expect({ what, findings: await axeFindings(page, ['color-contrast']) }).toEqual({ what, findings: [] })
    return
  }
  for (const width of [360, 1280]) {
    await page.setViewportSize({ width, height: 740 })
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    expect({ what, width, over }).toEqual({ what, width, over: 0 })
  }
  expect({ what, findings: await axeFindings(page) }).toEqual({ what, findings: [] })
  expect({ what, h1: await page.locator('h1').count() }).toEqual({ what, h1: 1 })
}

async function expectFitAt(page: Page, path: string) {
  await page.goto(`${site.product.url}${path}`)
  await expectFit(page, path)
}

describe('every page, for everybody', () => {
  test.each(['light', 'dark'] as const)('pages of a new visitor, %s', async (colorScheme) => {
    const { page } = await site.visitor({ colorScheme, thumbnails: colorScheme === 'light' })
    for (const path of [
      '/',
      '/cats',
      '/avatars',
      '/runs',
      '/connections',
      '/connect/google',
      '/setup/google',
      '/connect/discord',
      '/setup/discord',
      '/privacy',
      '/problems',
      '/problems/not_found',
      '/nothing-here',
      '/connect/facebook',
      '/connect/google/callback',
    ]) {
      await expectFitAt(page, path)
    }
  })

  test.each(['light', 'dark'] as const)('the form with errors and with a notice, %s', async (colorScheme) => {
    const { page } = await site.visitor({ colorScheme })
    await page.goto(`${site.product.url}/cats`)
    await page.locator('#submit').click()
    await page.locator('#errors').waitFor()
    await expectFit(page, 'form with errors')
    await page.locator('#errors a').click()
    expect(await page.evaluate(() => location.hash)).toBe('#cat_breed')

    await page.locator('#cat_breed-beng').check()
    await page.locator('#submit').click()
    await page.locator('#persona-ana').waitFor()
    await expectFit(page, 'sandbox: login')
    await page.locator('#persona-ana').click()
    await page.locator('#consent-allow').waitFor()
    await expectFit(page, 'sandbox: consent')
    await page.locator('#consent-cancel').click()
    await page.locator('#connect-notice').waitFor()
    await expectFit(page, 'form with a notice')
    await expectFitAt(page, '/runs')
    await page.locator('#runs a').click()
    await page.locator('#pause').waitFor()
    await expectFit(page, 'run paused')
  })

  test.each(['light', 'dark'] as const)(
    'an avatar: form with errors, sandbox, result, its steps, %s',
    async (colorScheme) => {
      const { page } = await site.visitor({ colorScheme })
      await askForAvatar(page, site.product.url, { background_color: 'red' })
      await page.locator('#errors').waitFor()
      await expectFit(page, 'avatar form with errors')
      await askForAvatar(page, site.product.url, { style: 'micah', background_color: 'b6e3f4' })
      await page.locator('#persona-zoe').waitFor()
      await expectFit(page, 'sandbox: login at Discord')
      await page.locator('#persona-zoe').click()
      await page.locator('#consent-allow').waitFor()
      await expectFit(page, 'sandbox: consent at Discord')
      await page.locator('#consent-allow').click()
      await page.waitForURL('**/avatars/show_avatar?run=*')
      await expectFit(page, 'avatar')
      await page.locator('#steps-link').click()
      await expectFit(page, 'steps of an avatar')
    },
  )

  test.each(['light', 'dark'] as const)('sign in, account and its pages, %s', async (colorScheme) => {
    const { page } = await site.visitor({ colorScheme })
    const username = `ana-${colorScheme}`
    await expectFitAt(page, '/register')
    await page.locator('#username').fill('!')
    await page.locator('#password').fill('short')
    await page.locator('#email').fill('ana@example')
    await page.locator('#register-submit').click()
    await page.locator('#errors').waitFor()
    await expectFit(page, 'register with errors')
    await page.locator('#errors a').first().click()
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('username')
    await page.locator('#username').fill(username)
    await page.locator('#password').fill(PASSWORD)
    await page.locator('#email').fill('ana@example.com')
    await page.locator('#register-submit').click()
    await page.waitForURL('**/account')
    for (const path of [
      '/account',
      '/account/profile',
      '/account/password',
      '/account/apps',
      '/account/delete',
      '/login',
      '/logout',
      '/end_session',
      '/authorize?client_id=c_nobody',
    ]) {
      await expectFitAt(page, path)
    }
    for (const [path, field, button] of [
      ['/account/password', '#current-password', '#password-save'],
      ['/account/delete', '#password', '#delete-confirm'],
    ] as const) {
      await page.goto(`${site.product.url}${path}`)
      await page.locator(field).fill('not the password')
      const next = page.locator('#next-password')
      if (await next.count()) await next.fill('another long password')
      await page.locator(button).click()
      await page.locator('#errors').waitFor()
      await expectFit(page, `${path} with errors`)
    }
    await page.goto(`${site.product.url}/end_session`)
    await page.locator('#logout-confirm').click()
    await page.locator('#logged-out').waitFor()
    await expectFit(page, 'signed out')
    await page.goto(`${site.product.url}/login`)
    await page.locator('#username').fill(username)
    await page.locator('#password').fill('not the password')
    await page.locator('#login-submit').click()
    await page.locator('#errors').waitFor()
    await expectFit(page, 'login with errors')
  })

  test.each(['light', 'dark'] as const)('consent, and an app with access, %s', async (colorScheme) => {
    const username = `bea-${colorScheme}`
    const loginToken = await registerPerson(site.client(), username)
    const registered = await site
      .client()
      .postJson(
        '/client',
        { client_name: 'An app with a rather long name', redirect_uris: [app.callback] },
        { authorization: `Bearer ${loginToken}` },
      )
    expect(registered.status, registered.text).toBe(201)
    const { client_id } = JSON.parse(registered.text)
    const authorize = new URLSearchParams({
      ...{ client_id, response_type: 'code', redirect_uri: app.callback, scope: 'openid profile email offline_access' },
      // RFC 7636, appendix B.
      ...{ code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256' },
    })
    const { page } = await site.visitor({ colorScheme, apps: [app.origin] })
    await page.goto(`${site.product.url}/authorize?${authorize}`)
    await expectFit(page, 'login for an app')
    await signIn(page, username)
    await page.locator('#consent-allow').waitFor()
    await expectFit(page, 'consent')
    await page.locator('#consent-allow').click()
    await page.waitForURL(`${app.callback}*`)
    await page.goto(`${site.product.url}/account/apps`)
    await page.locator('#apps').waitFor()
    await expectFit(page, 'apps with access')
  })

  test('a run that works, fails and succeeds; what is filled then', async () => {
    const { page } = await site.visitor()
    await site.sandbox.fault({ provider: 'google', on: 'drive.upload', kind: 'slow', seconds: 4 })
    await site.sandbox.fault({ provider: 'google', kind: 'drive_full' })
    await askForCat(page, site.product.url, 'beng')
    await agree(page, 'ana')
    await page.locator('[data-step="Save it to your Drive"][data-status="running"]').waitFor()
    await expectFit(page, 'run running')
    await page.locator('#failure').waitFor()
    await expectFit(page, 'run failed')
    await site.sandbox.clearFaults()
    await page.locator('#retry').click()
    await page.locator('#result').waitFor()
    await expectFit(page, 'run succeeded')

    for (const path of ['/', '/cats', '/runs', '/connections']) await expectFitAt(page, path)
    await page.goto(`${site.sandbox.url}/google/drive?account=ana@example.com`)
    await expectFit(page, 'sandbox: Drive')
    await page.locator('main h2 a').click()
    await expectFit(page, 'sandbox: file')
    await page.goto(site.sandbox.url)
    await expectFit(page, 'sandbox: home')
  })

  test('a run that was cancelled; a sign-in that went wrong; a sign-in of another browser', async () => {
    await site.sandbox.fault({ provider: 'thecatapi', on: 'images.search', kind: 'slow', seconds: 6 })
    await site.sandbox.fault({ provider: 'google', on: 'token.exchange', kind: 'status', status: 503 })
    const { page, context } = await site.visitor()
    await askForCat(page, site.product.url, 'beng')
    await agree(page, 'ana')
    await page.locator('#try-again').waitFor()
    await expectFit(page, 'sign-in that went wrong')
    const callback = context.waitForEvent('request', (request) => request.url().includes('/google/callback?'))
    await page.locator('#try-again').click()
    await page.locator('#consent-allow').click()
    await page.locator('#cancel').click()
    await page.locator('#cancelled').waitFor()
    await expectFit(page, 'run cancelled')

    const stranger = await site.visitor()
    await stranger.page.goto((await callback).url())
    await expectFit(stranger.page, 'sign-in of another browser')
  })

  test('the whole way by keyboard alone', async () => {
    const { page } = await site.visitor()
    await page.goto(`${site.product.url}/cats`)
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the content')
    await page.keyboard.press('Enter')
    // Past the search field into the choices: one stop for the whole group, arrows move within it.
    await page.getByRole('searchbox').focus()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Space')
    await page.keyboard.press('ArrowRight')
    expect(await page.locator('input[name="cat_breed"]:checked').getAttribute('value')).toBe('aege')
    await page.keyboard.press('Enter')
    await page.locator('#persona-ana').focus()
    await page.keyboard.press('Enter')
    await page.locator('#consent-allow').focus()
    await page.keyboard.press('Enter')
    await page.locator('#result').waitFor()
    expect(await page.locator('h1').innerText()).toBe('An Aegean is in your Drive')
  })
})
