// Makes docs/reference from the sources: `node scripts/docs.mjs`. With `--check` it only says which pages are out of date.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gatewayPage } from './docs/gateway-page.mjs'
import { configPage, problemsPage, routesPage } from './docs/pages.mjs'
import { readSubject } from './docs/subject.mjs'

const root = join(import.meta.dirname, '..')
const directory = join(root, 'docs/reference')

const { settings, errors, failureProblems, routes, gateway } = await readSubject(root)
const pages = {
  'config.md': configPage(settings),
  'problems.md': problemsPage(errors, failureProblems),
  'routes.md': routesPage(routes),
  'gateway.md': gatewayPage(gateway),
}

function current(name) {
  try {
    return readFileSync(join(directory, name), 'utf8')
  } catch {
    return undefined
  }
}

const stale = Object.keys(pages).filter((name) => current(name) !== pages[name])
if (process.argv.includes('--check')) {
  if (stale.length > 0) {
    console.error(
      `Out of date: ${stale.map((name) => `docs/reference/${name}`).join(', ')}. Run: node scripts/docs.mjs`,
    )
    process.exit(1)
  }
} else {
  mkdirSync(directory, { recursive: true })
  for (const name of stale) writeFileSync(join(directory, name), pages[name])
  console.log(stale.length === 0 ? 'All pages were up to date.' : `Written: ${stale.join(', ')}`)
}
