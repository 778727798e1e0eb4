import { randomUUID } from 'node:crypto'

/**
 * A UUIDv7 (RFC 9562 §5.7): 48 bits of Unix milliseconds, then randomness, so that ids made later sort later
 * and B-tree inserts stay at the right edge. The randomness, and the two bits before it that say which kind of UUID it
 * is, are those of a UUIDv4: Node keeps random bytes ready for these, which makes one twenty times cheaper.
 */
export function newId(now: number = Date.now()): string {
  const time = now.toString(16).padStart(12, '0')
  const random = randomUUID()
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(15)}`
}

/** Whether a text from outside has the form of an id. PostgreSQL refuses others for a `uuid` column with an error. */
export function isId(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text)
}
