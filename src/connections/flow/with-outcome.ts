/** Adds what the form reads to show itself filled, with a word about what happened. */
export function withOutcome(path: string, outcome: 'denied' | 'expired', provider: string): string {
  const url = new URL(path, 'http://localhost')
  url.searchParams.set('connect', outcome)
  url.searchParams.set('provider', provider)
  return `${url.pathname}${url.search}`
}
