import { createHash } from 'node:crypto'

/** A stream of numbers that is the same for the same seed: a picture never changes between two runs. */
export type Dice = {
  /** From `from` up to `to`. */
  between(from: number, to: number): number
  pick<T>(items: readonly [T, ...T[]]): T
}

/** Mulberry32, seeded by a hash of the text. */
export function createDice(seed: string): Dice {
  let state = createHash('sha256').update(seed).digest().readUInt32LE(0)
  function next(): number {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  return {
    between: (from, to) => from + next() * (to - from),
    pick: (items) => items[Math.floor(next() * items.length)] ?? items[0],
  }
}
