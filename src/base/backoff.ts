/**
 * Seconds to wait before try number `attempt` (the first retry is 1): doubles from `first` up to `most`,
 * with "equal jitter": half of it fixed, half random, so that callers that failed together come back apart.
 */
export function backoff(attempt: number, options: { first: number; most: number; random?: () => number }): number {
  const full = Math.min(options.most, options.first * 2 ** (attempt - 1))
  return full / 2 + (full / 2) * (options.random ?? Math.random)()
}
