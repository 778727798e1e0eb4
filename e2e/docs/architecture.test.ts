import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { read } from './repository.ts'

type Rule = { readonly name: string; readonly comment?: string }

const configuration = pathToFileURL(join(import.meta.dirname, '../../.dependency-cruiser.mjs')).href
const cruiser = (await import(configuration)) as { default: { forbidden: readonly Rule[] } }
const rules = cruiser.default.forbidden
const text = read('ARCHITECTURE.md')
const foundation = words(/^\*\*Foundation\*\*: (.+)\.$/m.exec(text)?.[1] ?? '')

/** Code spans of a cell; "foundation" stands for its rooms. */
function words(cell: string): string[] {
  const spans = [...cell.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word)
  return /\bfoundation\b/.test(cell) ? [...foundation, ...spans] : spans
}

/** Rows of the table of rooms. */
const rooms = (text.split('\n| Room |')[1] ?? '')
  .split('\n\n')[0]
  ?.split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.slice(2, -1).split(' | '))
  .map(([room = '', , may = '', owns = '']) => ({
    room: words(room)[0] ?? '',
    may: words(may).sort(),
    owns: words(owns).sort(),
  }))

/** What the tool checks: the rule's name, and what its comment says after the colon or verb. */
function checked(prefix: string, after: RegExp): Map<string, string[]> {
  return new Map(
    rules
      .filter(({ name }) => name.startsWith(prefix))
      .map(({ name, comment = '' }) => [
        name.slice(prefix.length),
        (after.exec(comment)?.[1] ?? '')
          .split(', ')
          .filter((word) => word !== '' && word !== 'nothing')
          .sort(),
      ]),
  )
}

describe('the table of rooms in ARCHITECTURE.md is what .dependency-cruiser.mjs checks', () => {
  test('who may import whom', () => {
    const documented = rooms?.map(({ room, may }) => [room, may]) ?? []
    expect(documented.length).toBeGreaterThan(10)
    expect(new Map(documented as [string, string[]][])).toEqual(checked('room-', /may import only: (.*)$/))
  })

  test('which packages a room owns', () => {
    const owned = new Map<string, string[]>()
    for (const { room, owns } of rooms ?? []) {
      for (const name of owns) owned.set(name, [...(owned.get(name) ?? []), room].sort())
    }
    expect(owned).toEqual(checked('owned-', /belongs to (.*)$/))
  })
})
