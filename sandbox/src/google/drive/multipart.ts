import { badRequest } from './refusal.ts'

export type Part = { headers: Map<string, string>; body: AsyncIterable<Buffer> }

const HEADER_LIMIT = 16 * 1024

/** The boundary of a multipart/related Content-Type (RFC 2387; quoting as RFC 2045). */
export function parseBoundary(contentType: string): string {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType) ?? []
  const boundary = quoted ?? plain
  if (boundary === undefined) throw badRequest('Missing multipart boundary')
  return boundary
}

function parseHeaders(block: string): Map<string, string> {
  const lines = block.split('\r\n').filter((line) => line.includes(':'))
  return new Map(
    lines.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()]
    }),
  )
}

/**
 * The parts of a multipart body, one after the other, without holding a part in memory: a part's body has to be read
 * to its end before the next part is asked for. A body that ends before the closing delimiter is refused.
 */
export async function* readParts(source: AsyncIterable<Buffer>, boundary: string): AsyncGenerator<Part> {
  const chunks = source[Symbol.asyncIterator]()
  // The first delimiter has no line break in front; pretending one makes all delimiters alike.
  let held = Buffer.from('\r\n')
  const delimiter = Buffer.from(`\r\n--${boundary}`)

  async function more() {
    const { value, done } = await chunks.next()
    if (done) throw badRequest('Malformed multipart body.')
    held = Buffer.concat([held, value])
  }

  /** Everything up to the delimiter; keeps back as many bytes as could be its beginning. */
  async function* untilDelimiter(): AsyncGenerator<Buffer> {
    for (;;) {
      const at = held.indexOf(delimiter)
      if (at >= 0) {
        if (at > 0) yield held.subarray(0, at)
        held = held.subarray(at + delimiter.length)
        return
      }
      const safe = held.length - delimiter.length + 1
      if (safe > 0) {
        yield held.subarray(0, safe)
        held = held.subarray(safe)
      }
      await more()
    }
  }

  async function until(mark: string): Promise<string> {
    for (;;) {
      const at = held.indexOf(mark)
      if (at >= 0) {
        const text = held.subarray(0, at).toString()
        held = held.subarray(at + mark.length)
        return text
      }
      if (held.length > HEADER_LIMIT) throw badRequest('Malformed multipart body.')
      await more()
    }
  }

  try {
    for await (const _preamble of untilDelimiter());
    for (;;) {
      while (held.length < 2) await more()
      if (held.subarray(0, 2).toString() === '--') break
      await until('\r\n')
      // A part may have no headers at all: then the blank line follows at once.
      held = Buffer.concat([Buffer.from('\r\n'), held])
      const headers = parseHeaders(await until('\r\n\r\n'))
      yield { headers, body: untilDelimiter() }
    }
    // The epilogue belongs to the request.
    for (let rest = await chunks.next(); !rest.done; rest = await chunks.next());
  } finally {
    await chunks.return?.()
  }
}
