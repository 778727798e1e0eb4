const SECOND_MS = 1000

/** What became of one request; times in seconds. */
export type Verdict = {
  passed: boolean
  limit: number
  remaining: number
  /** Until the oldest request that counts is forgotten. */
  resetAfter: number
}

/**
 * Counts the requests of every second that one can choose, not of calendar seconds: nobody gets twice the limit through
 * around the turn of one. A refused request does not count against those that follow.
 */
export function createWindow(now: () => number, perSecond: () => number) {
  let passed: number[] = []
  let arrived: number[] = []
  let exceeded = 0
  let most = 0

  return {
    take(): Verdict {
      const time = now()
      const isRecent = (at: number) => at > time - SECOND_MS
      passed = passed.filter(isRecent)
      arrived = [...arrived.filter(isRecent), time]
      most = Math.max(most, arrived.length)
      const limit = perSecond()
      const fits = passed.length < limit
      if (fits) passed.push(time)
      else exceeded += 1
      const resetAfter = ((passed[0] ?? time) + SECOND_MS - time) / 1000
      return { passed: fits, limit, remaining: Math.max(0, limit - passed.length), resetAfter }
    },
    /** How many requests came too early, and the most that came within one second. */
    counts: () => ({ exceeded, mostInOneSecond: most }),
    forget() {
      passed = []
      arrived = []
      exceeded = 0
      most = 0
    },
  }
}
