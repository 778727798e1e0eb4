import { Readable } from 'node:stream'

/** A JPEG's beginning: SOI, APP0 (JFIF), and a comment marker, so that the type is recognised. */
const HEADER = Buffer.from('ffd8ffe000104a46494600010100000100010000fffeffff', 'hex')
const BLOCK = Buffer.alloc(64 * 1024, 0x20)

/** A "picture" of the given number of bytes, made while it is read. */
export function streamHuge(bytes: number): Readable {
  function* blocks() {
    yield HEADER.subarray(0, bytes)
    for (let left = bytes - HEADER.length; left > 0; left -= BLOCK.length) yield BLOCK.subarray(0, left)
  }
  return Readable.from(blocks(), { objectMode: false })
}
