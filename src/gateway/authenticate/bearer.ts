import type { Refusal } from './who.ts'

/** RFC 6750 §2.1: the scheme in any case (RFC 9110 §11.1), one space or more, `b64token`. */
const BEARER = /^bearer +([\w.~+/-]+=*) *$/i

/**
 * The token of a request, which comes in the header and nowhere else.
 *
 * @param raw `rawHeaders`: node keeps the first of two `Authorization` headers, an upstream perhaps the last
 * @param query without the question mark
 */
export function readBearer(
  raw: readonly string[],
  query: string,
): { token: string | undefined } | { refusal: Refusal } {
  const values: string[] = []
  for (let at = 0; at + 1 < raw.length; at += 2) {
    if (raw[at]?.toLowerCase() === 'authorization') values.push(raw[at + 1] ?? '')
  }
  // RFC 9700 §4.3.2: not in the query, where logs and histories keep it.
  if (query !== '' && new URLSearchParams(query).has('access_token')) {
    return refuse('Send the token in the Authorization header, not in the address')
  }
  const [value, ...more] = values
  if (more.length > 0) return refuse('Send the Authorization header once')
  if (value === undefined || !/^bearer\b/i.test(value)) return { token: undefined }
  const [, token] = BEARER.exec(value) ?? []
  return token === undefined ? refuse('The Authorization header holds no bearer token') : { token }
}

function refuse(description: string): { refusal: Refusal } {
  return { refusal: { status: 400, error: 'invalid_request', description } }
}
