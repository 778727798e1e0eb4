import { hostAndPort } from '#base'
import { isListed } from './destination.ts'
import { OutboundFailure } from './errors.ts'
import { type OutboundBody, withoutIdentity } from './request.ts'

/** One request of a chain of redirects. */
export type Hop = {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: OutboundBody | undefined
  readonly bodyLength: number | undefined
}

/** RFC 9110 §15.4. A 308 without `Location` is Drive's "Resume Incomplete", an answer like any other. */
export function isRedirect(status: number, location: string | undefined): location is string {
  return location !== undefined && [301, 302, 303, 307, 308].includes(status)
}

/**
 * The request that a redirect asks for: inside the allowed hosts, never from https to http, and without the headers
 * that name the caller once the origin changes (RFC 9110 §15.4, Fetch §4.4).
 *
 * @throws OutboundFailure `redirect_not_allowed`
 */
export function nextHop(hop: Hop, status: number, location: string, hosts: readonly string[]): Hop {
  const url = URL.canParse(location, hop.url.href) ? new URL(location, hop.url) : undefined
  const allowed =
    url !== undefined &&
    (url.protocol === 'https:' || (url.protocol === 'http:' && hop.url.protocol === 'http:')) &&
    url.username === '' &&
    url.password === '' &&
    isListed(hostAndPort(url), hosts)
  if (!allowed) {
    throw new OutboundFailure(
      'redirect_not_allowed',
      `${hop.url.host} sent Trivet on to ${url?.host || 'another address'}, which does not belong to this step, so it was not called. Start again; if it happens again, tell whoever runs this server.`,
      { phase: 'answered' },
    )
  }
  const headers = url.origin === hop.url.origin ? hop.headers : withoutIdentity(hop.headers)
  const becomesGet = status === 303 ? hop.method !== 'HEAD' : status <= 302 && hop.method === 'POST'
  if (!becomesGet) return { ...hop, url, headers }
  const { 'content-type': _dropped, ...rest } = headers
  return { method: 'GET', url, headers: rest, body: undefined, bodyLength: undefined }
}

export function tooManyRedirects(host: string): OutboundFailure {
  return new OutboundFailure(
    'redirect_not_allowed',
    `${host} sent Trivet on too many times, so the call was given up.`,
    {
      phase: 'answered',
    },
  )
}
