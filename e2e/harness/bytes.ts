import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'

/** Many bytes that nobody has to keep: the same megabyte over and over, so that each one is known by its place. */
const PIECE = randomBytes(1024 * 1024)
/** Twice, so that whatever comes in one chunk can be compared in one go. */
const PATTERN = Buffer.concat([PIECE, PIECE])

/** Writes so many of them and ends, as fast as they are taken. */
export async function writeBytes(to: Writable, count: number): Promise<void> {
  for (let left = count; left > 0; left -= PIECE.length) {
    if (!to.write(left < PIECE.length ? PIECE.subarray(0, left) : PIECE)) await once(to, 'drain')
  }
  to.end()
}

/** Reads to the end. @returns how many came. @throws at the first that is not the one of its place */
export async function readBytes(from: Readable): Promise<number> {
  let count = 0
  for await (const chunk of from as AsyncIterable<Buffer>) {
    const at = count % PIECE.length
    if (chunk.compare(PATTERN, at, at + chunk.length) !== 0)
      throw new Error(`other bytes than were sent after ${count}`)
    count += chunk.length
  }
  return count
}
