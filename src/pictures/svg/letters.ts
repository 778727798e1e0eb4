import type { SvgElement } from './parse-svg.ts'
import { everyElement } from './work.ts'
import { escapeXml, fontFamily } from './write-svg.ts'

/** A sheet of letters, one per cell, that shows which of them the fonts of this machine have. */
const CELLS = 16
const CELL_PIXELS = 16
/** The sheet is a square of this many pixels. */
export const SHEET_PIXELS = CELLS * CELL_PIXELS
const BYTES_PER_PIXEL = 4

/** Plane 16 is for private use, its end is used by nobody: drawn as what stands for a letter that no font has. */
const IN_NO_FONT = '\u{10FFFD}'

/** The different letters that an SVG writes; none for one that only draws. */
export function lettersOf(root: SvgElement): string[] {
  const found = new Set<string>()
  const segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' })
  for (const { local, children } of everyElement(root)) {
    if (!['text', 'tspan'].includes(local)) continue
    for (const child of children) {
      if (typeof child !== 'string') continue
      for (const { segment } of segmenter.segment(child)) if (segment.trim() !== '') found.add(segment)
    }
  }
  return [...found].slice(0, CELLS * CELLS - 1)
}

/** The sheet for these letters, in the family that the SVG asks for first. */
export function letterSheet(letters: readonly string[], root: SvgElement, pixels: number): string {
  const asked = [...everyElement(root)]
    .flatMap(({ attributes }) => attributes)
    .find((one) => one.name === 'font-family')
  const texts = [IN_NO_FONT, ...letters].map((letter, index) => {
    const [x, y] = [index % CELLS, Math.floor(index / CELLS)]
    return `<text x="${x * 10 + 5}" y="${y * 10 + 7}">${escapeXml(letter)}</text>`
  })
  const family = escapeXml(fontFamily(asked?.value))
  const box = `viewBox="0 0 ${CELLS * 10} ${CELLS * 10}" width="${pixels}" height="${pixels}"`
  return `<svg xmlns="http://www.w3.org/2000/svg" ${box} font-family="${family}" font-size="5" text-anchor="middle">${texts.join('')}</svg>`
}

/** Whether each of so many letters is on the drawn sheet, as itself. @param sheet RGBA of `SHEET_PIXELS` squared */
export function hasLetters(count: number, sheet: Uint8Array): boolean {
  const [inNoFont, ...cells] = Array.from({ length: count + 1 }, (_, index) => readCell(index, sheet))
  return cells.every((cell) => cell.some((byte) => byte > 0) && !(inNoFont && cell.equals(inNoFont)))
}

function readCell(index: number, sheet: Uint8Array): Buffer {
  const left = (index % CELLS) * CELL_PIXELS
  const top = Math.floor(index / CELLS) * CELL_PIXELS
  const rows = Array.from({ length: CELL_PIXELS }, (_, row) => {
    const start = ((top + row) * SHEET_PIXELS + left) * BYTES_PER_PIXEL
    return sheet.subarray(start, start + CELL_PIXELS * BYTES_PER_PIXEL)
  })
  return Buffer.concat(rows)
}
