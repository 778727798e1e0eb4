import { z } from 'zod'

const MOST_PER_PAGE = 200
const PER_PAGE = 50

/** `limit` of every list. */
export const limit = z.coerce
  .number()
  .int()
  .min(1)
  .max(MOST_PER_PAGE)
  .default(PER_PAGE)
  .meta({ description: 'How many at most.' })

export const text = z.string().max(200)

/** RFC 3339, UTC. */
export const time = z.iso.datetime()

export const next = z
  .string()
  .nullable()
  .meta({ description: 'Of the parameter that begins the next page; null on the last one.' })

/** One page of more than was asked for, and where the next one begins. */
export function pageOf<Row>(rows: readonly Row[], most: number, nameOf: (row: Row) => string) {
  const shown = rows.slice(0, most)
  const last = shown.at(-1)
  return { shown, next: rows.length > most && last !== undefined ? nameOf(last) : null }
}
