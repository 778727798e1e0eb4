import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, chromium, type Page } from 'playwright-core'

/** Debian's Chromium; a machine that has it elsewhere says where. */
const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

/** @param more further arguments of Chromium */
export async function launchBrowser(more: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...more,
    ],
  })
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe finds on the page as it is now: rule and place, one line each. All its rules, or the named ones. */
export async function axeFindings(page: Page, rules?: readonly string[]): Promise<string[]> {
  const options = rules === undefined ? {} : { runOnly: rules }
  // Past the page's CSP, which rightly lets no foreign script in.
  const found: unknown = await page.evaluate(
    `(() => { ${axeSource}; return axe.run(document, ${JSON.stringify(options)}).then((r) => r.violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.target.join(' ')).join(', '))) })()`,
  )
  return Array.isArray(found) ? found.map(String) : []
}
