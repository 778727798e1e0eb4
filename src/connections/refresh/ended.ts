import type { Failure } from '#base'
import { failure, isFailureCode } from '../errors.ts'
import type { Provider } from '../provider/provider.ts'
import type { ConnectionRow } from '../store/connection.ts'
import { describeReason } from './reasons.ts'

/** The row is gone: its owner, or the clean-up of guests, took it away. */
export function connectionGone(connectionId: string): Failure {
  return failure('connection_not_found', 'This account is no longer connected. Connect it again to go on.', {
    connectionId,
  })
}

export function needsReconnect(provider: Provider, row: Pick<ConnectionRow, 'id' | 'accountName' | 'reason'>): Failure {
  const { definition } = provider
  const reason = describeReason(definition, row.reason ?? 'grant_dead')
  return failure('connection_needs_reconnect', `${reason} Connect ${row.accountName} again to go on.`, {
    connectionId: row.id,
    hint: row.reason ?? 'grant_dead',
  })
}

/** What callers hear who come while a failed renewal is still too fresh to be tried again. */
export function stillCoolingDown(provider: Provider, row: ConnectionRow): Failure {
  const code = isFailureCode(row.lastFailure) ? row.lastFailure : 'provider_unavailable'
  return renewalFailed(provider, row, code, { retryAfter: Math.ceil(row.coolDown) })
}

/** What callers hear while the provider wants nothing from their account; `seconds` is how much longer. */
export function accountPaused({ definition }: Provider, connectionId: string, seconds: number): Failure {
  const retryAfter = Math.max(1, Math.ceil(seconds))
  const message = `${definition.name} asks for a pause. Trivet goes on by itself in ${retryAfter} seconds.`
  return failure('provider_busy', message, { connectionId, retryAfter })
}

/** `cause` and `hint` are for the log; `retryAfter` in seconds. */
export function renewalFailed(
  provider: Provider,
  row: Pick<ConnectionRow, 'id'>,
  code: 'provider_misconfigured' | 'provider_busy' | 'token_refused' | (string & {}),
  options: { retryAfter: number; hint?: string; cause?: unknown },
): Failure {
  const { name, id } = provider.definition
  const { retryAfter, ...rest } = options
  if (code === 'provider_misconfigured') {
    const message = `${name} does not accept this server’s client id and secret, so the access could not be renewed. Whoever runs this server can put that right: /setup/${id} shows how. The connection itself is kept.`
    return failure('provider_misconfigured', message, { connectionId: row.id, ...rest })
  }
  if (code === 'provider_busy') {
    const message = `${name} asks for a pause before it renews the access. Trivet goes on in ${retryAfter} seconds.`
    return failure('provider_busy', message, { connectionId: row.id, retryAfter, ...rest })
  }
  if (code === 'token_refused') {
    const message = `${name} refused access that it had just renewed. Trivet tries once more in ${retryAfter} seconds; if that does not help, the account has to be connected again.`
    return failure('token_refused', message, { connectionId: row.id, retryAfter, ...rest })
  }
  const message = `${name} could not renew the access just now. It is asked again in a moment.`
  return failure('provider_unavailable', message, { connectionId: row.id, ...rest })
}
