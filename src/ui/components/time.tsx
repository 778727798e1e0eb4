const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

export type TimeProps = {
  /** A date, or RFC 3339 text. */
  readonly at: Date | string
  /** Leaves the hour out. */
  readonly dateOnly?: boolean | undefined
}

/** A moment in UTC: `<time datetime="2026-11-20T09:24:00.000Z">20 Nov 2026, 09:24 UTC</time>`. */
export function Time({ at, dateOnly = false }: TimeProps) {
  const date = typeof at === 'string' ? new Date(at) : at
  return (
    <time dateTime={dateOnly ? date.toISOString().slice(0, 10) : date.toISOString()}>{formatTime(date, dateOnly)}</time>
  )
}

function formatTime(date: Date, dateOnly: boolean): string {
  const day = `${date.getUTCDate()} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()}`
  return dateOnly ? day : `${day}, ${date.toISOString().slice(11, 16)} UTC`
}
