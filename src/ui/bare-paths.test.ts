import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..')

/** An address in a page that no `page.href` went over: `href="/runs"`, `` src={`/pictures/${id}`} ``. */
const BARE_IN_PAGE = /\b(?:href|src|srcset|action|formaction|poster|data-[\w-]+)=(?:"\/|\{\s*[`'"]\/)/g
/** A path in code for browsers: it gets its addresses from the page, in `data-…`. */
const BARE_IN_ISLAND = /[`'"]\/\w/g
/** The base path twice: redirects get it in `#http`, the public URL ends with it. */
const TWICE = /redirect\(\s*[\w.]*\bhref\(|[uU]rl\}\$\{[\w.]*\bhref\(|[\w.]*\bhref\([\w.]*\bhref\(/g
/** An answer past the hooks, with a redirect in it. */
const PAST_HOOKS = /(?:setHeader\(\s*|writeHead\([^)]*)['"]?location\b/gi

function findings(pattern: RegExp, files: readonly string[]): string[] {
  return files.flatMap((file) => {
    const found = readFileSync(join(ROOT, file), 'utf8').match(pattern) ?? []
    return found.map((text) => `${file}: ${text}`)
  })
}

const files = (pattern: string) =>
  globSync(pattern, { cwd: ROOT }).filter((file) => !/\.(test|fixture)\.tsx?$|\bspecimen\.tsx$/.test(file))

describe('the base path of the public URL is before every address, once', () => {
  it('pages give theirs to page.href or page.asset', () => {
    const pages = files('**/*.tsx')
    expect(pages.length).toBeGreaterThan(40)
    expect(findings(BARE_IN_PAGE, pages)).toEqual([])
  })

  it('islands know none by themselves', () => {
    const islands = files('**/*.island.ts')
    expect(islands.length).toBeGreaterThan(3)
    expect(findings(BARE_IN_ISLAND, islands)).toEqual([])
  })

  it('style sheets have none', () => {
    expect(findings(/url\(\s*['"]?\//g, files('**/*.css'))).toEqual([])
  })

  it('nobody puts it there a second time, or answers past the hook that does', () => {
    const all = files('**/*.{ts,tsx}')
    expect(findings(TWICE, all)).toEqual([])
    expect(findings(PAST_HOOKS, all)).toEqual([])
  })

  it.each([
    [BARE_IN_PAGE, ['<a href="/runs">', '<img src={`/x/1`}', "<Form action={'/login'}", '<x data-events={ "/a"}']],
    [BARE_IN_ISLAND, ["fetch('/login/passkey')", 'new EventSource(`/api/runs`)']],
    [TWICE, ["reply.redirect(page.href('/x'))", `\${publicUrl}\${page.href(x)}`, "href(page.href('/x'))"]],
    [PAST_HOOKS, ["raw.setHeader('Location', x)", 'raw.writeHead(302, { location: x })']],
  ])('is found by %s', (pattern, mistakes) => {
    for (const mistake of mistakes) expect(mistake.match(pattern), mistake).not.toBeNull()
  })
})
