/** The one guarded way out to other systems: named hosts, no private address, limits on time and size. Owns undici. */
export { parseDestination } from './destination.ts'
export {
  callCancelled,
  OUTBOUND_ERRORS,
  OUTBOUND_FAILURES,
  type OutboundErrorCode,
  OutboundFailure,
  type Phase,
} from './errors.ts'
export {
  createForwarder,
  type ForwardAnswer,
  type Forwarder,
  type ForwardFailure,
  type Forwarding,
  type ForwardRequest,
} from './forwarder.ts'
export { createOutbound, type Outbound, type OutboundOptions } from './outbound.ts'
export type { Exchange, OutboundBody, OutboundRequest } from './request.ts'
export type { OutboundHeaders, OutboundResponse } from './response.ts'
export { parseRetryAfter } from './retry-after.ts'
export { unexpectedStatus } from './unexpected-status.ts'
