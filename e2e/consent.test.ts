import { describe, expect, test } from 'vitest'
import { askForCat, startCat } from './harness/cats.ts'
import { shiftClock } from './harness/database.ts'
import { agree, readRun, runIdOf, runUntil } from './harness/runs.ts'
import { useSite } from './harness/site.ts'

const site = useSite()

describe('consent', () => {
  test('denied: back on the filled form with a notice, nothing in the Drive; then allowed: one run, one file', async () => {
    const { page, context } = await site.visitor()
    await askForCat(page, site.product.url, 'siam')
    await page.locator('#persona-ana').click()
    await page.locator('#consent-cancel').click()
    await page.locator('#connect-notice').waitFor()
    expect(new URL(page.url()).origin).toBe(site.product.url)
    expect(await page.locator('#cat_breed-siam').isChecked()).toBe(true)
    expect(await site.sandbox.files()).toEqual([])

    await page.locator('#submit').click()
    await page.locator('#consent-allow').click()
    await page.locator('#result').waitFor()
    expect(await page.locator('h1').innerText()).toBe('A Siamese is in your Drive')
    expect(await site.sandbox.files()).toHaveLength(1)
    const { runs } = await (await context.request.get(`${site.product.url}/api/runs`)).json()
    expect(runs.map((run: { status: string }) => run.status)).toEqual(['succeeded'])
  })

  test('denied, and another breed chosen: that one is saved, and only that one', async () => {
    const { page } = await site.visitor()
    await askForCat(page, site.product.url, 'siam')
    await page.locator('#persona-ana').click()
    await page.locator('#consent-cancel').click()
    await page.locator('#cat_breed-beng').check()
    await page.locator('#submit').click()
    await page.locator('#consent-allow').click()
    await page.locator('#result').waitFor()
    expect(await page.locator('h1').innerText()).toBe('A Bengal is in your Drive')
    expect((await site.sandbox.files()).map((file) => file.name.split(' ')[0])).toEqual(['Bengal'])
  })

  test('permission unticked: the run waits with one button, and goes on once it is given', async () => {
    const { page } = await site.visitor()
    await askForCat(page, site.product.url, 'beng')
    await page.locator('#persona-ana').click()
    await page.locator('[id="scope-drive.file"]').uncheck()
    await page.locator('#consent-allow').click()

    await page.locator('#pause').waitFor()
    const id = runIdOf(page)
    expect(await page.locator('#pause').innerText()).toContain('A permission is missing')
    expect(await page.locator('#pause button').count()).toBe(1)
    expect(await site.sandbox.files()).toEqual([])

    await page.locator('#reconnect').click()
    await page.locator('#consent-allow').click()
    await page.locator('#result').waitFor()
    expect(runIdOf(page)).toBe(id)
    expect(await site.sandbox.files()).toHaveLength(1)
  })

  test('too late: back on the filled form, which says so, and works', async () => {
    const { page } = await site.visitor()
    await askForCat(page, site.product.url, 'siam')
    await page.locator('#persona-ana').click()
    await page.locator('#consent-allow').waitFor()
    await shiftClock(site.product, '11 minutes')
    try {
      await page.locator('#consent-allow').click()
      await page.locator('#connect-notice').waitFor()
      expect(await page.locator('#connect-notice').innerText()).toMatch(/took too long.*ten minutes/s)
      expect(await page.locator('#cat_breed-siam').isChecked()).toBe(true)
      expect(await site.sandbox.requests('token.exchange')).toEqual([])

      await page.locator('#submit').click()
      await page.locator('#result, #consent-allow').first().waitFor()
      if (await page.locator('#consent-allow').isVisible()) await page.locator('#consent-allow').click()
      await page.locator('#result').waitFor()
      expect(await site.sandbox.files()).toHaveLength(1)
    } finally {
      await shiftClock(site.product, '0')
    }
  })

  test('tab closed at the consent: the run is listed as waiting, and goes on from its page', async () => {
    const { page, context } = await site.visitor()
    await askForCat(page, site.product.url, 'beng')
    await page.locator('#persona-ana').waitFor()
    await page.close()

    const later = await context.newPage()
    await later.goto(`${site.product.url}/runs`)
    expect(await later.locator('#runs tbody tr').count()).toBe(1)
    expect(await later.locator('#runs tbody tr').innerText()).toContain('paused')
    await later.locator('#runs a').click()
    expect(await later.locator('#pause').innerText()).toContain('An account is needed')
    await later.locator('#reconnect').click()
    await agree(later, 'ana')
    await later.locator('#result').waitFor()
    expect(await site.sandbox.files()).toHaveLength(1)
  })

  test('grant taken back while the run works: it waits, Reconnect brings the same run to its end', async () => {
    await site.sandbox.fault({ provider: 'thecatapi', on: 'images.search', kind: 'slow', seconds: 1.5 })
    const { page } = await site.visitor()
    await askForCat(page, site.product.url, 'beng')
    await agree(page, 'ana')
    await page.locator('[data-step="Find a cat"][data-status="running"]').waitFor()
    const id = runIdOf(page)
    await site.sandbox.atGoogle('revoke', 'ana@example.com')

    await page.locator('#pause').waitFor()
    expect(await page.locator('#reconnect').innerText()).toBe('Reconnect Google as ana@example.com')
    expect(await page.locator('[data-step="Fetch the picture"]').getAttribute('data-status')).toBe('done')
    const searches = (await site.sandbox.requests('images.search')).length
    await page.locator('#reconnect').click()
    await page.locator('#consent-allow').click()
    await page.locator('#result').waitFor()
    expect(runIdOf(page)).toBe(id)
    expect(await site.sandbox.files()).toHaveLength(1)
    expect(await site.sandbox.requests('images.search')).toHaveLength(searches)
  })

  test('grant taken back in the middle of the upload: it waits, Reconnect, one file', async () => {
    await site.sandbox.fault({ provider: 'google', on: 'drive.upload', kind: 'drop_before' })
    const { page } = await site.visitor()
    await askForCat(page, site.product.url, 'siam')
    await agree(page, 'ana')
    // The first upload broke off; before the second try the person takes the grant back.
    await page.locator('[data-step="Save it to your Drive"] [data-message]', { hasText: 'Trying again' }).waitFor()
    await site.sandbox.atGoogle('revoke', 'ana@example.com')
    await page.locator('#reconnect').click()
    await page.locator('#consent-allow').click()
    await page.locator('#result').waitFor()
    expect(await site.sandbox.files()).toHaveLength(1)
  })

  test('reconnecting with another account does not put the cat into that one', async () => {
    await site.sandbox.fault({ provider: 'thecatapi', on: 'images.search', kind: 'slow', seconds: 1.5 })
    const { page } = await site.visitor()
    await askForCat(page, site.product.url, 'beng')
    await agree(page, 'ana')
    await page.locator('[data-step="Find a cat"][data-status="running"]').waitFor()
    const id = runIdOf(page)
    await site.sandbox.atGoogle('revoke', 'ana@example.com')
    await page.locator('#reconnect').click()
    await page.locator('#consent-switch').click()
    await agree(page, 'bob')
    await page.locator('#notice').waitFor()
    expect(await page.locator('#notice').innerText()).toMatch(/another account.*bob@example\.com/s)
    expect(await site.sandbox.files()).toEqual([])
    await page.locator('#notice-continue').click()
    await page.locator('#pause').waitFor()
    expect(runIdOf(page)).toBe(id)
    await page.locator('#cancel').click()
    await page.locator('#cancelled').waitFor()
  })

  test('an access token that ran out is renewed once, and nobody notices', async () => {
    const { page } = await site.visitor()
    await askForCat(page, site.product.url, 'beng')
    await agree(page, 'ana')
    await page.locator('#result').waitFor()
    await site.sandbox.atGoogle('expire-tokens', 'ana@example.com')
    await page.locator('#again').click()
    await page.locator('#cat_breed-siam').check()
    await page.locator('#submit').click()
    await page.locator('#result').waitFor()
    expect(await site.sandbox.requests('token.refresh')).toHaveLength(1)
    expect(await site.sandbox.files()).toHaveLength(2)
  })

  test('no refresh token came: consent is asked for once more before it is called connected', async () => {
    await site.sandbox.fault({ provider: 'google', kind: 'omit_refresh_token' })
    const client = site.client()
    const id = await startCat(client, 'beng')
    const run = await runUntil(client, id, (one) => one.status === 'succeeded' || one.status === 'paused')
    expect(run.status).toBe('succeeded')
    const connections = JSON.parse((await client.getJson('/api/connections')).text)
    expect(connections).toMatchObject([{ account: { name: 'ana@example.com' }, status: 'active' }])
    expect((await readRun(client, id)).steps).toHaveLength(4)
  })
})
