import { describeError, hostAndPort, type Log } from '#base'
import type { Client } from './client.ts'

/** A picture elsewhere, fetched and made into a small one by the room that does that. */
export type FetchPicture = (
  url: string,
  hosts: readonly string[],
) => Promise<{ readonly type: string; readonly bytes: Uint8Array }>

/** Logos of clients (`logo_uri`), as people see them: small copies, never what the client's server sends. */
export type Logos = {
  /** Undefined when there is none, or none that can be shown. */
  of(client: Pick<Client, 'metadata'>): Promise<{ readonly type: string; readonly bytes: Uint8Array } | undefined>
}

/** One that cannot be had is not asked for at every look at the page. */
const PAUSE_MS = 10 * 60_000
const MOST_FAILED = 1000

/** @param deps.now milliseconds of a clock that never goes back */
export function createLogos(deps: { picture: FetchPicture | undefined; log: Log; now?: () => number }): Logos {
  const { picture, log, now = () => performance.now() } = deps
  const failed = new Map<string, number>()

  return {
    async of({ metadata: { logo_uri: uri } }) {
      if (uri === undefined || !picture || now() - (failed.get(uri) ?? Number.NEGATIVE_INFINITY) < PAUSE_MS)
        return undefined
      try {
        return await picture(uri, [hostAndPort(uri)])
      } catch (error) {
        log.info({ host: new URL(uri).host, reason: describeError(error) }, 'The logo of a client cannot be shown')
        failed.delete(uri)
        failed.set(uri, now())
        const [oldest] = failed.keys()
        if (failed.size > MOST_FAILED && oldest !== undefined) failed.delete(oldest)
        return undefined
      }
    },
  }
}
