import type { ProviderDefinition } from '../provider/definition.ts'
import type { ConnectionRow } from '../store/connection.ts'

const MOST_MARGIN_SECONDS = 300
const USUAL_LIFETIME_SECONDS = 3600

/**
 * Whether an access token can be used without renewing it first. The margin is a tenth of the lifetime, so that short
 * tokens are not renewed on every use, and at most 5 minutes; the random part keeps processes from coming at once.
 */
export function isFresh(
  row: Pick<ConnectionRow, 'secondsLeft' | 'lifetime'>,
  tokens: ProviderDefinition['tokens'],
  random: () => number,
): boolean {
  if (row.secondsLeft === null) return true
  const tenth = Math.max(0, row.lifetime ?? USUAL_LIFETIME_SECONDS) / 10
  const margin = tokens.marginSeconds ?? Math.min(MOST_MARGIN_SECONDS, tenth)
  return row.secondsLeft > margin * (1 + random() / 5)
}

/** Whether an access token still opens anything, by its own word. */
export function isValid(row: Pick<ConnectionRow, 'secondsLeft'>): boolean {
  return row.secondsLeft === null || row.secondsLeft > 0
}

/** Whether nothing but new consent brings another access token. */
export function cannotRenew(
  row: Pick<ConnectionRow, 'sealedRefreshToken'>,
  tokens: ProviderDefinition['tokens'],
): boolean {
  return row.sealedRefreshToken === null || tokens.refresh === 'none'
}
