import { Failure, type FailureKind } from '#base'

/**
 * Every way a call to another system can fail here, with what is to be done about it. The three names are those of the
 * architecture: `not_sent`, `unexpected_status`, `unexpected_body` (`oauth_refused` is for those who speak OAuth).
 */
export const OUTBOUND_ERRORS = {
  host_not_allowed: { name: 'not_sent', kind: 'refused' },
  address_not_allowed: { name: 'not_sent', kind: 'refused' },
  upstream_unreachable: { name: 'not_sent', kind: 'transient' },
  redirect_not_allowed: { name: 'unexpected_status', kind: 'refused' },
  upstream_rate_limited: { name: 'unexpected_status', kind: 'rate_limited' },
  upstream_unavailable: { name: 'unexpected_status', kind: 'transient' },
  upstream_refused: { name: 'unexpected_status', kind: 'refused' },
  upstream_too_slow: { name: 'unexpected_body', kind: 'transient' },
  upstream_broken_off: { name: 'unexpected_body', kind: 'transient' },
  upstream_too_large: { name: 'unexpected_body', kind: 'refused' },
  upstream_not_json: { name: 'unexpected_body', kind: 'transient' },
  call_cancelled: { name: 'not_sent', kind: 'cancelled' },
} as const satisfies Record<string, { name: 'not_sent' | 'unexpected_status' | 'unexpected_body'; kind: FailureKind }>

/** A code of `OUTBOUND_ERRORS`. */
export type OutboundErrorCode = keyof typeof OUTBOUND_ERRORS

/** Codes of this room with what is to be done about each. */
export const OUTBOUND_FAILURES: Readonly<Record<string, FailureKind>> = Object.fromEntries(
  Object.entries(OUTBOUND_ERRORS).map(([code, { kind }]) => [code, kind]),
)

/**
 * How far a call got, for those who must know whether repeating it is safe:
 *
 * - `not_sent`: not one byte of the request left this machine, so nothing happened there.
 * - `no_answer`: it may have arrived and may have been carried out.
 * - `answered`: an answer began.
 */
export type Phase = 'not_sent' | 'no_answer' | 'answered'

/** A `Failure` on the way to another system that also says how far it got. */
export class OutboundFailure extends Failure {
  readonly phase: Phase

  constructor(
    code: OutboundErrorCode,
    message: string,
    options: { phase: Phase; hint?: string; cause?: unknown; retryAfter?: number },
  ) {
    const { phase, retryAfter, ...rest } = options
    super(
      { kind: OUTBOUND_ERRORS[code].kind, code, message, ...(retryAfter === undefined ? {} : { retryAfter }) },
      rest,
    )
    this.name = 'OutboundFailure'
    this.phase = phase
  }
}

/** What a caller who gave up gets: the failure it gave as the signal's reason, or one that says so. */
export function callCancelled(signal: AbortSignal | undefined, phase: Phase = 'no_answer'): Failure {
  const reason: unknown = signal?.reason
  return reason instanceof Failure ? reason : new OutboundFailure('call_cancelled', 'The call was stopped.', { phase })
}
