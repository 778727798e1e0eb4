import { describe, expect, test } from 'vitest'
import { askForCat } from './harness/cats.ts'
import { agree, runIdOf } from './harness/runs.ts'
import { useSite } from './harness/site.ts'

const site = useSite()
const OFF = { javaScriptEnabled: false }

describe('with JavaScript off', () => {
  test('a cat gets into the Drive, and the run page comes to the result by itself', async () => {
    // Long enough that the page of the working run is seen, and has to load itself anew.
    await site.sandbox.fault({ provider: 'google', on: 'drive.upload', kind: 'slow', seconds: 2 })
    const { page, context } = await site.visitor(OFF)
    await askForCat(page, site.product.url, 'beng')
    await agree(page, 'ana')
    await page.locator('#progress').waitFor()
    expect(await page.locator('#result').count()).toBe(0)

    await page.locator('#result').waitFor()
    expect(await page.locator('h1').innerText()).toBe('A Bengal is in your Drive')
    const [file, ...more] = await site.sandbox.files()
    expect(more).toEqual([])
    if (!file) throw new Error('nothing is in the Drive')
    const source = await page.locator('#result-image').getAttribute('src')
    const shown = await context.request.get(`${site.product.url}${source}`)
    expect((await shown.body()).equals(await site.sandbox.contentOf(file))).toBe(true)
  })

  test('the second cat comes with no page of Google in between', async () => {
    const visitor = await site.visitor(OFF)
    const { page } = visitor
    await askForCat(page, site.product.url, 'beng')
    await agree(page, 'ana')
    await page.locator('#result').waitFor()
    const first = runIdOf(page)
    visitor.atSandbox.length = 0
    await page.locator('#again').click()
    await page.locator('#cat_breed-siam').check()
    await page.locator('#submit').click()
    await page.locator('#result').waitFor()
    expect(runIdOf(page)).not.toBe(first)
    expect(visitor.atSandbox).toEqual([])
    expect(await site.sandbox.files()).toHaveLength(2)
  })

  test('a denial comes back to the filled form', async () => {
    const { page } = await site.visitor(OFF)
    await askForCat(page, site.product.url, 'siam')
    await page.locator('#persona-ana').click()
    await page.locator('#consent-cancel').click()
    expect(await page.locator('#connect-notice').innerText()).toContain('You did not give the permission')
    expect(await page.locator('#cat_breed-siam').isChecked()).toBe(true)
    expect(await site.sandbox.files()).toEqual([])
  })

  test('nothing chosen: the form comes back with the error on top and beside the field', async () => {
    const { page } = await site.visitor(OFF)
    await page.goto(`${site.product.url}/cats`)
    await page.locator('#submit').click()
    expect(await page.locator('#errors').innerText()).toContain('Choose a breed.')
    expect(await page.locator('#cat_breed-error').innerText()).toBe('Choose a breed.')
    expect(await page.locator('#cat_breed').getAttribute('aria-describedby')).toContain('cat_breed-error')
  })

  test('a cancelled run says so, and nothing is saved', async () => {
    await site.sandbox.fault({ provider: 'thecatapi', on: 'images.search', kind: 'slow', seconds: 6 })
    const { page } = await site.visitor(OFF)
    await askForCat(page, site.product.url, 'siam')
    await agree(page, 'ana')
    await page.locator('#cancel').click()
    await page.locator('#cancelled').waitFor()
    expect(await site.sandbox.files()).toEqual([])
  })
})
