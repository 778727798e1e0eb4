import { randomBytes } from 'node:crypto'

/** W3C Trace Context §3.2: version, trace id, id of the caller's span, flags; zeros are no ids. */
const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})$/

/** The trace goes on with this server as one more span of it, or begins here. */
export function traceparent(received: string | string[] | undefined): string {
  const [, trace, flags] = TRACEPARENT.exec(typeof received === 'string' ? received : '') ?? []
  const span = randomBytes(8).toString('hex')
  return trace === undefined ? `00-${randomBytes(16).toString('hex')}-${span}-00` : `00-${trace}-${span}-${flags}`
}
