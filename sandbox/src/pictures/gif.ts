export type Frame = {
  /** Hundredths of a second. */
  delay: number
  /** Width × height × 4 bytes. */
  rgba: Uint8Array
}

/** A fixed palette of 6 × 7 × 6 levels; 252 of 256 colours. */
const LEVELS = { red: 6, green: 7, blue: 6 }

/** A 4 × 4 Bayer matrix, from -0.5 to 0.5: gradients become grain instead of bands. */
const DITHER = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5].map((value) => value / 16 - 15 / 32)

function makePalette(): Buffer {
  const palette = Buffer.alloc(256 * 3)
  const scale = (level: number, levels: number) => Math.round((level * 255) / (levels - 1))
  let at = 0
  for (let r = 0; r < LEVELS.red; r++) {
    for (let g = 0; g < LEVELS.green; g++) {
      for (let b = 0; b < LEVELS.blue; b++) {
        palette.set([scale(r, LEVELS.red), scale(g, LEVELS.green), scale(b, LEVELS.blue)], at)
        at += 3
      }
    }
  }
  return palette
}

function toIndexes(rgba: Uint8Array, width: number): Uint8Array {
  const level = (value: number, levels: number, grain: number) => {
    const exact = (value / 255) * (levels - 1)
    return Math.min(levels - 1, Math.max(0, Math.round(exact + grain * 0.7)))
  }
  const indexes = new Uint8Array(rgba.length / 4)
  for (let i = 0; i < indexes.length; i++) {
    const x = i % width
    const y = (i - x) / width
    const grain = DITHER[(y % 4) * 4 + (x % 4)] ?? 0
    const r = level(rgba[i * 4] ?? 0, LEVELS.red, grain)
    const g = level(rgba[i * 4 + 1] ?? 0, LEVELS.green, grain)
    const b = level(rgba[i * 4 + 2] ?? 0, LEVELS.blue, grain)
    indexes[i] = (r * LEVELS.green + g) * LEVELS.blue + b
  }
  return indexes
}

const CLEAR = 256
const END = 257

/** Variable-width LZW, codes of 9 to 12 bits, least significant bit first (GIF89a, appendix F). */
function compress(indexes: Uint8Array): Buffer {
  const bytes: number[] = []
  let bits = 0
  let held = 0
  let width = 9
  let next = END + 1
  let known = new Map<number, number>()

  function emit(code: number) {
    bits |= code << held
    held += width
    while (held >= 8) {
      bytes.push(bits & 255)
      bits >>>= 8
      held -= 8
    }
  }

  emit(CLEAR)
  let prefix = indexes[0] ?? 0
  for (let i = 1; i < indexes.length; i++) {
    const pixel = indexes[i] ?? 0
    const key = prefix * 256 + pixel
    const code = known.get(key)
    if (code !== undefined) {
      prefix = code
      continue
    }
    emit(prefix)
    prefix = pixel
    if (next === 4096) {
      emit(CLEAR)
      known = new Map()
      next = END + 1
      width = 9
      continue
    }
    if (next === 1 << width) width += 1
    known.set(key, next)
    next += 1
  }
  emit(prefix)
  emit(END)
  if (held > 0) bytes.push(bits & 255)
  return Buffer.from(bytes)
}

function* subBlocks(data: Buffer): Generator<Buffer> {
  for (let at = 0; at < data.length; at += 255) {
    const block = data.subarray(at, at + 255)
    yield Buffer.from([block.length])
    yield block
  }
  yield Buffer.from([0])
}

const word = (value: number) => [value & 255, value >> 8]

/** An endlessly repeating animation (GIF89a with the Netscape loop extension). */
export function encodeGif(width: number, height: number, frames: readonly Frame[]): Buffer {
  const parts: Buffer[] = [
    Buffer.from('GIF89a', 'latin1'),
    Buffer.from([...word(width), ...word(height), 0xf7, 0, 0]),
    makePalette(),
    Buffer.from([0x21, 0xff, 11, ...Buffer.from('NETSCAPE2.0'), 3, 1, 0, 0, 0]),
  ]
  for (const { delay, rgba } of frames) {
    parts.push(Buffer.from([0x21, 0xf9, 4, 4, ...word(delay), 0, 0]))
    parts.push(Buffer.from([0x2c, 0, 0, 0, 0, ...word(width), ...word(height), 0, 8]))
    parts.push(...subBlocks(compress(toIndexes(rgba, width))))
  }
  parts.push(Buffer.from([0x3b]))
  return Buffer.concat(parts)
}
