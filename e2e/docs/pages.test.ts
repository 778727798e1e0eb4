import { execFile } from 'node:child_process'
import { statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { anchorsOf, filesNamedIn, isThere, linksOf, PAGES, read, testsNamedIn } from './repository.ts'

const ROOT = join(import.meta.dirname, '../..')
const SPECIFICATIONS = [
  ...['6749', '6750', '7009', '7591', '7592', '7636', '7662', '8252', '8414', '8707', '9068', '9207', '9700'].map(
    (number) => `RFC ${number} `,
  ),
  ...['OpenID Connect Core', 'Discovery', 'RP-Initiated Logout', 'Form Post'],
]

describe('every page', () => {
  test('is there', () => {
    expect(PAGES).toEqual(
      expect.arrayContaining(['ARCHITECTURE.md', 'CONTRIBUTING.md', 'README.md', 'SECURITY.md', 'docs/seed-map.md']),
    )
  })

  test.each(PAGES)('%s links to pages and headings that exist', (page) => {
    const broken = linksOf(page).filter(
      ({ path, anchor }) => !isThere(path) || (anchor !== undefined && !anchorsOf(path).includes(anchor)),
    )
    expect(broken).toEqual([])
  })

  test.each(PAGES)('%s names files that exist', (page) => {
    const missing = filesNamedIn(read(page)).filter((path) => !isThere(path) && !isThere(join(dirname(page), path)))
    expect(missing).toEqual([])
  })

  test('is reached from docs/index.md', () => {
    const listed = new Set(linksOf('docs/index.md').map(({ path }) => path))
    expect(PAGES.filter((page) => page.startsWith('docs/') && page !== 'docs/index.md' && !listed.has(page))).toEqual(
      [],
    )
  })

  test('in docs/reference is what the sources say (node scripts/docs.mjs)', async () => {
    const run = promisify(execFile)
    await expect(run(process.execPath, ['scripts/docs.mjs', '--check'], { cwd: ROOT })).resolves.toMatchObject({
      stderr: '',
    })
  })
})

test.each([
  { page: 'docs/seed-map.md', atLeast: 90 },
  { page: 'docs/rfc-map.md', atLeast: 140 },
  { page: 'SECURITY.md', atLeast: 30 },
])('$page quotes tests that exist', ({ page, atLeast }) => {
  const named = testsNamedIn(read(page))
  expect(named.length).toBeGreaterThan(atLeast)
  const missing = named.filter(({ file, title }) => !isThere(file) || !read(file).includes(title))
  expect(missing).toEqual([])
})

describe('docs/seed-map.md', () => {
  const text = read('docs/seed-map.md')

  test.each([
    { heading: '000 Google Drive + The Cat API', statements: 28 },
    { heading: '001 Discord + DiceBear', statements: 34 },
    { heading: '003 tinyoauth', statements: 32 },
  ])('has for every statement of document $heading a test', (document) => {
    const { heading, statements } = document
    const section = text.split(`\n## ${heading}\n`)[1]?.split('\n## ', 1)[0] ?? ''
    const rows = [...section.matchAll(/^\| (\d+) \| (.*) \|$/gm)].map(([, number, rest = '']) => ({
      number: Number(number),
      cells: rest.split(' | '),
    }))
    expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: statements }, (_, index) => index + 1))
    for (const { number, cells } of rows) {
      expect(cells, `statement ${number}`).toHaveLength(3)
      expect(
        filesNamedIn(cells[2] ?? '').filter((file) => file.includes('.test.')),
        `statement ${number}`,
      ).not.toEqual([])
    }
  })
})

describe('docs/rfc-map.md', () => {
  const sections = read('docs/rfc-map.md').split('\n## ').slice(1)

  test('has a table for each specification', () => {
    expect(sections.map((section) => section.split('\n', 1)[0])).toEqual(
      expect.arrayContaining(SPECIFICATIONS.map((name) => expect.stringContaining(name))),
    )
  })

  test.each(sections)('names in every row a source and a test, or where they are: %.40s', (section) => {
    const rows = section.split('\n').filter((line) => /^\| (§|RFC)/.test(line))
    expect(rows).not.toEqual([])
    for (const row of rows) {
      const [, source = '', held = ''] = row.slice(2, -2).split(' | ')
      expect(filesNamedIn(source), row).not.toEqual([])
      const tests = filesNamedIn(held).filter((file) => file.includes('.test.'))
      if (!/^see \[[^\]]+\]\(#/.test(held)) expect(tests, row).not.toEqual([])
    }
  })
})

describe('SECURITY.md', () => {
  test('names for every rule tests that exist', () => {
    const table = read('SECURITY.md').split('## Rules and the tests that hold them')[1] ?? ''
    const rows = table
      .split('\n')
      .filter((line) => line.startsWith('| ') && !line.startsWith('| Rule') && !line.startsWith('| ---'))
    expect(rows.length).toBeGreaterThan(20)
    for (const row of rows) {
      const files = filesNamedIn(row)
      expect(files, row).not.toEqual([])
      expect(
        files.filter((file) => !/\.test\.tsx?$/.test(file) || !isThere(file)),
        row,
      ).toEqual([])
    }
  })
})

describe('README.md', () => {
  test('shows pictures that are there and below 150 kB', () => {
    const pictures = [...read('README.md').matchAll(/!\[[^\]]{20,}\]\(([^)]+)\)/g)]
    expect(pictures).toHaveLength(2)
    for (const [, picture = ''] of pictures) expect(statSync(join(ROOT, picture)).size, picture).toBeLessThan(150_000)
  })

  test('sets the real Google up in at most twelve actions', () => {
    const section = read('README.md').split('\n## The real Google\n')[1]?.split('\n## ', 1)[0] ?? ''
    const actions = section.match(/^\d+\. /gm) ?? []
    expect(actions.length).toBeGreaterThan(5)
    expect(actions.length).toBeLessThanOrEqual(12)
  })

  test('names scripts that package.json has', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    for (const page of ['README.md', 'CONTRIBUTING.md']) {
      const named = [...read(page).matchAll(/npm run ([\w-]+)/g)].map(([, name = '']) => name)
      expect(
        named.filter((name) => !(name in scripts)),
        page,
      ).toEqual([])
    }
  })
})

test('LICENSE is the MIT licence of the authors', () => {
  expect(read('LICENSE')).toMatch(/^MIT License\n\nCopyright \(c\) \d{4} The Trivet authors\n/)
})

test('nobody writes of machines, places or things of the making in the pages', () => {
  for (const page of PAGES)
    expect(read(page), page).not.toMatch(/\/work\/|\/root\/|\/tmp\/|\bshared\/(seeds|design|facts)/)
})
