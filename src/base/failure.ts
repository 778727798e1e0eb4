/**
 * What can go wrong on the way to another system, by what is to be done about it:
 *
 * - `transient`: the same request may work in a moment (5xx, broken connection, time-out). Retried with backoff.
 * - `rate_limited`: works after `retryAfter` seconds. Waited out durably.
 * - `needs_reconnect`: the person has to sign in at the provider again. The run pauses.
 * - `missing_scope`: the person has to grant more. The run pauses.
 * - `refused`: the answer is no and stays no (bad input, quota, not found). The run fails.
 * - `cancelled`: somebody asked us to stop.
 */
export type FailureKind = 'transient' | 'rate_limited' | 'needs_reconnect' | 'missing_scope' | 'refused' | 'cancelled'

/** A failure as plain data: survives JSON, holds nothing secret. */
export type FailureData = {
  readonly kind: FailureKind
  /** Stable, lower snake case, from a room's `errors.ts`. */
  readonly code: string
  /** One or two sentences for the person: what happened and what to do. */
  readonly message: string
  /** Seconds to wait, with `rate_limited`. */
  readonly retryAfter?: number
  /** The connection concerned, with `needs_reconnect` and `missing_scope`. */
  readonly connectionId?: string
}

/** Thrown by clients of other systems. `cause` and `hint` are for the log only, never for a page. */
export class Failure extends Error {
  readonly data: FailureData
  readonly hint: string | undefined

  constructor(data: FailureData, options: { hint?: string; cause?: unknown } = {}) {
    super(data.message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'Failure'
    this.data = data
    this.hint = options.hint
  }
}

/** Stops the start of the process with a message that says what to do; printed without a stack. */
export class StartError extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.name = 'StartError'
  }
}
