/** Nobody means to be asked again later than in a day; a longer wait is a clock gone wrong. */
const MOST_SECONDS = 86_400

/** Seconds to wait from a `Retry-After` header, which holds seconds or a date (RFC 9110 §10.2.3). */
export function parseRetryAfter(value: string | undefined, now: Date): number | undefined {
  if (value === undefined) return undefined
  const text = value.trim()
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : (Date.parse(text) - now.getTime()) / 1000
  return Number.isNaN(seconds) ? undefined : Math.min(Math.max(seconds, 0), MOST_SECONDS)
}
