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
  { upstream, identity_headers }: Pick<WrittenRoute, 'upstream' | 'identity_headers'>,
  isWritten: (setting: keyof WrittenRoute) => boolean,
) {
  if (upstream !== undefined) return undefined
  const wrong = OF_FORWARDING.find(isWritten)
  if (wrong) return { wrong, why: 'needs an `upstream`; without one another proxy forwards, so set it there' }
  // A proxy hands on what its file names. Under any other name the service would believe the caller.
  if (typeof identity_headers !== 'object') return undefined
  const why =
    'names of your own need an `upstream`; without one set them in the proxy, from the X-Trivet-* of the answer'
  return { wrong: 'identity_headers' as const, why }
}
