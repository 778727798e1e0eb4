import { expect, test } from 'vitest'
import { encodeGif } from './gif.ts'

/** Reads the frames of a GIF without local palettes: colour indexes, by the text of GIF89a, appendix F. */
function decode(gif: Buffer): { delays: number[]; frames: number[][]; palette: Buffer } {
  const palette = gif.subarray(13, 13 + 768)
  const delays: number[] = []
  const frames: number[][] = []
  let at = 13 + 768
  const skipBlocks = () => {
    while (gif[at] !== 0) at += (gif[at] ?? 0) + 1
    at += 1
  }
  while (gif[at] !== 0x3b) {
    if (gif[at] === 0x21) {
      if (gif[at + 1] === 0xf9) delays.push(gif.readUInt16LE(at + 4))
      at += 2
      skipBlocks()
    } else {
      at += 11
      const blocks: Buffer[] = []
      while (gif[at] !== 0) {
        blocks.push(gif.subarray(at + 1, at + 1 + (gif[at] ?? 0)))
        at += (gif[at] ?? 0) + 1
      }
      at += 1
      frames.push(expand(Buffer.concat(blocks)))
    }
  }
  return { delays, frames, palette }
}

function expand(data: Buffer): number[] {
  const out: number[] = []
  let table: number[][] = []
  let width = 9
  let bit = 0
  let previous: number[] | undefined
  const reset = () => {
    table = Array.from({ length: 258 }, (_, i) => [i])
    width = 9
    previous = undefined
  }
  reset()
  for (;;) {
    let code = 0
    for (let i = 0; i < width; i++, bit++) code |= (((data[bit >> 3] ?? 0) >> (bit & 7)) & 1) << i
    if (code === 257) return out
    if (code === 256) {
      reset()
      continue
    }
    const entry: number[] = table[code] ?? [...(previous ?? []), previous?.[0] ?? 0]
    out.push(...entry)
    if (previous && table.length < 4096) table.push([...previous, entry[0] ?? 0])
    if (table.length === 1 << width && width < 12) width += 1
    previous = entry
  }
}

function picture(width: number, height: number, colour: (i: number) => [number, number, number]): Uint8Array {
  const rgba = new Uint8Array(width * height * 4)
  for (let i = 0; i < width * height; i++) rgba.set([...colour(i), 255], i * 4)
  return rgba
}

test('pure colours come back exactly, with the delays', () => {
  const red = picture(9, 7, () => [255, 0, 0])
  const white = picture(9, 7, () => [255, 255, 255])
  const { delays, frames, palette } = decode(
    encodeGif(9, 7, [
      { delay: 260, rgba: red },
      { delay: 16, rgba: white },
    ]),
  )
  expect(delays).toEqual([260, 16])
  const colours = frames.map((frame) => new Set(frame.map((i) => palette.subarray(i * 3, i * 3 + 3).toString('hex'))))
  expect(frames.map(({ length }) => length)).toEqual([63, 63])
  expect(colours).toEqual([new Set(['ff0000']), new Set(['ffffff'])])
})

test('a restless picture fills the code table many times and still has every pixel near its colour', () => {
  let seed = 1
  const noise = () => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
    return (seed >>> 16) & 255
  }
  const rgba = picture(200, 150, () => [noise(), noise(), noise()])
  const { frames, palette } = decode(encodeGif(200, 150, [{ delay: 1, rgba }]))
  const frame = frames[0] ?? []
  expect(frame).toHaveLength(200 * 150)
  const worst = frame.reduce((most, index, i) => {
    const off = [0, 1, 2].map((c) => Math.abs((palette[index * 3 + c] ?? 0) - (rgba[i * 4 + c] ?? 0)))
    return Math.max(most, ...off)
  }, 0)
  expect(worst).toBeLessThan(52)
})
