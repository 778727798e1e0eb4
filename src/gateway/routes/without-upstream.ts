import type { WrittenRoute } from './route-schema.ts'

/** What is about requests that this server sends on, and about answers that it sends back. */
const OF_FORWARDING = ['strip_prefix', 'rewrite', 'timeout', 'retries', 'max_body', 'cors'] as const

/**
 * The setting of a route for another proxy (`/gateway/auth`) that could only be without effect: whoever wrote it would
 * believe in a limit that nobody keeps.
 *
 * @param isWritten whether it stands in the file, with whatever value
 */
export function unusedWithoutUpstream(
  { upstream }: Pick<WrittenRoute, 'upstream'>,
  isWritten: (setting: keyof WrittenRoute) => boolean,
) {
  if (upstream !== undefined) return undefined
  const wrong = OF_FORWARDING.find(isWritten)
  return wrong && { wrong, why: 'needs an `upstream`; without one another proxy forwards, so set it there' }
}
