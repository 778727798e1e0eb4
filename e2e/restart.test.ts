import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchBrowser } from './harness/browser.ts'
import { askForCat } from './harness/cats.ts'
import { temporaryFolder } from './harness/machine.ts'
import { freePort, startProduct } from './harness/product.ts'
import { agree, runIdOf } from './harness/runs.ts'
import { sandboxAt } from './harness/sandbox.ts'
import { visit } from './harness/visitor.ts'

let browser: Browser | undefined
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser?.close())

test('killed at the consent and again in the upload: what was chosen is kept, the open page gets to its end, one file', async () => {
  if (!browser) throw new Error('no browser')
  const place = { directory: await temporaryFolder(), port: await freePort(), sandboxPort: await freePort() }
  let product = await startProduct(place)
  const { page, complaints } = await visit(browser, product)
  await askForCat(page, product.url, 'siam')
  await page.locator('#persona-ana').waitFor()
  await product.kill()

  // The sandbox went with it and comes back with it: its open page is still good.
  product = await startProduct(place)
  const sandbox = sandboxAt(product.sandboxUrl)
  await sandbox.fault({ provider: 'google', on: 'drive.upload', kind: 'slow', seconds: 2 })
  await agree(page, 'ana')
  await page.locator('[data-step="Save it to your Drive"][data-status="running"]').waitFor()
  const id = runIdOf(page)
  await product.kill()

  product = await startProduct(place)
  await page.locator('#result').waitFor()
  expect(runIdOf(page)).toBe(id)
  expect(await page.locator('h1').innerText()).toBe('A Siamese is in your Drive')
  expect(await sandbox.files()).toHaveLength(1)
  expect(complaints.filter((text) => !/net::ERR_(CONNECTION|INCOMPLETE|EMPTY)/.test(text))).toEqual([])
  expect(await product.stop()).toBe(0)
})

test('stopped in the middle of a run: exit code 0 within seconds, and the next start ends the run', async () => {
  if (!browser) throw new Error('no browser')
  const place = { directory: await temporaryFolder(), port: await freePort(), sandboxPort: await freePort() }
  let product = await startProduct(place)
  const sandbox = sandboxAt(product.sandboxUrl)
  await sandbox.fault({ provider: 'thecatapi', on: 'images.search', kind: 'slow', seconds: 20 })
  const { page } = await visit(browser, product)
  await askForCat(page, product.url, 'beng')
  await agree(page, 'ana')
  await page.locator('[data-step="Find a cat"][data-status="running"]').waitFor()
  const began = performance.now()
  expect(await product.stop()).toBe(0)
  expect(performance.now() - began).toBeLessThan(10_000)

  product = await startProduct(place)
  await page.locator('#result').waitFor()
  expect(await sandbox.files()).toHaveLength(1)
  expect(await product.stop()).toBe(0)
})
