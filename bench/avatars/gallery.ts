import { openBrowser } from '../browser.ts'
import type { Started } from '../product.ts'

/** What a page brought with it; bytes as they came over the wire, without heads. */
export type Visit = { readonly seconds: number; readonly pictures: number; readonly bytes: number }

/** The form page with all it shows, the pictures further down as well, which browsers leave until somebody scrolls. */
export async function visitForm({ url }: Started, styles: readonly string[]): Promise<Visit> {
  const browser = openBrowser(url)
  const began = performance.now()
  const page = await browser.get('/avatars')
  const found = page.body.toString().matchAll(/\s(?:src|href)="(\/assets\/[^"]+|\/avatars\/[^"?]+\.svg[^"]*)"/g)
  const paths = [...new Set([...found].map(([, path = '']) => path.replaceAll('&amp;', '&')))]
  const pictures = paths.filter((path) => path.startsWith('/avatars/')).length
  if (pictures < styles.length) throw new Error(`only ${pictures} pictures on the page`)
  const answers = await Promise.all(paths.map((path) => browser.get(path)))
  const seconds = (performance.now() - began) / 1000
  browser.close()
  return {
    seconds,
    pictures,
    bytes: [page, ...answers].reduce((sum, { body }) => sum + body.byteLength, 0),
  }
}
