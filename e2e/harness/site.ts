import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { launchBrowser } from './browser.ts'
import { type Client, createClient } from './client.ts'
import { type Product, type ProductOptions, startProduct } from './product.ts'
import { type Sandbox, sandboxAt } from './sandbox.ts'
import { type Visitor, type VisitorOptions, visit } from './visitor.ts'

/** One started product for the tests of a file, with a sandbox that has forgotten everything before each of them. */
export type Site = {
  readonly product: Product
  readonly sandbox: Sandbox
  /** Somebody new, in a browser profile of their own, closed after the test; of another product, when told. */
  visitor(options?: VisitorOptions, of?: Product): Promise<Visitor>
  /** Somebody new without a screen. */
  client(): Client
}

/** Begins and ends product (and browser, when a test asks for one) with the file; no page may complain in any test. */
export function useSite(options: ProductOptions = {}): Site {
  let product: Product | undefined
  let browser: Promise<Browser> | undefined
  let visitors: Visitor[] = []
  const running = () => {
    if (!product) throw new Error('The product runs within tests only')
    return product
  }
  const site: Site = {
    get product() {
      return running()
    },
    get sandbox() {
      return sandboxAt(running().sandboxUrl)
    },
    async visitor(visitorOptions, of = running()) {
      browser ??= launchBrowser()
      const visitor = await visit(await browser, of, visitorOptions)
      visitors.push(visitor)
      return visitor
    },
    client: () => createClient(running().url),
  }

  beforeAll(async () => {
    product = await startProduct(options)
  })
  beforeEach(() => site.sandbox.reset())
  afterEach(async () => {
    const complaints = visitors.flatMap((visitor) => visitor.complaints)
    await Promise.all(visitors.map((visitor) => visitor.context.close()))
    visitors = []
    expect(complaints).toEqual([])
  })
  afterAll(async () => {
    await (await browser)?.close()
    if (product) expect(await product.stop()).toBe(0)
  })
  return site
}
