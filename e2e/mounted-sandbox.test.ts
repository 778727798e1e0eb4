import { expect, test } from 'vitest'
import { agree } from './harness/cats.ts'
import { useSite } from './harness/site.ts'

const site = useSite({ environment: { TRIVET_SANDBOX_MOUNT: '/sandbox', TRIVET_HOME: 'cats' } })

test('on hosts with one port: the whole way goes through the product’s own', async () => {
  const visitor = await site.visitor()
  const { page } = visitor
  await page.goto(`${site.product.url}/`)
  expect(page.url()).toBe(`${site.product.url}/cats`)
  await page.locator('#cat_breed-beng').check()
  await page.locator('#submit').click()
  await page.waitForURL(`${site.product.url}/sandbox/google/**`)
  await agree(page, 'ana')
  await page.locator('#result').waitFor()
  await page.locator('#result-link-0').click()
  await page.waitForURL(`${site.product.url}/sandbox/google/drive/files/*`)
  const picture = page.locator('main img').first()
  await expect
    .poll(() => picture.evaluate((image) => (image as HTMLImageElement).naturalWidth), { timeout: 10_000 })
    .toBeGreaterThan(0)
  expect(await site.sandbox.files()).toHaveLength(1)
  expect(visitor.atSandbox).toEqual([])
})

test('what steers the sandbox is not passed on to visitors of the product', async () => {
  const client = site.client()
  for (const path of ['/sandbox/faults', '/sandbox/requests', '/sandbox/state', '/sandbox/google/../faults']) {
    expect([path, (await client.getJson(path)).status]).toEqual([path, 404])
    expect([path, (await client.postJson(path, {})).status]).toEqual([path, 404])
    expect([path, (await client.send(path, { method: 'DELETE' })).status]).toEqual([path, 404])
  }
})
