import { timingSafeEqual } from 'node:crypto'
import type { Surroundings } from '../provider.ts'
import type { Keys } from './keys.ts'
import type { Records } from './records.ts'

/** What every part of Sandbox Google works with. */
export type Realm = Surroundings & { records: Records; keys: Keys }

export const issuerOf = ({ site }: Realm) => site.url('/google')

export function isSame(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}

/** A form or query with every value of every name: Google refuses repeated parameters, so they must be visible. */
export function parseForm(body: unknown): URLSearchParams {
  const form = new URLSearchParams()
  if (typeof body !== 'object' || body === null) return form
  for (const [name, value] of Object.entries(body)) {
    for (const one of Array.isArray(value) ? value : [value]) form.append(name, String(one))
  }
  return form
}
