import { describe, expect, test } from 'vitest'
import { askForCat } from './harness/cats.ts'
import { agree, runIdOf } from './harness/runs.ts'
import { useSite } from './harness/site.ts'

const site = useSite()

describe('a cat for the Drive', () => {
  test('breed, login, consent, steps: the picture is in the Drive, byte for byte, and shown', async () => {
    const { page, context } = await site.visitor({ thumbnails: true })
    await page.goto(`${site.product.url}/`)
    await page.locator('#card-cats').click()
    const thumbnail = page.locator('[data-choice="beng"] img')
    await page.locator('#cat_breed-beng').check()
    await expect
      .poll(() => thumbnail.evaluate((element) => (element as HTMLImageElement).naturalWidth), { timeout: 10_000 })
      .toBe(320)
    await page.locator('#submit').click()
    await page.waitForURL(`${site.sandbox.url}/google/**`)
    await agree(page, 'ana')

    await page.locator('#result').waitFor()
    expect(await page.locator('h1').innerText()).toBe('A Bengal is in your Drive')
    const [file, ...more] = await site.sandbox.files()
    expect(more).toEqual([])
    if (!file) throw new Error('nothing is in the Drive')
    expect(file).toMatchObject({ account: 'ana@example.com', mimeType: expect.stringMatching(/^image\/(jpeg|png)$/) })
    expect(file.name).toMatch(/^Bengal cat [\w-]+\.(jpg|png)$/)
    expect(file.description).toMatch(/^A Bengal cat, found at The Cat API and saved by Trivet\./)

    const image = page.locator('#result-image')
    const shown = await context.request.get(`${site.product.url}${await image.getAttribute('src')}`)
    expect((await shown.body()).equals(await site.sandbox.contentOf(file))).toBe(true)
    expect(await image.evaluate((element) => (element as HTMLImageElement).naturalWidth)).toBe(
      Number(await image.getAttribute('width')),
    )
  })

  test('the steps are all shown as done, with what was found', async () => {
    const { page } = await site.visitor()
    await askForCat(page, site.product.url, 'siam')
    await agree(page, 'bob')
    await page.locator('#result').waitFor()
    const steps = page.locator('#steps [data-step]')
    expect(await steps.evaluateAll((all) => all.map((step) => step.getAttribute('data-step')))).toEqual([
      'Find a cat',
      'Fetch the picture',
      'Reserve a file id',
      'Save it to your Drive',
    ])
    expect(await steps.evaluateAll((all) => all.map((step) => step.getAttribute('data-status')))).toEqual(
      Array(4).fill('done'),
    )
    expect(await steps.first().locator('[data-message]').innerText()).toMatch(/^Siamese, \d+ × \d+$/)
    expect(await steps.last().locator('[data-message]').innerText()).toBe('as bob@example.com')
  })

  test('the link of the result leads to the file in the Drive', async () => {
    const { page } = await site.visitor()
    await askForCat(page, site.product.url, 'beng')
    await agree(page, 'ana')
    await page.locator('#result-link-0').click()
    const [file] = await site.sandbox.files()
    await page.waitForURL(`${site.sandbox.url}/google/drive/files/${file?.id}`)
    expect(await page.locator('h1').innerText()).toBe(file?.name)
  })

  test('the second cat comes with no page of Google in between', async () => {
    const visitor = await site.visitor()
    const { page } = visitor
    await askForCat(page, site.product.url, 'beng')
    await agree(page, 'ana')
    await page.locator('#result').waitFor()
    const first = runIdOf(page)
    visitor.atSandbox.length = 0

    await page.locator('#again').click()
    expect(await page.locator('#consent-drive').innerText()).toMatch(/^As ana@example\.com at Google.*Nothing more/s)
    await page.locator('#cat_breed-siam').check()
    await page.locator('#submit').click()
    await page.locator('#result').waitFor()

    expect(runIdOf(page)).not.toBe(first)
    expect(visitor.atSandbox).toEqual([])
    expect((await site.sandbox.files()).map((file) => file.name.split(' ')[0])).toEqual(['Bengal', 'Siamese'])
    expect(await site.sandbox.requests('token.exchange')).toHaveLength(1)
  })

  test('the back button after success leads to the form, and another cat is another run', async () => {
    const { page } = await site.visitor()
    await askForCat(page, site.product.url, 'beng')
    await agree(page, 'ana')
    await page.locator('#result').waitFor()
    const first = runIdOf(page)

    await page.goBack()
    for (let steps = 0; steps < 4 && !page.url().endsWith('/cats'); steps += 1) await page.goBack()
    expect(page.url()).toBe(`${site.product.url}/cats`)
    await page.locator('#cat_breed-siam').check()
    await page.locator('#submit').click()
    await page.waitForURL(`${site.product.url}/runs/*`)
    await page.locator('#result').waitFor()
    expect(runIdOf(page)).not.toBe(first)
    expect(await page.locator('h1').innerText()).toBe('A Siamese is in your Drive')
    expect(await site.sandbox.files()).toHaveLength(2)
  })

  test('the picker finds breeds by name, and Enter takes the only one left', async () => {
    const { page } = await site.visitor()
    await page.goto(`${site.product.url}/cats`)
    const search = page.getByRole('searchbox', { name: 'Search breeds' })
    await search.fill('norw')
    expect(await page.locator('[data-choice]:visible').count()).toBe(1)
    await search.press('Enter')
    expect(await page.locator('#cat_breed-norw').isChecked()).toBe(true)
    expect(page.url()).toBe(`${site.product.url}/cats`)
    await search.fill('no such cat')
    expect(await page.locator('[data-choice]:visible').count()).toBe(0)
    expect(await page.getByRole('status').filter({ hasText: 'Nothing is called “no such cat”' }).count()).toBe(1)
  })

  test('two clicks on the button are one run and one file', async () => {
    const { page } = await site.visitor()
    await page.goto(`${site.product.url}/cats`)
    await page.locator('#cat_breed-beng').check()
    await page.locator('#submit').dblclick()
    await agree(page, 'ana')
    await page.locator('#result').waitFor()
    await page.goto(`${site.product.url}/runs`)
    expect(await page.locator('#runs tbody tr').count()).toBe(1)
    expect(await site.sandbox.files()).toHaveLength(1)
  })

  test('two tabs with a form each: two runs, two cats, whichever tab consents', async () => {
    const { page, context } = await site.visitor()
    const other = await context.newPage()
    await page.goto(`${site.product.url}/cats`)
    await other.goto(`${site.product.url}/cats`)
    await page.locator('#cat_breed-beng').check()
    await page.locator('#submit').click()
    await page.locator('#persona-ana').waitFor()
    await other.locator('#cat_breed-siam').check()
    await other.locator('#submit').click()
    await agree(other, 'ana')
    await other.locator('#result').waitFor()
    expect(await other.locator('h1').innerText()).toBe('A Siamese is in your Drive')
    // The first tab lies where it was; its run has gone on meanwhile.
    await page.locator('#persona-ana').click()
    if (await page.locator('#consent-allow').isVisible()) await page.locator('#consent-allow').click()
    await page.locator('#result').waitFor()
    expect(await page.locator('h1').innerText()).toBe('A Bengal is in your Drive')
    expect(await site.sandbox.files()).toHaveLength(2)
  })
})
