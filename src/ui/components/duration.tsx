/** A length of time: `<time datetime="PT2.6S">2.6 s</time>`. */
export function Duration({ seconds }: { readonly seconds: number }) {
  // HTML's duration string has at most three digits after the point
  return <time dateTime={`PT${Math.round(Math.max(0, seconds) * 1000) / 1000}S`}>{formatDuration(seconds)}</time>
}

/** "0.4 s", "12 s", "2 min 5 s", "1 h 20 min", "3 d 4 h": the two largest units, tenths below ten seconds. */
export function formatDuration(seconds: number): string {
  const tenths = Math.round(Math.max(0, seconds) * 10) / 10
  if (tenths < 10) return `${tenths.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return join(Math.floor(whole / 60), 'min', whole % 60, 's')
  const minutes = Math.round(seconds / 60)
  if (minutes < 1440) return join(Math.floor(minutes / 60), 'h', minutes % 60, 'min')
  const hours = Math.round(seconds / 3600)
  return join(Math.floor(hours / 24), 'd', hours % 24, 'h')
}

function join(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`
}
