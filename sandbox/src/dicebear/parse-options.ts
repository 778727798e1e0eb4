import type { DrawableStyle, Field } from './styles.ts'

/** A value the HTTP API cannot read, or an option it keeps for itself. */
export class BadOption extends Error {}

/** Not for the public (facts 4.2). */
const REFUSED = new Set(['idRandomization', 'fontFamily', 'fontWeight', 'title'])

/** Lists are separated by commas; of a repeated name all values count. Empty values are none. */
function collect(query: string): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const [name, value] of new URLSearchParams(query)) {
    // A seed is one text, commas included.
    const values = name === 'seed' ? [value] : value.split(',').filter((one) => one !== '')
    found.set(name, [...(found.get(name) ?? []), ...values])
  }
  return found
}

function toNumber(name: string, value: string): number {
  const number = Number(value)
  if (value.trim() === '' || !Number.isFinite(number)) throw new BadOption(`querystring/${name} must be number`)
  return number
}

function toBoolean(name: string, value: string): boolean {
  if (value === 'true' || value === 'false') return value === 'true'
  throw new BadOption(`querystring/${name} must be boolean`)
}

/** `happy:3,wink` → `{ happy: 3, wink: 1 }`; without any weight a list. */
function toWeighted(name: string, values: readonly string[]): string[] | Record<string, number> {
  if (!values.some((value) => value.includes(':'))) return [...values]
  return Object.fromEntries(
    values.map((value) => {
      const [variant = '', weight = ''] = value.split(':', 2)
      return [variant, weight === '' ? 1 : toNumber(name, weight)]
    }),
  )
}

function one(name: string, values: readonly string[]): string {
  const [first = '', ...more] = values
  if (more.length > 0) throw new BadOption(`querystring/${name} must not be a list`)
  return first
}

function toOption(name: string, field: Field, values: readonly string[]): unknown {
  switch (field.type) {
    case 'number':
      return toNumber(name, one(name, values))
    case 'range': {
      const [least = 0, most] = values.map((value) => toNumber(name, value))
      return most === undefined ? least : values.map((value) => toNumber(name, value))
    }
    case 'boolean':
      return toBoolean(name, one(name, values))
    case 'enum':
      if (field.weighted) return toWeighted(name, values)
      return field.list ? [...values] : one(name, values)
    case 'color':
      return [...values]
    case 'string':
      return values.join(',')
  }
}

/** Reads a query for a style. What the style does not know is dropped without a word, as the real one does (facts 4.2). */
export function parseOptions({ options: known }: DrawableStyle, query: string): Record<string, unknown> {
  const options: Record<string, unknown> = { seed: '' }
  for (const [name, values] of collect(query)) {
    if (name.includes('[')) throw new BadOption('Lists are separated by commas, not by brackets')
    if (REFUSED.has(name)) throw new BadOption(`querystring/${name} is not available here`)
    const field = Object.hasOwn(known, name) ? known[name] : undefined
    if (field && values.length > 0) options[name] = toOption(name, field, values)
  }
  return options
}
