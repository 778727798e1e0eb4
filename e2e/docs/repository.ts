import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')

/** Every page of the documentation that is written by hand or made, from the root of the repository. */
export const PAGES = globSync(['*.md', 'docs/**/*.md', 'sandbox/*.md'], { cwd: ROOT }).sort()

export function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

export function isThere(path: string): boolean {
  return existsSync(join(ROOT, path))
}

/** Code spans that look like files of ours: `src/x.ts`, `e2e/y.test.ts`, `scripts/z.mjs`. */
export function filesNamedIn(text: string): string[] {
  const spans = text.matchAll(/`((?:src|sandbox|e2e|bench|scripts|docs)\/[\w./-]+\.\w+)`/g)
  return [...new Set([...spans].map(([, path = '']) => path))]
}

/** `file` "title" pairs, the title being part of a test's title in that file; one file may have several: "a", "b". */
export function testsNamedIn(text: string): { file: string; title: string }[] {
  const named = text.matchAll(/`((?:src|sandbox|e2e)\/[\w./-]+\.test\.tsx?)` ("[^"]+"(?:, "[^"]+")*)/g)
  return [...named].flatMap(([, file = '', titles = '']) =>
    [...titles.matchAll(/"([^"]+)"/g)].map(([, title = '']) => ({ file, title })),
  )
}

/** Relative links of a page as paths from the root, with their anchors. */
export function linksOf(page: string): { path: string; anchor: string | undefined }[] {
  return [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) => {
    if (/^\w+:/.test(target)) return []
    const [path = '', anchor] = target.split('#')
    return [{ path: path === '' ? page : join(dirname(page), path), anchor }]
  })
}

/** Anchors of a page's headings, as GitHub makes them. */
export function anchorsOf(page: string): string[] {
  return [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}
