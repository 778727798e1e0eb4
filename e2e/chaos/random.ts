/** Chance that can be had again: the same seed gives the same numbers. */
export type Random = {
  /** From `least` up to `most`. */
  between(least: number, most: number): number
  pick<T>(list: readonly [T, ...T[]]): T
  chance(probability: number): boolean
  shuffled<T>(list: readonly T[]): T[]
  /** Another one that this one's later use does not change, for what happens at the same time. */
  fork(): Random
}

/** Mulberry32: short, and random enough to choose moments with. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    between: (least, most) => least + next() * (most - least),
    pick: (list) => list[Math.floor(next() * list.length)] ?? list[0],
    chance: (probability) => next() < probability,
    shuffled(list) {
      const keyed = list.map((item) => ({ item, key: next() }))
      return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item)
    },
    fork: () => createRandom(next() * 2 ** 32),
  }
}
