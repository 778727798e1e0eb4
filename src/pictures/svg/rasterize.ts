import { svgFailure } from '../errors.ts'
import type { DrawProcess } from './draw-process.ts'
import { hasLetters, letterSheet, lettersOf, SHEET_PIXELS } from './letters.ts'
import { readSafeSvg } from './require-safe-svg.ts'
import { writeSvg } from './write-svg.ts'

/** The codec draws no smaller than about this, and enlarges by doubling what is smaller: so it is drawn large, then shrunk. */
const DRAWN_PIXELS = 1024

/**
 * A PNG of `size` by `size` pixels.
 *
 * @throws Failure `svg_not_safe`, `svg_not_drawable`, or `svg_letters_missing` for text that no font here can write:
 *   the codec would leave it out without a word, or draw empty boxes
 */
export async function rasterizeSvg({ draw }: DrawProcess, svg: string, size: number): Promise<Buffer> {
  const root = readSafeSvg(svg)
  const pixels = Math.max(size, DRAWN_PIXELS)
  const letters = lettersOf(root)
  if (letters.length > 0) {
    const sheet = letterSheet(letters, root, DRAWN_PIXELS)
    const drawn = await draw({ svg: sheet, size: SHEET_PIXELS, as: 'rgba' })
    if (!hasLetters(letters.length, drawn)) throw svgFailure('svg_letters_missing', {})
  }
  return await draw({ svg: writeSvg(root, pixels), size, as: 'png' })
}
