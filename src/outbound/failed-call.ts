import { Failure } from '#base'
import { AddressNotAllowed } from './addresses/guarded-connector.ts'
import type { Deadline } from './deadline.ts'
import { callCancelled, OutboundFailure, type Phase } from './errors.ts'

/** Turns what went wrong on the wire into the failure that callers see. The host is named; path and query never are. */
export function failedCall(
  error: unknown,
  context: { host: string; phase: Phase; deadline: Deadline; signal: AbortSignal | undefined; hint: string },
): Error {
  const { host, phase, deadline, hint } = context
  const rest = { phase, hint, cause: error }
  if (error instanceof Failure) return error
  if (deadline.cause() === 'caller') return callCancelled(context.signal, phase)
  const refused = find(error, (one) => one instanceof AddressNotAllowed)
  if (refused) {
    const message = `${host} was not called, because its address is on a private network. An operator can allow it with TRIVET_OUTBOUND_ALLOW.`
    return new OutboundFailure('address_not_allowed', message, rest)
  }
  if (phase === 'not_sent') {
    const message = `${host} could not be reached. It is tried again in a moment; if that does not help, check the network.`
    return new OutboundFailure('upstream_unreachable', message, rest)
  }
  if (deadline.cause() === 'time') {
    return new OutboundFailure(
      'upstream_too_slow',
      `${host} took too long to answer. It is tried again in a moment.`,
      rest,
    )
  }
  const message = `The connection to ${host} broke off before its answer was complete. It is tried again in a moment.`
  return new OutboundFailure('upstream_broken_off', message, rest)
}

function find(error: unknown, test: (error: unknown) => boolean): boolean {
  if (test(error)) return true
  if (error instanceof AggregateError && error.errors.some((one: unknown) => find(one, test))) return true
  return error instanceof Error && error.cause !== undefined && find(error.cause, test)
}
