/** Gives a file out in pieces, in order; going back to an earlier byte reads it again from its beginning. */
export type Chunks = {
  /** Exactly the bytes from `start` on, `length` of them or what is left. */
  read(start: number, length: number): Promise<Uint8Array>
  close(): Promise<void>
}

export function createChunks(open: () => AsyncIterable<Uint8Array>): Chunks {
  let source: AsyncIterator<Uint8Array> | undefined
  let position = 0
  let rest: Uint8Array = new Uint8Array()
  const rewind = async () => {
    await source?.return?.()
    source = open()[Symbol.asyncIterator]()
    position = 0
    rest = new Uint8Array()
  }
  const take = async (most: number): Promise<Uint8Array | undefined> => {
    while (rest.byteLength === 0) {
      const next = await source?.next()
      if (!next || next.done) return undefined
      rest = next.value
    }
    const taken = rest.subarray(0, most)
    rest = rest.subarray(taken.byteLength)
    position += taken.byteLength
    return taken
  }
  return {
    async read(start, length) {
      if (source === undefined || start < position) await rewind()
      while (position < start && (await take(start - position))) {}
      const parts: Uint8Array[] = []
      for (let missing = length; missing > 0; ) {
        const part = await take(missing)
        if (part === undefined) break
        parts.push(part)
        missing -= part.byteLength
      }
      return Buffer.concat(parts)
    },
    async close() {
      await source?.return?.()
      source = undefined
    },
  }
}
