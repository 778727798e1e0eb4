import type { Readable } from 'node:stream'

/** A body; given as a function it can be sent again, after a redirect or a refreshed token. */
export type OutboundBody = string | Uint8Array | (() => AsyncIterable<Uint8Array> | Readable)

/** One call, and its limits. */
export type OutboundRequest = {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: OutboundBody
  /** Bytes of a body that is given as a function: becomes `Content-Length`; without it the body goes in chunks. */
  readonly bodyLength?: number
  /** The only hosts that this call and its redirects may reach: `host` (port 443) or `host:port`. */
  readonly hosts: readonly string[]
  /** How many redirects to follow; 0 hands the redirect itself to the caller. */
  readonly redirects?: number
  /** For the whole exchange, redirects and the reading of the answer's body included. 30 unless told. */
  readonly timeoutSeconds?: number
  /** Most bytes of the answer's body. */
  readonly maxBytes: number
  readonly signal?: AbortSignal
  /** What the call is for, in a few words, for log and trace: "upload a file". Nothing secret, nothing personal. */
  readonly purpose: string
}

/** One call that was made, as the trace of a run shows it: no query, no header, no body. */
export type Exchange = {
  readonly purpose: string
  readonly method: string
  readonly host: string
  readonly path: string
  /** Absent when no answer came. */
  readonly status?: number
  /** The failure's code, when one was thrown before the answer's head was there. */
  readonly code?: string
  readonly seconds: number
}

/** Set by the connection itself; a caller that sets them could smuggle a second request (RFC 9112 §11.2). */
const OWN_HEADERS = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** What still travels when a redirect leads to another origin: nothing that says who we are. */
const HARMLESS_HEADERS = new Set(['accept', 'accept-language', 'content-type', 'user-agent'])

export function readHeaders(request: OutboundRequest, userAgent: string): Record<string, string> {
  const headers: Record<string, string> = { 'user-agent': userAgent }
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    const lower = name.toLowerCase()
    if (OWN_HEADERS.has(lower)) throw new TypeError(`the header ${lower} is set by the connection, not by the caller`)
    headers[lower] = value
  }
  return headers
}

export function withoutIdentity(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => HARMLESS_HEADERS.has(name)))
}
