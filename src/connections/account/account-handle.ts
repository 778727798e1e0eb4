import { Failure } from '#base'
import { type OutboundBody, OutboundFailure, type OutboundRequest, type OutboundResponse } from '#outbound'
import type { ProviderCalls } from '../calls/calls.ts'
import { failure } from '../errors.ts'
import { type Identity, readIdentity } from '../oauth/identity.ts'
import type { Provider } from '../provider/provider.ts'
import { describeScope, missingScopes } from '../provider/scopes.ts'
import type { Access, AccessSource } from '../refresh/access.ts'
import { type AccountGates, TokenRefused } from './account-gates.ts'

/** One person's account at one provider. The token is added when a call is sent and is never given out. */
export type AccountHandle = {
  readonly connectionId: string
  readonly provider: string
  /** As people know it: "ana@example.com". */
  readonly name: string
  /** Where the provider keeps pictures of people, for those that tell only a name of the picture. */
  readonly picturesUrl: string | undefined
  /** The only hosts that its pictures of people come from. */
  readonly pictureHosts: readonly string[]
  /**
   * Sends a call to the provider's API. A 401 renews the access and repeats the call once; where that is refused as
   * well, nobody uses the account for a minute, and then once more before it has to be connected again. A 429 of the
   * account's own keeps all of its calls waiting. Its exact wait, an hour at most, is in `retry-after`.
   *
   * @throws Failure `needs_reconnect`, `missing_scope` (with `connectionId`), `rate_limited` (with `retryAfter`), or what the call itself met on its way.
   */
  send(request: AccountRequest): Promise<OutboundResponse>
  /**
   * Takes name and picture of the account from a fresh answer of the provider's profile endpoint, read as at the
   * sign-in. Does nothing for an answer about another account, or one that tells nothing new.
   */
  learn(profile: unknown): Promise<void>
}

/** A call to the API of an account's provider. */
export type AccountRequest = {
  readonly method: OutboundRequest['method']
  /** Below the provider's API base (`/drive/v3/files?…`), or an absolute address on one of its API hosts. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Given as a function it is opened anew for a repeat. */
  readonly body?: OutboundBody | undefined
  /** Bytes of a body given as a function. */
  readonly bodyLength?: number | undefined
  /** Most bytes of the answer; 10 MB unless told. */
  readonly maxBytes?: number | undefined
  /** For the whole exchange; 60 unless told. */
  readonly timeoutSeconds?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Sends no token: for addresses that are a secret of their own. */
  readonly anonymous?: boolean | undefined
  /** For log and trace: "upload a file". Nothing secret. */
  readonly purpose?: string | undefined
}

const MOST_BYTES = 10_000_000
const TIMEOUT_SECONDS = 60

export function createAccountHandle(
  deps: {
    readonly calls: ProviderCalls
    readonly access: AccessSource
    readonly gates: AccountGates
    readonly touch: (access: Access) => Promise<void>
    readonly rename: (identity: Identity) => Promise<void>
  },
  account: {
    readonly provider: Provider
    readonly ownerId: string
    readonly connectionId: string
    /** Canonical. */
    readonly scopes: readonly string[]
    readonly name: string
  },
): AccountHandle {
  const { provider, connectionId, ownerId } = account
  let name = account.name

  async function current(signal: AbortSignal | undefined): Promise<Access> {
    const access = await untilAborted(deps.access.current(provider, { id: connectionId, ownerId }), signal)
    name = access.row.accountName
    const missing = missingScopes(account.scopes, access.row.grantedScopes)
    if (missing.length > 0) throw scopeMissing(provider, access, missing)
    await deps.touch(access)
    return access
  }

  const send = (request: AccountRequest, access: Access | undefined) => {
    const gate = access && deps.gates(provider, access.row)
    return deps.calls.send(provider, outboundRequest(provider, request, access), { waits: 'run', gate })
  }

  /** Undefined: the token is refused, as this call has found out, or another one while this one waited. */
  async function unlessRefused(request: AccountRequest, access: Access): Promise<OutboundResponse | undefined> {
    try {
      const response = await send(request, access)
      if (response.status !== 401) return response
      await response.discard()
    } catch (error) {
      if (!(error instanceof TokenRefused)) throw error
    }
    return undefined
  }

  return {
    connectionId,
    provider: provider.definition.id,
    picturesUrl: provider.config.picturesUrl,
    pictureHosts: provider.pictureHosts,
    get name() {
      return name
    },
    async send(request) {
      if (request.anonymous) return send(request, undefined)
      const access = await current(request.signal)
      const response = await unlessRefused(request, access)
      if (response) return response
      if (access.isLastTry) throw await deps.access.refused(provider, access)
      const renewed = await untilAborted(deps.access.renewed(provider, access), request.signal)
      const again = await unlessRefused(request, renewed)
      if (again) return again
      throw await deps.access.refused(provider, renewed)
    },
    async learn(profile) {
      const identity = readIdentity(provider, profile)
      if (identity) await deps.rename(identity)
    },
  }
}

/** Others may be waiting for the same renewal, so it goes on; only this caller stops waiting. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work
  const stopped = Promise.withResolvers<never>()
  const stop = () => stopped.reject(signal.reason instanceof Failure ? signal.reason : callCancelled(signal.reason))
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([work, stopped.promise])
  } finally {
    signal.removeEventListener('abort', stop)
    work.catch(() => {})
  }
}

function callCancelled(reason: unknown): OutboundFailure {
  return new OutboundFailure('call_cancelled', 'The call was stopped.', { phase: 'not_sent', cause: reason })
}

function outboundRequest(provider: Provider, request: AccountRequest, access: Access | undefined): OutboundRequest {
  const { method, path, headers, body, bodyLength, signal } = request
  const authorization = access === undefined ? {} : { authorization: `Bearer ${access.token.reveal()}` }
  return {
    method,
    url: path.startsWith('/') ? `${provider.config.apiUrl}${path}` : path,
    headers: { ...withoutAuthorization(headers), ...authorization },
    ...(body === undefined ? {} : { body }),
    ...(bodyLength === undefined ? {} : { bodyLength }),
    ...(signal === undefined ? {} : { signal }),
    hosts: provider.apiHosts,
    maxBytes: request.maxBytes ?? MOST_BYTES,
    timeoutSeconds: request.timeoutSeconds ?? TIMEOUT_SECONDS,
    purpose: request.purpose ?? `call ${provider.definition.name}`,
  }
}

function withoutAuthorization(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'authorization'))
}

function scopeMissing(provider: Provider, { row }: Access, missing: readonly string[]) {
  const { definition } = provider
  const words = missing.map((scope) => describeScope(definition, scope)).join('; ')
  return failure(
    'connection_missing_scope',
    `${row.accountName} has not yet allowed Trivet to ${words}. Give that permission to go on.`,
    { connectionId: row.id, hint: missing.join(' ') },
  )
}
