import { createHash } from 'node:crypto'
import { fileTooLarge } from '../errors.ts'

export type Measure = { size: number; sha256: string }

/**
 * Passes bytes on and tells their size and SHA-256 once they are through.
 *
 * @throws Failure `file_too_large` as soon as there are more than `maxBytes`.
 */
export async function* measured(
  source: AsyncIterable<Uint8Array> | Uint8Array,
  options: { maxBytes: number; done(measure: Measure): void },
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of source instanceof Uint8Array ? [source] : source) {
    size += chunk.byteLength
    if (size > options.maxBytes) throw fileTooLarge(options.maxBytes)
    hash.update(chunk)
    yield chunk
  }
  options.done({ size, sha256: hash.digest('hex') })
}
