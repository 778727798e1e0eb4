import { createSingleFlight, describeError, hostAndPort, type Log } from '#base'
import { type PublicKeys, parsePublicKeys } from './foreign-keys.ts'

/** Keys of others that publish them at an address of theirs (`jwks_uri`). */
export type RemoteKeys = {
  /**
   * The keys; undefined when they cannot be had, whatever the reason.
   *
   * @param options.renew asks again although they are known, because none of them fits: at most once a minute
   */
  of(uri: string, options?: { renew?: boolean }): Promise<PublicKeys | undefined>
}

/** The guarded way out (`#outbound`), as far as it is needed here: public addresses only, no redirect. */
export type KeyFetcher = {
  send(request: {
    readonly method: 'GET'
    readonly url: string
    readonly headers: Readonly<Record<string, string>>
    readonly hosts: readonly string[]
    readonly timeoutSeconds: number
    readonly maxBytes: number
    readonly signal: AbortSignal
    readonly purpose: string
  }): Promise<{
    readonly status: number
    readonly headers: { get(name: string): string | undefined }
    json(): Promise<unknown>
    discard(): Promise<void>
  }>
}

const KEPT_MS = 10 * 60_000
/** Nobody has this server call an address more often, whatever they send here. */
const PAUSE_MS = 60_000
/** After a failure of a server that the operator named: its tokens are good again as soon as it is there again. */
const FAILED_PAUSE_MS = 5000
const MOST_KEPT = 500
const MOST_BYTES = 64 * 1024
const MOST_BYTES_OF_SERVER = 512 * 1024
const SECONDS = 5

type Kept = { readonly keys: PublicKeys | undefined; readonly at: number; readonly failed: boolean }

export type RemoteKeysDeps = {
  readonly outbound: KeyFetcher
  readonly log: Log
  /** Whose keys they are, for log and trace: "a client". */
  readonly whose: string
  /**
   * Whether the operator of this server named the addresses, and nobody else: a failure is a warning and tried again in
   * seconds, and of a set of keys those that cannot be used are left out.
   */
  readonly areNamedByOperator?: boolean
  readonly now?: () => number
}

/** Fetches them, bounded in time and size, and keeps them for a while. */
export function createRemoteKeys(deps: RemoteKeysDeps): RemoteKeys {
  const { now = () => performance.now() } = deps
  const kept = new Map<string, Kept>()
  const flights = createSingleFlight<PublicKeys | undefined>()

  async function load(uri: string, signal: AbortSignal): Promise<PublicKeys | undefined> {
    const keys = await fetchKeys(deps, uri, signal)
    // What was good is kept over an outage of their server.
    const last = kept.get(uri)?.keys
    kept.delete(uri)
    kept.set(uri, { keys: keys ?? last, at: now(), failed: keys === undefined })
    const [oldest] = kept.keys()
    if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest)
    return keys ?? last
  }

  return {
    async of(uri, { renew = false } = {}) {
      const known = kept.get(uri)
      const age = known ? now() - known.at : Number.POSITIVE_INFINITY
      const pause = known?.failed && deps.areNamedByOperator ? FAILED_PAUSE_MS : PAUSE_MS
      if (known && (age < pause || (age < KEPT_MS && known.keys && !renew))) return known.keys
      return flights(uri, (signal) => load(uri, signal))
    },
  }
}

async function fetchKeys(deps: RemoteKeysDeps, uri: string, signal: AbortSignal): Promise<PublicKeys | undefined> {
  try {
    const answer = await deps.outbound.send({
      method: 'GET',
      url: uri,
      headers: { accept: 'application/jwk-set+json, application/json' },
      hosts: [hostAndPort(uri)],
      timeoutSeconds: SECONDS,
      maxBytes: deps.areNamedByOperator ? MOST_BYTES_OF_SERVER : MOST_BYTES,
      signal,
      purpose: `read the keys of ${deps.whose}`,
    })
    const type = answer.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase()
    if (answer.status !== 200 || (type !== 'application/json' && type !== 'application/jwk-set+json')) {
      await answer.discard()
      throw new Error(`status ${answer.status}, content type ${type ?? 'missing'}`)
    }
    return parsePublicKeys(await answer.json(), { skipsOdd: deps.areNamedByOperator ?? false })
  } catch (error) {
    deps.log[deps.areNamedByOperator ? 'warn' : 'info'](
      { host: new URL(uri).host, reason: describeError(error) },
      `Keys of ${deps.whose} could not be read`,
    )
    return undefined
  }
}
