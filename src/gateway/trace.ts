import { randomUUID } from 'node:crypto'

/** W3C Trace Context §3.2.2: version, trace id, id of the caller's span, flags; zeros are no ids, `ff` is no version. */
const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(-.*)?$/

export type Trace = {
  /** Of version 00, for the upstream. */
  readonly traceparent: string
  /** Whether it is the caller's; else their `tracestate` is about nothing (§3.3). */
  readonly continuesTrace: boolean
}

/** The trace goes on with this server as one more span of it, or begins here. */
export function traceOf(received: string | string[] | undefined): Trace {
  const [, version, trace, flags, more] = TRACEPARENT.exec(typeof received === 'string' ? received : '') ?? []
  const span = newSpanId()
  // §3.2.3: later versions may say more at the end; of 00 that would be a mistake.
  if (trace === undefined || flags === undefined || (version === '00' && more !== undefined)) {
    return { traceparent: `00-${newTraceId()}-${span}-00`, continuesTrace: false }
  }
  // Of flags that this version does not know it says nothing (§3.2.2.5).
  const sampled = version === '00' ? flags : `0${Number.parseInt(flags, 16) & 1}`
  return { traceparent: `00-${trace}-${span}-${sampled}`, continuesTrace: true }
}

/** Node keeps random bytes ready for UUIDs, which makes one twenty times cheaper than random bytes of one's own. */
function newSpanId(): string {
  const random = randomUUID()
  return `${random.slice(0, 8)}${random.slice(-8)}`
}

/** The six bits that say what kind of UUID it is are not among the right-most seven bytes, which have to be random. */
function newTraceId(): string {
  return randomUUID().replaceAll('-', '')
}
