import { Failure } from '#base'
import {
  type Outbound,
  type OutboundBody,
  OutboundFailure,
  type OutboundRequest,
  type OutboundResponse,
} from '#outbound'
import { failure } from '../errors.ts'
import type { Provider } from '../provider/provider.ts'
import { describeScope, missingScopes } from '../provider/scopes.ts'
import type { Access, AccessSource } from '../refresh/access.ts'

/** One person's account at one provider. The token is added when a call is sent and is never given out. */
export type AccountHandle = {
  readonly connectionId: string
  readonly provider: string
  /** As people know it: "ana@example.com". */
  readonly name: string
  /**
   * Sends a call to the provider's API. A 401 renews the access and repeats the call once.
   *
   * @throws Failure `needs_reconnect`, `missing_scope` (with `connectionId`), or what the call itself met on its way.
   */
  send(request: AccountRequest): Promise<OutboundResponse>
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
    readonly outbound: Outbound
    readonly access: AccessSource
    readonly touch: (access: Access) => Promise<void>
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

  return {
    connectionId,
    provider: provider.definition.id,
    get name() {
      return name
    },
    async send(request) {
      if (request.anonymous) return deps.outbound.send(outboundRequest(provider, request, undefined))
      const access = await current(request.signal)
      const response = await deps.outbound.send(outboundRequest(provider, request, access))
      if (response.status !== 401) return response
      await response.discard()
      const renewed = await untilAborted(deps.access.renewed(provider, access), request.signal)
      const again = await deps.outbound.send(outboundRequest(provider, request, renewed))
      if (again.status !== 401) return again
      await again.discard()
      const { name: providerName } = provider.definition
      throw failure(
        'token_refused',
        `${providerName} refused access that it had just renewed. It is tried again in a moment; if that does not help, disconnect the account and connect it again.`,
        { connectionId },
      )
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
