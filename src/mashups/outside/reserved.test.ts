import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { MASHUPS } from '#mashups'
import { isReserved } from './reserved.ts'

/** Made from the addresses that the running server has. */
const routes = readFileSync(join(import.meta.dirname, '../../../docs/reference/routes.md'), 'utf8')
const paths = [...routes.matchAll(/^\| [A-Z]+ \| `(\/[^`]*)` \|/gm)].map(([, path = '']) => path)
const segments = [...new Set(paths.map((path) => path.split('/')[1] ?? ''))].filter((segment) => segment !== '')

it('finds the addresses of the server', () => expect(segments.length).toBeGreaterThan(10))

it.each(segments)('/%s is the server’s own: no mash-up of anybody else may have its page there', (segment) => {
  expect(isReserved(`/${segment}`)).toBe(true)
})

it('pages of mash-ups that ship are', () => {
  expect(MASHUPS.filter(({ path }) => !isReserved(path))).toEqual([])
})

it.each(['/hello', '/run', '/my-cats', '/cat'])('%s is free', (path) => expect(isReserved(path)).toBe(false))
