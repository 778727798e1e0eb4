import type { Browser, BrowserContext, BrowserContextOptions, ConsoleMessage, Page } from 'playwright-core'
import type { Product } from './product.ts'

/** A person at a browser of their own, and what that browser complained about. */
export type Visitor = {
  readonly context: BrowserContext
  readonly page: Page
  /** Console errors (CSP violations are some), script errors, answers 500, requests to anybody that is not known. */
  readonly complaints: string[]
  /** Every address of the sandbox that the browser was led to. */
  readonly atSandbox: string[]
}

export type VisitorOptions = BrowserContextOptions & {
  /** Breeds shown with their pictures, which the sandbox has to draw first: seconds, and in a cache then. */
  readonly thumbnails?: boolean
  /** Origins besides product and sandbox that pages may lead to, such as an app that people sign in to. */
  readonly apps?: readonly string[]
}

const PATIENCE_MS = 15_000

export async function visit(
  browser: Browser,
  product: Pick<Product, 'url' | 'sandboxUrl'>,
  { thumbnails = false, apps = [], ...options }: VisitorOptions = {},
): Promise<Visitor> {
  const context = await browser.newContext(options)
  if (!thumbnails) await context.route('**/cats/breeds/*.webp', (route) => route.fulfill({ status: 204 }))
  context.setDefaultTimeout(PATIENCE_MS)
  const complaints: string[] = []
  const atSandbox: string[] = []
  const refused = new Set<string>()
  const known = [product.url, product.sandboxUrl, ...apps]
  context.on('request', (request) => {
    const { origin, protocol } = new URL(request.url())
    if (protocol === 'data:') return
    const isPage = request.isNavigationRequest()
    if (isPage && origin === product.sandboxUrl) atSandbox.push(request.url())
    // Right after a navigation the frame may still have its old address; a request within one origin names its page.
    const from = isPage ? undefined : new URL(request.headers()['referer'] || request.frame().url()).origin
    if (isPage ? !known.includes(origin) : origin !== from)
      complaints.push(`a request to ${origin}${from === undefined ? '' : ` from a page of ${from}`}`)
  })
  context.on('response', (response) => {
    const isPage = response.request().isNavigationRequest()
    if (isPage && response.status() >= 400) refused.add(response.url())
    // A page that is answered 502 or 503 tells of others; 500 is always our own.
    if (response.status() === 500 || (response.status() > 500 && !isPage))
      complaints.push(`${response.status()} at ${response.url()}`)
  })
  context.on('weberror', (error) => complaints.push(`script error: ${error.error().message}`))
  context.on('console', (message) => {
    if (message.type() === 'error' && !isOfRefusedPage(message, refused)) complaints.push(`console: ${message.text()}`)
  })
  return { context, page: await context.newPage(), complaints, atSandbox }
}

/** Chromium notes every page that is answered 4xx as an error; that is not one of the page. */
function isOfRefusedPage(message: ConsoleMessage, refused: ReadonlySet<string>): boolean {
  return message.text().startsWith('Failed to load resource') && refused.has(message.location().url)
}
